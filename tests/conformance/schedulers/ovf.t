# Weighted overflow.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## overflowing
The heaviest real server takes as many connections as its weight, then the next.

$ ipvsadm -A -t 10.9.0.100:80 -s ovf
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 5
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 20
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 40
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3
  3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 2 2 2 2 2 2 2 2 2
  2 2 2 2 2 2 2 2 2 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 ovf
    -> 10.9.0.11:80                 Route   5      0          0         |
    -> 10.9.0.12:80                 Route   20     19         0         |
    -> 10.9.0.13:80                 Route   40     41         0         |
