# Weighted fail-over.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## heaviest-only
All connections go to the real server with the highest weight.

$ ipvsadm -A -t 10.9.0.100:80 -s fo
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 5
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 3
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2
  2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2
  2 2 2 2 2 2 2 2 2 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   5      60         0         |
    -> 10.9.0.13:80                 Route   3      0          0         |

## equal-weights
Of equal weights the first in the list wins.

$ ipvsadm -A -t 10.9.0.100:80 -s fo
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 3
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 3
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2
  2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2
  2 2 2 2 2 2 2 2 2 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Route   3      0          0         |
    -> 10.9.0.12:80                 Route   3      60         0         |
    -> 10.9.0.13:80                 Route   1      0          0         |
