# What begins anew on an old connection's ports.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## the-old-one-counts-until-another-is-chosen
The connection that ends still counts for its real server while the new one is scheduled: least-connection takes the
other.

$ ipvsadm -A -t 10.9.0.100:80 -s lc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 FA seq=1002 ack=5000
  rs2 tcp 172.16.0.1:40001 > 10.9.0.12:80 FA seq=1002 ack=5000 ttl=63 df id=77
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:80 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002
  rs2 tcp 172.16.0.2:40001 > 10.9.0.12:80 S seq=1002 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 lc
    -> 10.9.0.11:80                 Masq    1      1          0         |
    -> 10.9.0.12:80                 Masq    1      1          0         |

## the-old-one-counts-for-the-threshold
So does it for the upper threshold, which then is reached; and with the lower one at 1, one connection keeps it so.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -x 2 -y 1
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 FA seq=1002 ack=5000
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:80 FA seq=1002 ack=5000 ttl=63 df id=77
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:80 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002
  gw icmp 10.9.0.100 > 172.16.0.2 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002 ttl=64 df id=77)
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      1          0         |

## server-of-weight-zero
With expire_nodest_conn, a SYN to a server of weight 0 begins anew elsewhere; both counts are right afterwards.

$ sysctl expire_nodest_conn=1
$ ipvsadm -A -t 10.9.0.100:80 -s wlc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 1
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1002
  rs2 tcp 172.16.0.1:40001 > 10.9.0.12:80 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.2:40001 > 10.9.0.11:80 S seq=1002 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 0
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:80 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.2:40001 > 10.9.0.11:80 S seq=1002 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc
    -> 10.9.0.11:80                 Masq    1      2          0         |
    -> 10.9.0.12:80                 Masq    0      0          0         |
conns
  TCP SYN_RECV 172.16.0.1:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40001 10.9.0.100:80 10.9.0.11:80

## nobody-takes-it-up
Where the connection ends without NAT and no other real server can be chosen, the answer to the client counts as a reply
of the one that ended.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -x 2 -y 1
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002
  rs1 tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 FA seq=1003 ack=1
  rs1 tcp 172.16.0.1:40001 > 10.9.0.100:80 FA seq=1003 ack=1 ttl=63 df id=77
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=2000
  gw icmp 10.9.0.100 > 172.16.0.1 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.1:40001 > 10.9.0.100:80 S seq=2000 ttl=64 df id=77)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       2        3        1      120       68
    -> 10.9.0.11:80                        2        3        1      120       68
