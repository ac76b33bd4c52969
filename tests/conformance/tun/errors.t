# ICMP errors about the outer packets.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## too-big-for-ipip
A router on the way to the real server needs shorter packets: this client is told the MTU that the director knew before,
the next one what it knows now, less 20 bytes.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1400
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)
> gw icmp 198.51.100.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1280 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1252
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 df (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1252)

## too-big-for-gre
With GRE 24 bytes less; the first client is told as with IP in IP.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1400
  gw gre 10.9.0.2 > 198.51.100.7 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)
> gw icmp 198.51.100.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1276 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## too-big-for-gre-with-checksum
With GRE's checksum 28 bytes less.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i --tun-type gre --tun-csum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1400
  gw gre 10.9.0.2 > 198.51.100.7 ttl=63 df sum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)
> gw icmp 198.51.100.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1272 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## too-big-for-gue
With GUE 32 bytes less.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i --tun-type gue --tun-port 6080
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1400
  gw gue 10.9.0.2 > 198.51.100.7 dport=6080 ttl=63 df nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)
> gw icmp 198.51.100.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1268 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## others-are-relayed
Unreachable and time exceeded about the outer packet are relayed to the client, about its own packet, by the VIP.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/1 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 3/2 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 11/0 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 12/0 quote=all quoting last
  (nothing)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 4/0 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 4/0 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")

## short-quotation
If not enough of the inner packet is quoted nobody can be told.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=28 quoting last
  (nothing)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=48 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/1 ttl=64 tos=192 quote=28 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77)

## without-df
Whose packet had no DF is not told of fragmentation needed.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1400
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data=1400)
> gw icmp 198.51.100.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  (nothing)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1400
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 frag=0+ (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data=1252)
  gw ip 10.9.0.2 > 198.51.100.7 proto=4 ttl=63 frag=1280 data=148#4797 (last)

## no-connection
About a packet of no connection nobody is told, nor about tunnels to nobody.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=all quoting (ipip 10.9.0.2 > 198.51.100.7 (udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"))
  (nothing)
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=all quoting (ipip 10.9.0.2 > 198.51.100.9 (udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"))
  (nothing)

## another-type
A quoted packet in a tunnel of another type than the real server's is none of ours.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw gre 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=all quoting (ipip 10.9.0.2 > 198.51.100.7 (udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"))
  (nothing)
> gw icmp 198.51.100.1 > 10.9.0.2 3/1 quote=all quoting (gre 10.9.0.2 > 198.51.100.7 (udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"))
  gw icmp 10.9.0.100 > 172.16.0.5 3/1 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=64 id=77 data="q")

## host-unreachable-for-gue
A real server without GUE says port unreachable: the client is told the same about its packet.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 198.51.100.7 -i --tun-type gue --tun-port 6080
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw gue 10.9.0.2 > 198.51.100.7 dport=6080 ttl=63 df nosum (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
> gw icmp 198.51.100.7 > 10.9.0.2 3/3 quote=all quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)

## ipv6-outside
Errors about an IPv6 outer header are the host's: nobody is told.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 2001:db8:7::7 -i
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data="q"
  gw ipip fd00:9::2 > 2001:db8:7::7 hlim=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="q")
> gw icmp 2001:db8:7::1 > fd00:9::2 1/0 quote=all quoting last
  (nothing)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data="q"
  gw ipip fd00:9::2 > 2001:db8:7::7 hlim=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="q")
> gw icmp 2001:db8:7::1 > fd00:9::2 3/0 quote=all quoting last
  (nothing)

## short-quote-of-gre
A router that quotes the header and 8 bytes, as it must at least, teaches a GRE tunnel its MTU.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=28 quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1276 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 nodf data=1400
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 frag=0+ (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 id=77 data=1248)
  rs6 ip 10.9.0.2 > 10.9.0.16 proto=47 ttl=63 frag=1280 data=152#3385 (last)

## short-quote-of-gre-with-checksum
The same with GRE's checksum, and though the router wrote to the VIP.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i --tun-type gre --tun-csum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df sum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1300 quote=28 quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1272 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## shorter-quote-of-gre
Less is no proper quote.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=24 quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)

## short-quote-of-gre-damaged
A wrong checksum teaches nothing.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=28 quoting last badsum
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)

## gre-without-connection
GRE learns also from what is about no connection.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 gre 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  gw icmp 10.9.0.100 > 172.16.0.6 3/4 mtu=1276 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## short-quote-of-ipip
IP in IP needs to see its client's packet.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 ipip 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=28 quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  rs6 ipip 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)

## ipip-without-connection
And its client's connection.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 ipip 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=all quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  rs6 ipip 10.9.0.2 > 10.9.0.16 ttl=63 df (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)

## short-quote-of-gue
So does GUE.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.16 -i --tun-type gue --tun-port 6080
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs6 gue 10.9.0.2 > 10.9.0.16 dport=6080 ttl=63 df nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=28 quoting last
  (nothing)
> gw udp 172.16.0.6:3333 > 10.9.0.100:53 df data=1400
  rs6 gue 10.9.0.2 > 10.9.0.16 dport=6080 ttl=63 df nosum (udp 172.16.0.6:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1400)
