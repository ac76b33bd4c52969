# The forms of listings.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## one-service
A single service is listed without the line of the version.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s wlc
$ ipvsadm -L -n -t 10.9.0.100:80
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
$ ipvsadm -L -n -u 10.9.0.100:53 --stats
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       0        0        0        0        0
$ ipvsadm -l -n -t 10.9.0.100:80 --thresholds
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 0          0          0          0         |
$ ipvsadm --list --numeric --tcp-service 10.9.0.100:80 --persistent-conn
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 1         0           0          0         |
$ ipvsadm -L -n -t 10.9.0.100:53
  No such service
  [1]

## sorted
Services are sorted by mark, family, protocol, address and port; addresses by a subtraction of 32 bits, which is not
their order as numbers.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -A -t 10.9.0.101:80 -s rr
$ ipvsadm -A -t 10.9.0.100:443 -s rr
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -A -f 3 -s rr
$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -A -f 2 -6 -s rr
$ ipvsadm -A -t 192.0.2.80:80 -s rr
$ ipvsadm -A -t 203.0.113.1:80 -s rr
$ ipvsadm -A -t 1.2.3.4:80 -s rr
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  192.0.2.80:80 rr
  TCP  203.0.113.1:80 rr
  TCP  1.2.3.4:80 rr
  TCP  10.9.0.100:80 rr
  TCP  10.9.0.100:443 rr
  TCP  10.9.0.101:80 rr
  UDP  10.9.0.100:53 rr
  SCTP 10.9.0.100:36412 rr
  TCP  [fd00:9::100]:80 rr
  FWM  2 IPv6 rr
  FWM  3 rr
$ ipvsadm -Sn
  -A -t 192.0.2.80:80 -s rr
  -A -t 203.0.113.1:80 -s rr
  -A -t 1.2.3.4:80 -s rr
  -A -t 10.9.0.100:80 -s rr
  -A -t 10.9.0.100:443 -s rr
  -A -t 10.9.0.101:80 -s rr
  -A -u 10.9.0.100:53 -s rr
  -A --sctp-service 10.9.0.100:36412 -s rr
  -A -t [fd00:9::100]:80 -s rr
  -A -f 2 -6 -s rr
  -A -f 3 -s rr

## servers-sorted
Real servers are sorted by address and port; with --nosort the newest comes first.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:81 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 192.0.2.7:80 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 203.0.113.7:80 -m
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 192.0.2.7:80                 Masq    1      0          0         |
    -> 203.0.113.7:80               Masq    1      0          0         |
    -> 10.9.0.11:80                 Masq    1      0          0         |
    -> 10.9.0.12:80                 Masq    1      0          0         |
    -> 10.9.0.12:81                 Masq    1      0          0         |
$ ipvsadm -Ln --sort
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 192.0.2.7:80                 Masq    1      0          0         |
    -> 203.0.113.7:80               Masq    1      0          0         |
    -> 10.9.0.11:80                 Masq    1      0          0         |
    -> 10.9.0.12:80                 Masq    1      0          0         |
    -> 10.9.0.12:81                 Masq    1      0          0         |
$ ipvsadm -Ln --nosort
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 203.0.113.7:80               Masq    1      0          0         |
    -> 10.9.0.12:80                 Masq    1      0          0         |
    -> 10.9.0.11:80                 Masq    1      0          0         |
    -> 192.0.2.7:80                 Masq    1      0          0         |
    -> 10.9.0.12:81                 Masq    1      0          0         |

## thresholds
--thresholds lists thresholds in place of method and weight.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 100 -y 50
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 100        50         0          0         |
    -> 10.9.0.12:80                 0          0          1          0         |

## persistent-conn
--persistent-conn lists how many templates each real server has.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
repeat 3 > gw tcp 172.16.0.{1+}:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs2 tcp 172.16.0.3:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.1:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.1:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 1         1           1          0         |
    -> 10.9.0.12:80                 1         2           3          0         |

## rate
Without packets all rates are 0.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r fd00:9::b -g
$ ipvsadm -Ln --rate
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        0        0        0        0        0
  TCP  [fd00:9::100]:80                    0        0        0        0        0
    -> [fd00:9::b]:80                      0        0        0        0        0

## exact
--exact leaves numbers of eight digits and less as they are.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
picks 100 gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1000
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       1      100        0   102800        0
    -> 10.9.0.11:53                        1      100        0   102800        0
$ ipvsadm -Ln --stats --exact
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       1      100        0   102800        0
    -> 10.9.0.11:53                        1      100        0   102800        0
$ ipvsadm -Ln --stats -X
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       1      100        0   102800        0
    -> 10.9.0.11:53                        1      100        0   102800        0

## ipv6
Long names of IPv6 are not cut, and columns shift.

$ ipvsadm -A -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 -s wlc -p 60 -M 48
$ ipvsadm -a -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 -r [2001:db8:1234:5678:9abc:def0:1234:9999]:1 -m -x 10
$ ipvsadm -a -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 -r 2001:db8::1 -i
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 wlc persistent 60 mask 48
    -> [2001:db8::1]:65535          Tunnel  1      0          0         |
    -> [2001:db8:1234:5678:9abc:def0:1234:9999]:1 Masq    1      0          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  [2001:db8:1234:5678:9abc:def0:1234:5678]:65535        0        0        0        0        0
    -> [2001:db8::1]:65535                 0        0        0        0        0
    -> [2001:db8:1234:5678:9abc:def0:1234:9999]:1        0        0        0        0        0
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 wlc persistent 60 mask 48
    -> [2001:db8::1]:65535          0          0          0          0         |
    -> [2001:db8:1234:5678:9abc:def0:1234:9999]:1 10         0          0          0         |
$ ipvsadm -Ln --tun-info
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
  TCP  [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 wlc persistent 60 mask 48
    -> [2001:db8::1]:65535          Tunnel  ipip          1      0          0         |
    -> [2001:db8:1234:5678:9abc:def0:1234:9999]:1 Masq    n/a           1      0          0         |
$ ipvsadm -Sn
  -A -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 -s wlc -p 60 -M 48
  -a -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 -r [2001:db8::1]:65535 -i -w 1 --tun-type ipip
  -a -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 -r [2001:db8:1234:5678:9abc:def0:1234:9999]:1 -m -w 1
$ ipvsadm -L -n -t [2001:db8:1234:5678:9abc:def0:1234:5678]:65535
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 wlc persistent 60 mask 48
    -> [2001:db8::1]:65535          Tunnel  1      0          0         |
    -> [2001:db8:1234:5678:9abc:def0:1234:9999]:1 Masq    1      0          0         |

## several-forms
Of several forms one wins: statistics, rates, thresholds, templates, tunnels, in this order.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
$ ipvsadm -Ln --stats --rate
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        0        0        0        0        0
$ ipvsadm -Ln --thresholds --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 0          0          0          0         |
$ ipvsadm -Ln --persistent-conn --tun-info
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 1         0           0          0         |
$ ipvsadm -Ln --tun-info --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 0          0          0          0         |

## timeouts-and-daemons
--timeout and --daemon list those alone.

$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 900 120 300
$ ipvsadm --set 100 20 30
$ ipvsadm -Ln --timeout
  Timeout (tcp tcpfin udp): 100 20 30
$ ipvsadm --set 0 0 7
$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 100 20 7
$ ipvsadm -L --daemon

## zero
-Z of one service leaves others' counters; the connections stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:81 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
  TCP  10.9.0.100:81                       1        1        0       40        0
    -> 10.9.0.11:81                        1        1        0       40        0
$ ipvsadm -Z -t 10.9.0.100:80
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        0        0        0        0        0
  TCP  10.9.0.100:81                       1        1        0       40        0
    -> 10.9.0.11:81                        1        1        0       40        0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        1        0       40        0
    -> 10.9.0.11:80                        0        1        0       40        0
  TCP  10.9.0.100:81                       1        1        0       40        0
    -> 10.9.0.11:81                        1        1        0       40        0
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      1          0         |
  TCP  10.9.0.100:81 rr
    -> 10.9.0.11:81                 Route   1      1          0         |

## weights
Weights and what they do to columns.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m -w 0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m -w 65535
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -m -w 65536
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.14 -m -w 2147483647
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.15 -m -w 2147483648
  illegal weight specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.15 -m -w 1.5
  illegal weight specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.15 -m -w
  -w: missing argument
  [255]
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:80                 Masq    0      0          0         |
    -> 10.9.0.12:80                 Masq    65535  0          0         |
    -> 10.9.0.13:80                 Masq    65536  0          0         |
    -> 10.9.0.14:80                 Masq    2147483647 0          0         |

## edit-is-a-replacement
What an edit does not say becomes the default: scheduler wlc, no persistence, weight 1, direct routing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60 -M 255.255.255.0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m -w 7 -x 5
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr -p 60 -M 255.255.255.0
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 7
$ ipvsadm -E -t 10.9.0.100:80
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s wlc
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 wlc
    -> 10.9.0.11:80                 0          0          0          0         |

## saved-and-restored
What -S writes, -R reads; thresholds are not in it.

$ ipvsadm -R
| -A -t 10.9.0.100:80 -s sh -b sh-fallback,sh-port
| -a -t 10.9.0.100:80 -r 10.9.0.11 -m -w 3 -x 9
| -A -u 10.9.0.100:53 -s wlc -p 300 -M 255.255.255.0 --pe sip
| -A -u 10.9.0.100:54 -s rr -o
| -A -f 7 -6 -s mh -b mh-port -p 77 -M 64
| -a -f 7 -6 -r [fd00:9::b]:0 -i -w 2 --tun-type gue --tun-port 6080 --tun-csum
$ ipvsadm -S -n
  -A -t 10.9.0.100:80 -s sh -b sh-fallback,sh-port
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 3
  -A -u 10.9.0.100:53 -s wlc -p 300 -M 255.255.255.0 --pe sip
  -A -u 10.9.0.100:54 -s rr -o
  -A -f 7 -6 -s mh -p 77 -M 64 -b mh-port
  -a -f 7 -6 -r [fd00:9::b]:0 -i -w 2 --tun-type gue --tun-port 6080 --tun-csum
$ ipvsadm --save --numeric
  -A -t 10.9.0.100:80 -s sh -b sh-fallback,sh-port
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 3
  -A -u 10.9.0.100:53 -s wlc -p 300 -M 255.255.255.0 --pe sip
  -A -u 10.9.0.100:54 -s rr -o
  -A -f 7 -6 -s mh -p 77 -M 64 -b mh-port
  -a -f 7 -6 -r [fd00:9::b]:0 -i -w 2 --tun-type gue --tun-port 6080 --tun-csum
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh (sh-fallback,sh-port)
    -> 10.9.0.11:80                 Masq    3      0          0         |
  UDP  10.9.0.100:53 wlc persistent 300 mask 255.255.255.0 pe sip
  UDP  10.9.0.100:54 rr ops
  FWM  7 IPv6 mh (mh-port) persistent 77 mask 64
    -> [fd00:9::b]:0                Tunnel  2      0          0         |
