# Locality-based least connections with replication.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## one-destination
A destination has a set of real servers, and the least loaded of the set is taken.

$ ipvsadm -A -t 10.9.0.100:80 -s lblcr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 3 2 2 1 1 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1
  2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2
  3 1 2 3 1 2 3 1 2 3
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.11:80                 Route   1      20         0         |
    -> 10.9.0.12:80                 Route   1      20         0         |
    -> 10.9.0.13:80                 Route   1      20         0         |
