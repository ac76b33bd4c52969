# Source hashing.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## by-client
The client address decides, its port does not.

$ ipvsadm -A -t 10.9.0.100:80 -s sh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  1 1 2 2 1 3 2 2 3 3 2 1 3 3 2 1 1 2 2 1 3 2 2 3 3
  2 1 3 3 2 1 3 3 1 1 3 2 1 1 2 2 1 3 3 2 1 3 3 1 1
  3 2 1 1 2 2 1 3 2 2 3 3 2 1 3 3 1 1 3 2 1 1 2 2 2
  1 3 2 2 3 3 2 1 3 3 1 1 3 2 1 1 2 2 1 3 2 2 3 3 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh
    -> 10.9.0.11:80                 Route   1      32         0         |
    -> 10.9.0.12:80                 Route   1      35         0         |
    -> 10.9.0.13:80                 Route   1      33         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  2 2 2 2 2 2 2 2 2 2

## by-client-and-port
With sh-port the client port decides too.

$ ipvsadm -A -t 10.9.0.100:80 -s sh -b sh-port
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 1 2 3 1 2 3 3 1 2 3 3 1 2 3 3 1 2 3 3 1 2 3 1 2
  3 3 1 2 3 3 1 2 3 3 1 2 2 3 1 3 3 1 2 3 3 1 2 3 3
  1 2 2 3 1 2 2 3 2 3 3 1 2 3 3 1 2 2 3 1 2 2 3 1 2
  2 1 2 3 3 1 2 2 3 1 2 2 3 1 2 2 3 1 2 3 1 2 2 3 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh (sh-port)
    -> 10.9.0.11:80                 Route   1      26         0         |
    -> 10.9.0.12:80                 Route   1      35         0         |
    -> 10.9.0.13:80                 Route   1      39         0         |
# One client, many ports.
picks 25 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  1 2 3 3 1 3 1 2 2 3 2 3 2 1 2 3 2 1 3 1 2 1 3 2 3

## weights
Places in the table are in proportion to weights.

$ ipvsadm -A -t 10.9.0.100:80 -s sh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 3
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 3 3 3 3 3 3 3 3 3 1 3 3 2 1 1 2 2 1 2 2 2 2 2
  2 3 2 2 2 3 2 2 3 3 2 3 3 3 3 3 3 3 3 3 1 3 3 1 1
  3 2 1 1 2 2 1 2 2 2 2 2 2 3 2 2 3 3 2 3 3 3 3 3 3
  3 3 3 3 3 3 3 1 3 3 1 1 3 2 1 1 2 2 1 2 2 2 2 2 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh
    -> 10.9.0.11:80                 Route   1      16         0         |
    -> 10.9.0.12:80                 Route   2      36         0         |
    -> 10.9.0.13:80                 Route   3      48         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  2 2 2 2 2 2 2 2 2 2

## no-fallback
Without sh-fallback clients of a real server of weight 0 get nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s sh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  1 1 gw gw 1 3 gw gw 3 3 gw 1 3 3 gw 1 1 gw gw 1 3 gw gw 3 3
  gw 1 3 3 gw 1 3 3 1 1 3 gw 1 1 gw gw 1 3 3 gw 1 3 3 1 1
  3 gw 1 1 gw gw 1 3 gw gw 3 3 gw 1 3 3 1 1 3 gw 1 1 gw gw gw
  1 3 gw gw 3 3 gw 1 3 3 1 1 3 gw 1 1 gw gw 1 3 gw gw 3 3 gw
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh
    -> 10.9.0.11:80                 Route   1      32         0         |
    -> 10.9.0.12:80                 Route   0      0          0         |
    -> 10.9.0.13:80                 Route   1      33         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  gw gw gw gw gw gw gw gw gw gw

## fallback
With sh-fallback clients of a real server of weight 0 go elsewhere.

$ ipvsadm -A -t 10.9.0.100:80 -s sh -b sh-fallback
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  1 1 1 1 1 3 1 1 3 3 1 1 3 3 1 1 1 1 1 1 3 1 1 3 3
  1 1 3 3 1 1 3 3 1 1 3 1 1 1 1 1 1 3 3 1 1 3 3 1 1
  3 1 1 1 1 1 1 3 1 1 3 3 1 1 3 3 1 1 3 1 1 1 1 1 1
  1 3 1 1 3 3 1 1 3 3 1 1 3 1 1 1 1 1 1 3 1 1 3 3 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh (sh-fallback)
    -> 10.9.0.11:80                 Route   1      67         0         |
    -> 10.9.0.12:80                 Route   0      0          0         |
    -> 10.9.0.13:80                 Route   1      33         0         |
# One client, many ports.
picks 10 gw tcp 172.16.7.7:{30000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1
