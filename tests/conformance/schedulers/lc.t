# Least connections.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## spread-evenly
New connections go to the real server with the least load, 256 times active plus inactive; of equals the first in the list wins.

$ ipvsadm -A -t 10.9.0.100:80 -s lc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3
  2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2
  1 3 2 1 3 2 1 3 2 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 lc
    -> 10.9.0.11:80                 Route   1      20         0         |
    -> 10.9.0.12:80                 Route   1      20         0         |
    -> 10.9.0.13:80                 Route   1      20         0         |

## weight-zero
A real server of weight 0 gets nothing, however idle.

$ ipvsadm -A -t 10.9.0.100:80 -s lc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3
  2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2 3 2
  3 2 3 2 3 2 3 2 3 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 lc
    -> 10.9.0.11:80                 Route   0      0          0         |
    -> 10.9.0.12:80                 Route   1      30         0         |
    -> 10.9.0.13:80                 Route   1      30         0         |
