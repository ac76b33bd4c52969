# What a virtual address answers as a host: pings, closed ports, protocols that nobody speaks.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## ping
A ping is answered with TTL 64, its type of service and its data; with or without a service of its own.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/1 data=56
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/1 ttl=64 data=56
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/2 tos=184 df ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/2 ttl=64 tos=184
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/3 data=1472
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/3 ttl=64 data=1472

## ping-with-another-code
A ping's code is not looked at; the answer has it, too.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw icmp 172.16.0.5 > 10.9.0.100 8/5 echo=7/1 data=8
  gw icmp 10.9.0.100 > 172.16.0.5 0/5 echo=7/1 ttl=64 data="\x00\x01\x02\x03\x04\x05\x06\x07"

## ping-badly
Pings with a wrong checksum, of less than 8 bytes, or of other types get no answer.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/1 badsum
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=1 hex=0800f7ff
  (nothing)
> gw icmp 172.16.0.5 > 10.9.0.100 0/0 echo=7/1
  (nothing)
> gw icmp 172.16.0.5 > 10.9.0.100 17/0
  (nothing)
> gw icmp 172.16.0.5 > 10.9.0.100 15/0
  (nothing)

## unknown-protocols
Protocols that the host does not speak get protocol unreachable (3/2), also AH, ESP and SCTP.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=0 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=0 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=46 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=46 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=51 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=89 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=89 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=94 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=94 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=99 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=99 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=112 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=112 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=132 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (sctp 172.16.0.5:1 > 10.9.0.100:515 chunk:12 tag=67438087 ttl=64 id=77 badsum chunks=12#666c)
> gw ip 172.16.0.5 > 10.9.0.100 proto=253 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=253 ttl=64 id=77 data=24)
> gw ip 172.16.0.5 > 10.9.0.100 proto=255 data=24
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (ip 172.16.0.5 > 10.9.0.100 proto=255 ttl=64 id=77 data=24)

## silent-protocols
IGMP (2) and PIM (103) are the host's own: no answer.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=2 data=24
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=103 data=24
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=103 hex=2000deff00000000
  (nothing)

## tunnels-that-are-none
IP in IP (4), IPv6 in IP (41) and MPLS in IP (137) are known, but there is no such tunnel: port unreachable; if there is no room for the header inside, 20, 40 or 4 bytes, nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw ipip 172.16.0.5 > 10.9.0.100 (tcp 172.16.0.5:4003 > 10.9.0.100:80 S)
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=60 quoting (ipip 172.16.0.5 > 10.9.0.100 ttl=64 id=77 (tcp 172.16.0.5:4003 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77))
> gw ipip 172.16.0.5 > 10.9.0.100 (tcp [2001:db8::5]:4004 > [fd00:9::100]:80 S)
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=80 quoting (ipip 172.16.0.5 > 10.9.0.100 ttl=64 id=77 (tcp [2001:db8::5]:4004 > [fd00:9::100]:80 S seq=1000 hlim=64))
> gw ip 172.16.0.5 > 10.9.0.100 proto=4 data=19
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=4 data=20
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (ipip 172.16.0.5 > 10.9.0.100 ttl=64 id=77 (bytes 000102030405060708090a0b0c0d0e0f10111213))
> gw ip 172.16.0.5 > 10.9.0.100 proto=41 data=39
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=41 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=60 quoting (ipip 172.16.0.5 > 10.9.0.100 ttl=64 id=77 (bytes 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627))
> gw ip 172.16.0.5 > 10.9.0.100 proto=137 data=3
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=137 data=4
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=24 quoting (ip 172.16.0.5 > 10.9.0.100 proto=137 ttl=64 id=77 hex=00010203)

## gre-without-a-tunnel
GRE (47) of version 0, of 12 bytes at least and with a right checksum, if any, gets port unreachable; other GRE nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw gre 172.16.0.5 > 10.9.0.100 (tcp 172.16.0.5:4001 > 10.9.0.100:80 S)
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=64 quoting (gre 172.16.0.5 > 10.9.0.100 ttl=64 id=77 (tcp 172.16.0.5:4001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77))
> gw gre 172.16.0.5 > 10.9.0.100 sum (tcp 172.16.0.5:4001 > 10.9.0.100:80 S)
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=68 quoting (gre 172.16.0.5 > 10.9.0.100 ttl=64 id=77 sum (tcp 172.16.0.5:4001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77))
> gw gre 172.16.0.5 > 10.9.0.100 sum badsum (tcp 172.16.0.5:4001 > 10.9.0.100:80 S)
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=0000080001020304050607
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=000008000102030405060708
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (gre 172.16.0.5 > 10.9.0.100 ttl=64 id=77 (bytes 0102030405060708))
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=0000088b0102030405060708
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (ip 172.16.0.5 > 10.9.0.100 proto=47 ttl=64 id=77 hex=0000088b0102030405060708)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=0000123401020304.05060708
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (ip 172.16.0.5 > 10.9.0.100 proto=47 ttl=64 id=77 hex=000012340102030405060708)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=4000080001020304.05060708
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=0001080001020304.05060708
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=2000080001020304.05060708
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (ip 172.16.0.5 > 10.9.0.100 proto=47 ttl=64 id=77 hex=200008000102030405060708)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=1000080001020304.05060708
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (ip 172.16.0.5 > 10.9.0.100 proto=47 ttl=64 id=77 hex=100008000102030405060708)
> gw ip 172.16.0.5 > 10.9.0.100 proto=47 hex=0007080001020304.05060708
  (nothing)

## udp-lite
UDP-Lite (136) is as UDP: port unreachable, if the checksum is right over as much as it covers; a checksum of 0 is wrong.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=136 hex=9c4100500000a85101020304
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (ip 172.16.0.5 > 10.9.0.100 proto=136 ttl=64 id=77 hex=9c4100500000a85101020304)
> gw ip 172.16.0.5 > 10.9.0.100 proto=136 hex=9c4100500008ac4f01020304
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=32 quoting (ip 172.16.0.5 > 10.9.0.100 proto=136 ttl=64 id=77 hex=9c4100500008ac4f01020304)
> gw ip 172.16.0.5 > 10.9.0.100 proto=136 hex=9c4100500000_0000.01020304
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=136 hex=9c4100500007ac4f01020304
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=136 data=7
  (nothing)

## ipv6-unknown-protocols
ICMPv6: parameter problem (4/1), pointing at the next header field, byte 6; nothing for 59, no next header, and for 137.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=46 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=46 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=50 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=50 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=89 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=89 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=99 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=99 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=103 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=103 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=132 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (sctp [2001:db8::5]:1 > [fd00:9::100]:515 chunk:12 tag=67438087 hlim=64 badsum chunks=12#666c)
> gw ip 2001:db8::5 > fd00:9::100 proto=137 data=24
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=253 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=253 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=255 data=24
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=64 quoting (ip 2001:db8::5 > fd00:9::100 proto=255 hlim=64 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=59 data=24
  (nothing)

## ipv6-tunnels-that-are-none
IP in IPv6 (4, 41), GRE (47) and UDP-Lite (136) get port unreachable (1/4), if they are well formed.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw gre 2001:db8::5 > fd00:9::100 (tcp [2001:db8::5]:4005 > [fd00:9::100]:80 S)
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=104 quoting (gre 2001:db8::5 > fd00:9::100 hlim=64 (tcp [2001:db8::5]:4005 > [fd00:9::100]:80 S seq=1000 hlim=64))
> gw ipip 2001:db8::5 > fd00:9::100 (tcp 172.16.0.5:4006 > 10.9.0.100:80 S)
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=80 quoting (ipip 2001:db8::5 > fd00:9::100 hlim=64 (tcp 172.16.0.5:4006 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77))
> gw ipip 2001:db8::5 > fd00:9::100 (tcp [2001:db8::5]:4007 > [fd00:9::100]:80 S)
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=100 quoting (ipip 2001:db8::5 > fd00:9::100 hlim=64 (tcp [2001:db8::5]:4007 > [fd00:9::100]:80 S seq=1000 hlim=64))
> gw ip 2001:db8::5 > fd00:9::100 proto=136 hex=9c4100500000330c01020304
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=52 quoting (ip 2001:db8::5 > fd00:9::100 proto=136 hlim=64 hex=9c4100500000330c01020304)
> gw ip 2001:db8::5 > fd00:9::100 proto=4 data=19
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=41 data=39
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=47 data=24
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=136 data=24
  (nothing)

## ipv6-ping
Pings of IPv6 get the flow label 0 and hop limit 64; traffic class as it was.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw icmp 2001:db8::5 > fd00:9::100 128/0 echo=7/1 data=56 flow=77 tc=8
  gw icmp fd00:9::100 > 2001:db8::5 129/0 echo=7/1 hlim=64 tc=8 data=56
> gw icmp 2001:db8::5 > fd00:9::100 128/0 echo=7/2 badsum
  (nothing)
> gw icmp 2001:db8::5 > fd00:9::100 128/3 echo=7/3
  gw icmp fd00:9::100 > 2001:db8::5 129/3 echo=7/3 hlim=64
> gw icmp 2001:db8::5 > fd00:9::100 129/0 echo=7/3
  (nothing)
> gw icmp 2001:db8::5 > fd00:9::100 200/0
  (nothing)

## closed-ports
A closed TCP port answers RST, a closed UDP port port unreachable; wrong checksums get nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S data=5
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 RA seq=0 ack=1006 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 A ack=77
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 R seq=77 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 FA seq=4 ack=77
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 R seq=77 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 R
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S badsum
  (nothing)
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 data=5
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=33 quoting (udp 172.16.0.5:40001 > 10.9.0.100:81 ttl=64 id=77 hex=0001020304)
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 data=5 badsum
  (nothing)
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 data=5 nosum
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=33 quoting (udp 172.16.0.5:40001 > 10.9.0.100:81 ttl=64 id=77 nosum hex=0001020304)

## quotation-of-an-error
An ICMP error quotes at most so much that it has 576 bytes.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 data=1400
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:81 ttl=64 id=77 data=520)
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 data=520
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:81 ttl=64 id=77 data=520)
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 data=521
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:81 ttl=64 id=77 data=520)

## ipv6-quotation-of-an-error
An ICMPv6 error quotes at most so much that it has 1280 bytes.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:81 data=1400
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=1232 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:81 hlim=64 data=1184)

## no-answer-to-an-error
An error about an error is never sent: nothing for an ICMP error to an unknown connection, whatever it quotes.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw icmp 172.16.0.5 > 10.9.0.100 3/3 quoting (udp 10.9.0.100:53 > 172.16.0.5:9)
  (nothing)
> gw udp 224.0.0.5:9 > 10.9.0.100:81 data=5
  (nothing)
> gw udp 0.0.0.0:9 > 10.9.0.100:81 data=5
  (nothing)

## ttl
A request with TTL 1 is answered with time exceeded by the virtual address, in each method; with 2 it leaves with 1, also in the tunnel's outer header.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -m
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S ttl=2
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=1 df (tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80

## ttl-of-replies
A NAT real server's reply with TTL 1 is answered with time exceeded by the director's own address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=1
  rs1 icmp 10.9.0.2 > 10.9.0.11 11/0 ttl=64 tos=192 quote=40 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=1 df id=77)
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=2
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=1 df id=77

## nat-too-big
Where the way to a NAT real server is narrower, a request with DF is answered with fragmentation needed; without DF it is fragmented.

route 10.9.7.0/24 via 10.9.0.13 mtu 600
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.7.1 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1000 df
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=600 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1000
  rs3 udp 172.16.0.5:40001 > 10.9.7.1:53 ttl=63 frag=0+ id=77 data=568
  rs3 ip 172.16.0.5 > 10.9.7.1 proto=17 ttl=63 frag=576 id=77 data=432#f3d0 (last)

## nat-reply-too-big
Where the way back is narrower, a reply with DF is answered with fragmentation needed to the server.

route 172.16.0.0/12 via 10.9.0.1 mtu 600
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=10
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:53 ttl=63 id=77 data=10
> rs1 udp 10.9.0.11:53 > 172.16.0.5:40001 data=1000 df
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/4 mtu=600 ttl=64 tos=192 quote=548 quoting (udp 10.9.0.11:53 > 172.16.0.5:40001 ttl=64 df id=77 data=520)
> rs1 udp 10.9.0.11:53 > 172.16.0.5:40001 data=1000
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 frag=0+ id=77 data=568
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=576 id=77 data=432#f3d0 (last)
