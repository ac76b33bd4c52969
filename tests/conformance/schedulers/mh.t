# Maglev hashing.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## by-client
The client address decides, by a table in which few places change when servers do.

$ ipvsadm -A -t 10.9.0.100:80 -s mh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 1 2 1 2 2 2 1 3 1 2 2 3 1 3 3 2 3 1 2 2 1 2 3
  1 3 2 3 2 3 3 2 3 2 2 3 2 1 3 3 1 3 2 1 3 1 1 1 2
  1 2 3 2 1 3 1 2 3 2 2 1 3 3 2 3 1 1 2 2 3 3 2 1 3
  3 2 1 2 3 3 2 2 2 2 2 3 1 2 3 2 3 2 1 2 2 1 3 1 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 mh
    -> 10.9.0.11:80                 Route   1      26         0         |
    -> 10.9.0.12:80                 Route   1      40         0         |
    -> 10.9.0.13:80                 Route   1      34         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1

## weights
Places in the table are in proportion to weights.

$ ipvsadm -A -t 10.9.0.100:80 -s mh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 3
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 1 2 3 2 2 2 2 3 1 2 3 3 2 3 3 2 3 3 2 2 1 3 3
  1 3 2 3 2 3 3 2 3 2 2 3 2 3 3 3 3 3 2 1 3 1 1 1 2
  1 2 3 2 1 3 1 3 3 2 2 3 3 3 2 3 1 1 2 2 3 3 2 3 3
  3 2 1 2 3 3 2 2 2 3 2 3 2 3 3 2 3 3 1 2 2 3 3 1 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 mh
    -> 10.9.0.11:80                 Route   1      16         0         |
    -> 10.9.0.12:80                 Route   2      37         0         |
    -> 10.9.0.13:80                 Route   3      47         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1

## by-client-and-port
With mh-port the client port decides too.

$ ipvsadm -A -t 10.9.0.100:80 -s mh -b mh-port
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 1 3 3 1 2 3 3 1 1 3 2 1 1 2 3 1 3 3 3 3 3 3 1
  2 2 1 1 2 3 1 3 2 3 2 1 1 3 2 3 3 2 3 1 3 3 3 3 2
  2 2 2 3 2 3 1 1 2 2 1 2 2 1 2 1 3 1 3 2 2 2 2 2 3
  3 2 2 1 1 3 3 1 3 3 2 2 1 2 3 1 2 1 1 2 2 1 1 3 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 mh (mh-port)
    -> 10.9.0.11:80                 Route   1      30         0         |
    -> 10.9.0.12:80                 Route   1      34         0         |
    -> 10.9.0.13:80                 Route   1      36         0         |
# One client, many ports.
picks 25 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  2 3 1 1 1 1 3 1 1 1 2 1 3 3 1 2 3 2 1 1 1 1 1 1 3

## no-fallback
Without mh-fallback clients of a real server of weight 0 get nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s mh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 1 3 1 1 1 1 1 3 1 3 3 3 1 3 3 1 3 1 3 3 1 3 3
  1 3 3 3 3 3 3 1 3 3 1 3 1 1 3 3 1 3 3 1 3 1 1 1 3
  1 3 3 3 1 3 1 3 3 3 1 1 3 3 3 3 1 1 1 1 3 3 3 1 3
  3 1 1 3 3 3 1 1 3 3 3 3 1 3 3 1 3 3 1 1 1 1 3 1 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 mh
    -> 10.9.0.11:80                 Route   1      43         0         |
    -> 10.9.0.12:80                 Route   0      0          0         |
    -> 10.9.0.13:80                 Route   1      57         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1

## fallback
With mh-fallback clients of a real server of weight 0 go elsewhere.

$ ipvsadm -A -t 10.9.0.100:80 -s mh -b mh-fallback
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 1 3 1 1 1 1 1 3 1 3 3 3 1 3 3 1 3 1 3 3 1 3 3
  1 3 3 3 3 3 3 1 3 3 1 3 1 1 3 3 1 3 3 1 3 1 1 1 3
  1 3 3 3 1 3 1 3 3 3 1 1 3 3 3 3 1 1 1 1 3 3 3 1 3
  3 1 1 3 3 3 1 1 3 3 3 3 1 3 3 1 3 3 1 1 1 1 3 1 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 mh (mh-fallback)
    -> 10.9.0.11:80                 Route   1      43         0         |
    -> 10.9.0.12:80                 Route   0      0          0         |
    -> 10.9.0.13:80                 Route   1      57         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1
