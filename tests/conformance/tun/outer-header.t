# What the outer header has of the inner one.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## type-of-service
The type of service is copied; ECN's congestion experienced becomes ECT(0) outside.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=184 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=184 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=184 id=77 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=1 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=1 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=1 id=77 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=2 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=2 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=2 id=77 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=3 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=2 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=3 id=77 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=255 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=254 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=255 id=77 data="\x00")

## type-of-service-of-gre-and-gue
The other types do the same.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre
$ ipvsadm -A -u 10.9.0.100:54 -s rr
$ ipvsadm -a -u 10.9.0.100:54 -r 10.9.0.11 -i --tun-type gue --tun-port 6080
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=187 data=1
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 tos=186 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=187 id=77 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 tos=187 data=1
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 tos=186 nosum (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 tos=187 id=77 data="\x00")

## traffic-class
From and to IPv6's traffic class, too.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::b -i
$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.11 -i
$ ipvsadm -A -u [fd00:9::100]:54 -s rr
$ ipvsadm -a -u [fd00:9::100]:54 -r fd00:9::b -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 tos=187 data=1
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 tc=186 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 tos=187 id=77 data="\x00")
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 tc=187 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=186 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 tc=187 data="\x00")
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:54 tc=187 flow=7 data=1
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 tc=186 (udp [2001:db8::5]:3333 > [fd00:9::100]:54 hlim=63 tc=187 flow=7 data="\x00")

## time-to-live
The outer time to live is the inner one's, which has lost one; in either family.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::b -i --tun-type gre
$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.11 -i --tun-type gue --tun-port 6080
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=5 data=1
  rs1 gre fd00:9::2 > fd00:9::b hlim=4 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=4 id=77 data="\x00")
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=255 data=1
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=254 nosum (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=254 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=1 data=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=1 id=77 hex=00)

## df
DF is copied into an IPv4 header; an IPv6 packet's outer IPv4 header has none.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre
$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data="\x00")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="\x00")
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="\x00")
$ sysctl pmtu_disc=0
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data="\x00")
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="\x00")

## options-stay-inside
IP options of the inner packet stay inside.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 ipopts=01010101 data=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 ipopts=01010101 id=77 data="\x00")
