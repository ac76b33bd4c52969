# AH (51) and ESP (50) have no ports: they follow the ISAKMP connection (UDP, port 500 to port 500) of the same two addresses.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## direct-routing
ESP and AH go where ISAKMP went; without an ISAKMP connection they are the host's, which answers protocol unreachable.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.12 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs2 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=40
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=51 ttl=63 id=77 data=40
> gw ip 172.16.0.6 > 10.9.0.100 proto=51 data=40
  gw icmp 10.9.0.100 > 172.16.0.6 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.6 > 10.9.0.100 proto=51 ttl=64 id=77 data=40)
conns
  UDP UDP 172.16.0.5:500 10.9.0.100:500 10.9.0.12:500
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:500                      1        3        0      154        0
    -> 10.9.0.11:500                       0        0        0        0        0
    -> 10.9.0.12:500                       1        3        0      154        0

## nat
NAT changes addresses only, both ways.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -m
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.11:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=50 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 172.16.0.5 proto=50 data=40
  gw ip 10.9.0.100 > 172.16.0.5 proto=50 ttl=63 id=77 data=40
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=40
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=51 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 172.16.0.5 proto=51 data=40
  gw ip 10.9.0.100 > 172.16.0.5 proto=51 ttl=63 id=77 data=40
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:500                      1        3        2      154      120
    -> 10.9.0.11:500                       1        3        2      154      120

## tunnel
In a tunnel as any packet.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -i
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp")
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40)

## they-keep-the-connection
Their packets begin the ISAKMP connection's 300 seconds anew.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
wait 5
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40
timers
  UDP UDP 172.16.0.5:500 10.9.0.100:500 10.9.0.11:500 299s

## other-ports
Only port 500 to port 500 is ISAKMP: from port 501 it brings no ESP along.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
> gw udp 172.16.0.5:501 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:501 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)

## nat-traversal
ESP in UDP (port 4500) is UDP: it needs a service of its own, and persistence to go to the same server.

$ ipvsadm -A -u 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -u 10.9.0.100:0 -r 10.9.0.11:0 -g
$ ipvsadm -a -u 10.9.0.100:0 -r 10.9.0.12:0 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs2 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw udp 172.16.0.5:4500 > 10.9.0.100:4500 data="esp"
  rs2 udp 172.16.0.5:4500 > 10.9.0.100:4500 ttl=63 id=77 data="esp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40

## short-and-empty
Nothing of the packet behind the IP header is looked at: it may be empty.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=2
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data="\x00\x01"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=0
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77

## deleted-server
If its server is deleted, ESP is dropped as all packets of the connection.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
$ ipvsadm -d -u 10.9.0.100:500 -r 10.9.0.11
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  (nothing)

## hop-limit
ESP with TTL 1 is answered with time exceeded.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40 ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=1 id=77 data=40)

## icmp-errors
An ICMP error about ESP finds its connection as ESP does.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -m
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.11:500 ttl=63 id=77 data="isakmp"
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1400 quoting (ip 10.9.0.100 > 172.16.0.5 proto=50 data=40)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (ip 10.9.0.11 > 172.16.0.5 proto=50 ttl=64 id=77 hex=0001020304050607)
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/2 quoting (ip 172.16.0.5 > 10.9.0.11 proto=50 data=40)
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=63 id=77 quote=28 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 hex=0001020304050607)

## ipv6-esp
ESP of IPv6 follows ISAKMP, too.

$ ipvsadm -A -u [fd00:9::100]:500 -s rr
$ ipvsadm -a -u [fd00:9::100]:500 -r [fd00:9::b]:500 -g
> gw udp [2001:db8::5]:500 > [fd00:9::100]:500 data="isakmp"
  rs1 udp [2001:db8::5]:500 > [fd00:9::100]:500 hlim=63 data="isakmp"
> gw ip 2001:db8::5 > fd00:9::100 proto=50 data=40
  rs1 ip 2001:db8::5 > fd00:9::100 proto=50 hlim=63 data=40

## ipv6-ah
AH of IPv6 is an extension header; what is behind it counts, not the AH.

$ ipvsadm -A -u [fd00:9::100]:500 -s rr
$ ipvsadm -a -u [fd00:9::100]:500 -r [fd00:9::b]:500 -g
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::c]:80 -g
> gw udp [2001:db8::5]:500 > [fd00:9::100]:500 data="isakmp"
  rs1 udp [2001:db8::5]:500 > [fd00:9::100]:500 hlim=63 data="isakmp"
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S ext=51:0000.11223344
  rs2 ip 2001:db8::5 > fd00:9::100 proto=51 hlim=63 data=28#1e84

## ipv6-nat
ESP through NAT in IPv6.

$ ipvsadm -A -u [fd00:9::100]:500 -s rr
$ ipvsadm -a -u [fd00:9::100]:500 -r [fd00:9::b]:500 -m
> gw udp [2001:db8::5]:500 > [fd00:9::100]:500 data="isakmp"
  rs1 udp [2001:db8::5]:500 > [fd00:9::b]:500 hlim=63 data="isakmp"
> gw ip 2001:db8::5 > fd00:9::100 proto=50 data=40
  rs1 ip 2001:db8::5 > fd00:9::b proto=50 hlim=63 data=40
> rs1 ip fd00:9::b > 2001:db8::5 proto=50 data=40
  gw ip fd00:9::100 > 2001:db8::5 proto=50 hlim=63 data=40

## proves-nothing
What ESP brings back does not prove the client to its template; an answer of ISAKMP itself does.

$ ipvsadm -A -u 10.9.0.100:500 -s rr -p 60
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11:500 -m
> gw udp 198.51.100.1:500 > 10.9.0.100:500
  rs1 udp 198.51.100.1:500 > 10.9.0.11:500 ttl=63 id=77
> gw ip 198.51.100.1 > 10.9.0.100 proto=50 data=40
  rs1 ip 198.51.100.1 > 10.9.0.11 proto=50 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 198.51.100.1 proto=50 data=40
  gw ip 10.9.0.100 > 198.51.100.1 proto=50 ttl=63 id=77 data=40
conns
  UDP NONE 198.51.100.1:0 10.9.0.100:500 10.9.0.11:500
  UDP UDP 198.51.100.1:500 10.9.0.100:500 10.9.0.11:500
> rs1 udp 10.9.0.11:500 > 198.51.100.1:500
  gw udp 10.9.0.100:500 > 198.51.100.1:500 ttl=63 id=77
conns
  UDP ASSURED 198.51.100.1:0 10.9.0.100:500 10.9.0.11:500
  UDP UDP 198.51.100.1:500 10.9.0.100:500 10.9.0.11:500
