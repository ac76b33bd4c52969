# UDP by network address translation.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## there-and-back
A datagram opens a connection, the answer gets the virtual address and port.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m -w 1
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12:5353 -m -w 1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.12:5353 ttl=63 id=77 data="q"
> rs2 udp 10.9.0.12:5353 > 172.16.0.5:3333 data="answer"
  gw udp 10.9.0.100:53 > 172.16.0.5:3333 ttl=63 id=77 data="answer"
> rs2 udp 10.9.0.12:5353 > 172.16.0.5:3333 data="answer" nosum
  gw udp 10.9.0.100:53 > 172.16.0.5:3333 ttl=63 id=77 data="answer"
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q" nosum
  rs2 udp 172.16.0.5:3333 > 10.9.0.12:5353 ttl=63 id=77 data="q"
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:5353
timers
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:5353 299s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:5353               Masq    1      0          0         |
    -> 10.9.0.12:5353               Masq    1      0          1         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       1        2        2       58       68
    -> 10.9.0.11:5353                      0        0        0        0        0
    -> 10.9.0.12:5353                      1        2        2       58       68

## empty-datagram
A datagram without payload is one like any other.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m -w 1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:5353 ttl=63 id=77
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:3333
  gw udp 10.9.0.100:53 > 172.16.0.5:3333 ttl=63 id=77
