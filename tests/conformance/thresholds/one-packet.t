# Thresholds and one-packet scheduling.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## a-packet-counts-for-a-moment
A datagram that opens no connection counts as one while it is scheduled: beside a connection from before `-o` it reaches
the upper threshold, and as that one still keeps the lower one, the real server stays overloaded.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:53 -m -x 2 -y 1
> gw udp 172.16.0.1:40001 > 10.9.0.100:53 data=4
  rs1 udp 172.16.0.1:40001 > 10.9.0.11:53 ttl=63 id=77 data="\x00\x01\x02\x03"
$ ipvsadm -E -u 10.9.0.100:53 -s rr -o
> gw udp 172.16.0.2:40001 > 10.9.0.100:53 data=4
  rs1 udp 172.16.0.2:40001 > 10.9.0.11:53 ttl=63 id=77 data="\x00\x01\x02\x03"
> gw udp 172.16.0.3:40001 > 10.9.0.100:53 data=4
  gw icmp 10.9.0.100 > 172.16.0.3 3/3 ttl=64 tos=192 quote=32 quoting (udp 172.16.0.3:40001 > 10.9.0.100:53 ttl=64 id=77 hex=00010203)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       2        2        0       64        0
    -> 10.9.0.11:53                        2        2        0       64        0

## nothing-is-left-of-it
Alone it never does.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:53 -m -x 1
> gw udp 172.16.0.2:40001 > 10.9.0.100:53 data=4
  rs1 udp 172.16.0.2:40001 > 10.9.0.11:53 ttl=63 id=77 data="\x00\x01\x02\x03"
> gw udp 172.16.0.3:40001 > 10.9.0.100:53 data=4
  rs1 udp 172.16.0.3:40001 > 10.9.0.11:53 ttl=63 id=77 data="\x00\x01\x02\x03"
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr ops
    -> 10.9.0.11:53                 Masq    1      0          0         |
