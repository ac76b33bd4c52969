# How long a packet may be in a tunnel.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## ipip
IP in IP takes 20 bytes: 1480 fit into 1500, 1481 do not.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1452
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1452)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1453
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## gre
GRE takes 24 bytes, with a checksum 28.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre
$ ipvsadm -A -u 10.9.0.100:54 -s rr
$ ipvsadm -a -u 10.9.0.100:54 -r 10.9.0.11 -i --tun-type gre --tun-csum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1448
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1448)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1449
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1476 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 df data=1444
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 df sum (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 df id=77 data=1444)
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 df data=1445
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1472 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 df id=77 data=520)

## gue
GUE takes 32 bytes, with or without a checksum; with --tun-remcsum no more, unless a checksum is unfinished.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gue --tun-port 6080
$ ipvsadm -A -u 10.9.0.100:54 -s rr
$ ipvsadm -a -u 10.9.0.100:54 -r 10.9.0.11 -i --tun-type gue --tun-port 6080 --tun-csum
$ ipvsadm -A -u 10.9.0.100:55 -s rr
$ ipvsadm -a -u 10.9.0.100:55 -r 10.9.0.11 -i --tun-type gue --tun-port 6080 --tun-remcsum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1440
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 df nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1440)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1441
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1468 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 df data=1440
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 df id=77 data=1440)
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 df data=1441
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1468 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 df id=77 data=520)
> gw udp 172.16.0.5:3333 > 10.9.0.100:55 df data=1440
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:55 ttl=63 df id=77 data=1440)
> gw udp 172.16.0.5:3333 > 10.9.0.100:55 df data=1441
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1468 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:55 ttl=63 df id=77 data=520)

## ipv6-inside
An IPv6 packet that does not fit is answered with packet too big.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.11 -i
$ ipvsadm -A -u [fd00:9::100]:54 -s rr
$ ipvsadm -a -u [fd00:9::100]:54 -r fd00:9::b -i --tun-type gre
$ ipvsadm -A -u [fd00:9::100]:55 -s rr
$ ipvsadm -a -u [fd00:9::100]:55 -r fd00:9::b -i --tun-type gue --tun-port 6080
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1432
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data=1432)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1433
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1480 hlim=64 quote=1232 quoting (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data=1184)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:54 data=1408
  rs1 gre fd00:9::2 > fd00:9::b hlim=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:54 hlim=63 data=1408)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:54 data=1409
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1456 hlim=64 quote=1232 quoting (udp [2001:db8::5]:3333 > [fd00:9::100]:54 hlim=63 data=1184)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:55 data=1400
  rs1 gue fd00:9::2 > fd00:9::b dport=6080 hlim=63 nosum (udp [2001:db8::5]:3333 > [fd00:9::100]:55 hlim=63 data=1400)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:55 data=1401
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1448 hlim=64 quote=1232 quoting (udp [2001:db8::5]:3333 > [fd00:9::100]:55 hlim=63 data=1184)

## ipv4-in-ipv6
An IPv6 header takes 40 bytes.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::b -i
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1432
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1432)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1433
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1460 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1433
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 frag=0+ (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data=1420)
  rs1 ip fd00:9::2 > fd00:9::b proto=4 hlim=63 frag=1448 data="\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf\xb0\xb1" (last)

## without-df
Without DF a packet that does not fit is put into the tunnel whole, and the outer packet is fragmented.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
$ ipvsadm -A -u 10.9.0.100:54 -s rr
$ ipvsadm -a -u 10.9.0.100:54 -r 10.9.0.11 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1453
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data=1452)
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=1480 data="\xc5" (last)
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 data=1449
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 id=77 data=1448)
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=47 ttl=63 frag=1480 data="\xc1" (last)

## pmtu-disc-off
With pmtu_disc=0 the outer header never has DF, and what does not fit is fragmented, DF or not.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
$ ipvsadm -A -u 10.9.0.100:54 -s rr
$ ipvsadm -a -u 10.9.0.100:54 -r 10.9.0.11 -i --tun-type gre
$ sysctl pmtu_disc=0
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=100
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=100)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1453
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1452)
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=1480 data="\xc5" (last)
> gw udp 172.16.0.5:3333 > 10.9.0.100:54 df data=1449
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (udp 172.16.0.5:3333 > 10.9.0.100:54 ttl=63 df id=77 data=1448)
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=47 ttl=63 frag=1480 data="\xc1" (last)

## pmtu-disc-off-and-ipv6
IPv6 has no DF to forget: too big stays too big.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.11 -i
$ ipvsadm -A -u [fd00:9::100]:54 -s rr
$ ipvsadm -a -u [fd00:9::100]:54 -r fd00:9::b -i
$ sysctl pmtu_disc=0
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1433
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1480 hlim=64 quote=1232 quoting (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data=1184)
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:54 data=1413
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1460 hlim=64 quote=1232 quoting (udp [2001:db8::5]:3333 > [fd00:9::100]:54 hlim=63 data=1184)

## route-mtu
The MTU of the route to the real server counts, if it is smaller than the interface's.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
route 198.51.100.0/24 via 10.9.0.1 mtu 1400
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1352
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 df (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=1352)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=1353
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1380 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)

## small-mtu
A way of less than 68 bytes for what is inside is none for IPv4; IPv6 in IPv4 may have less than 1280.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 198.51.100.7 -i
route 198.51.100.0/24 via 10.9.0.1 mtu 1300
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=4
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="\x00\x01\x02\x03")
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=4
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="\x00\x01\x02\x03")
route 198.51.100.0/24 via 10.9.0.1 mtu 1299
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=4
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="\x00\x01\x02\x03")
route 198.51.100.0/24 via 10.9.0.1 mtu 88
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=4
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="\x00\x01\x02\x03")
route 198.51.100.0/24 via 10.9.0.1 mtu 87
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=4
  (nothing)
