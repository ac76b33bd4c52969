# Never queue.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## one-two-five
An idle real server is taken at once, whatever its weight; if all are busy it is sed.

$ ipvsadm -A -t 10.9.0.100:80 -s nq
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 5
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 1 3 3 3 3 2 3 3 2 3 3 3 2 1 3 3 2 3 3 3 2 1 3
  3 2 3 3 3 2 1 3 3 2 3 3 3 2 1 3 3 2 3 3 3 2 1 3 3
  2 3 3 3 2 1 3 3 2 3
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 nq
    -> 10.9.0.11:80                 Route   1      7          0         |
    -> 10.9.0.12:80                 Route   2      15         0         |
    -> 10.9.0.13:80                 Route   5      38         0         |
