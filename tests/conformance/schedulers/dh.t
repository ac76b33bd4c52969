# Destination hashing.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## one-destination
All connections to one address go to one real server.

$ ipvsadm -A -t 10.9.0.100:80 -s dh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 dh
    -> 10.9.0.11:80                 Route   1      100        0         |
    -> 10.9.0.12:80                 Route   1      0          0         |
    -> 10.9.0.13:80                 Route   1      0          0         |

## weight-zero
If the hash falls on a real server of weight 0 the packet is dropped.

$ ipvsadm -A -t 10.9.0.100:80 -s dh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 100 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw
  gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw
  gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw
  gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw gw
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 dh
    -> 10.9.0.11:80                 Route   0      0          0         |
    -> 10.9.0.12:80                 Route   0      0          0         |
    -> 10.9.0.13:80                 Route   1      0          0         |
