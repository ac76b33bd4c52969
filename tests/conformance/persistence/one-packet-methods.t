# One-packet scheduling, in each forwarding method and beside other things.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat-ports
With NAT each datagram goes to its real server's port; the reply is not recognised, and keeps that port.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12:5354 -m
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.12:5354 ttl=63 id=77 data="q"
> rs2 udp 10.9.0.12:5354 > 172.16.0.5:3333 data="answer"
  gw udp 10.9.0.12:5354 > 172.16.0.5:3333 ttl=63 id=77 data="answer"
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q" nosum
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:5353 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q" ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=1 id=77 data="q")
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       3        3        0       87        0
    -> 10.9.0.11:5353                      1        1        0       29        0
    -> 10.9.0.12:5354                      2        2        0       58        0

## nat-and-nat-icmp-send
With nat_icmp_send those replies are refused: one-packet scheduling by NAT does not work with it.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
$ sysctl nat_icmp_send=1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:5353 ttl=63 id=77 data="q"
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:3333 data="answer"
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=34 quoting (udp 10.9.0.11:5353 > 172.16.0.5:3333 ttl=63 id=77 data="answer")

## all-methods-in-turn
Datagrams of one flow may take each method in turn.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12:5353 -m
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.13 -i --tun-type gue --tun-port 6080
repeat 4 > gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs3 gue 10.9.0.2 > 10.9.0.13 dport=6080 ttl=63 nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs2 udp 172.16.0.5:3333 > 10.9.0.12:5353 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs3 gue 10.9.0.2 > 10.9.0.13 dport=6080 ttl=63 nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
conns

## least-connections
Schedulers that count connections see none: the newest real server gets all.

$ ipvsadm -A -u 10.9.0.100:53 -s wlc -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
picks 6 gw udp 172.16.0.5:{3333+} > 10.9.0.100:53 data=1
  2 2 2 2 2 2

## source-hashing-with-ports
With sh and its port flag a flow stays at one real server without a connection.

$ ipvsadm -A -u 10.9.0.100:53 -s sh -b sh-port -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
picks 8 gw udp 172.16.0.5:{3333,3334,3335,3336,3333,3334,3335,3336} > 10.9.0.100:53 data=1
  1 2 2 2 1 2 2 2
conns

## switched-off-later
An edit without -o brings connections back.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
picks 2 gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1
  2 1
$ ipvsadm -E -u 10.9.0.100:53 -s rr
picks 3 gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1
  2 2 2
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:53

## in-fragments
A datagram in fragments is one datagram.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1600 fragment=1500
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=1472
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1480 id=77 data=128#0343 (last)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="\x00"
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       2        2        0     1657        0
    -> 10.9.0.11:53                        1        1        0       29        0
    -> 10.9.0.12:53                        1        1        0     1628        0

## too-long
A datagram with DF that does not fit is answered, and counts as scheduled.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1472
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       1        1        0     1500        0
    -> 10.9.0.11:53                        1        1        0     1500        0
