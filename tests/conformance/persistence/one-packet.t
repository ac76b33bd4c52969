# One-packet scheduling (`-o`): every datagram of a UDP service is scheduled by itself.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## each-by-itself
Datagrams of one flow take turns; there are no connections, and each datagram counts as one.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
picks 5 gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  2 1 2 1 2
conns
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       5        5        0      145        0
    -> 10.9.0.11:53                        2        2        0       58        0
    -> 10.9.0.12:53                        3        3        0       87        0

## replies-in-nat
The reply of a NAT real server belongs to no connection: it goes out as it is, from the real server's address.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data="q"
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:40001 data="a"
  gw udp 10.9.0.11:5353 > 172.16.0.5:40001 ttl=63 id=77 data="a"
conns

## in-a-tunnel
Each datagram is put into a packet of its own.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data="q")

## with-persistence
A persistent service of one-packet scheduling keeps the client at one server, without connections: the template is all there is.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -p 60 -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
picks 4 gw udp 172.16.0.5:{40001+} > 10.9.0.100:53 data="q"
  2 2 2 2
picks 2 gw udp 172.16.0.6:{40001+} > 10.9.0.100:53 data="q"
  1 1
timers
  UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.12:53 59s
  UDP NONE 172.16.0.6:0 10.9.0.100:53 10.9.0.11:53 59s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       6        6        0      174        0
    -> 10.9.0.11:53                        2        2        0       58        0
    -> 10.9.0.12:53                        4        4        0      116        0

## no-server
Without a server each datagram gets port unreachable.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -w 0
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=64 id=77 data="q")

## switched-on-later
Connections from before go on to their server; only flows without one are scheduled by the packet.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data="q"
$ ipvsadm -E -u 10.9.0.100:53 -s rr -o
picks 3 gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  2 2 2
picks 3 gw udp 172.16.0.5:40002 > 10.9.0.100:53 data="q"
  1 2 1
conns
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.12:53

## errors-about-replies
An ICMP error about a datagram finds no connection; nobody gets it.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw icmp 192.0.2.1 > 10.9.0.100 3/3 quoting (udp 10.9.0.100:53 > 172.16.0.5:40001)
  (nothing)

## ipv6
One-packet scheduling in IPv6.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr -o
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -m
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::c]:53 -m
picks 4 gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data="q"
  2 1 2 1
conns
