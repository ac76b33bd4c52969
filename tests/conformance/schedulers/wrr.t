# Weighted round robin: turns in proportion to weights.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## one-to-three
A real server of weight 3 gets three of four connections; the heavier one comes first.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 3
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  2 1 2 2 2 1 2 2 2 1 2 2 2 1 2 2 2 1 2 2 2 1 2 2 2
  1 2 2 2 1 2 2 2 1 2 2 2 1 2 2 2 1 2 2 2 1 2 2 2 1
  2 2 2 1 2 2 2 1 2 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:80                 Route   1      15         0         |
    -> 10.9.0.12:80                 Route   3      45         0         |

## equal-weights
With equal weights wrr is round robin.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 2
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3
  2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2 1 3 2
  1 3 2 1 3 2 1 3 2 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:80                 Route   2      20         0         |
    -> 10.9.0.12:80                 Route   2      20         0         |
    -> 10.9.0.13:80                 Route   2      20         0         |

## common-divisor
Weights with a common divisor are divided by it: 2, 4 and 6 act as 1, 2 and 3.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 4
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 6
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 1 3 3 2 3 2 1 3 3 2 3 2 1 3 3 2 3 2 1 3 3 2 3
  2 1 3 3 2 3 2 1 3 3 2 3 2 1 3 3 2 3 2 1 3 3 2 3 2
  1 3 3 2 3 2 1 3 3 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:80                 Route   2      10         0         |
    -> 10.9.0.12:80                 Route   4      20         0         |
    -> 10.9.0.13:80                 Route   6      30         0         |

## weight-zero
A real server of weight 0 gets nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 2
picks 60 gw tcp {172.16.0.1+7}:{20000+} > 10.9.0.100:80 S
  3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3
  2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2
  3 3 2 3 3 2 3 3 2 3
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:80                 Route   0      0          0         |
    -> 10.9.0.12:80                 Route   1      20         0         |
    -> 10.9.0.13:80                 Route   2      40         0         |

## change-to-even-weights
When the pool changes, the level goes to just above a multiple of the new divisor: from 2 to 3, which only a weight of 4 reaches.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 3
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 2
picks 4 gw tcp 172.16.0.{1+}:{20000+} > 10.9.0.100:80 S
  2 1 1 2
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 4
picks 8 gw tcp 172.16.0.{1+}:{30000+} > 10.9.0.100:80 S
  1 2 1 1 2 1 1 2
