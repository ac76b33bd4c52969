# IPv6 extension headers.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## destination-options
Destination options stay where they are, and TCP behind them is scheduled; the kernel takes its state from the wrong place.
differs: ipv6-state-behind-extensions

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S ext=dest
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63 ext=60:010400000000
conns
  TCP CLOSE [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80
~ TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80

## nat
NAT finds the ports behind them, both ways.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=dest
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 ext=60:010400000000 data="\x00\x01\x02\x03\x04"
> rs1 udp [fd00:9::b]:5353 > [2001:db8::5]:40001 data=5 ext=dest
  gw udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=63 ext=60:010400000000 data="\x00\x01\x02\x03\x04"

## tunnel
In a tunnel they are inside.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -i
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=dest
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:010400000000 data="\x00\x01\x02\x03\x04")

## hop-by-hop
Hop-by-hop options are looked at by the host: padding passes, router alert (5), too.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=hop
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=0:010400000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=0:050200000100
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=0:050200000100 data="\x00\x01\x02\x03\x04"

## unknown-hop-by-hop
Unknown hop-by-hop options are skipped, dropped, or answered (4/2), as their two highest bits say.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=0:1e0400000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=0:1e0400000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=0:5e0400000000
  (nothing)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=0:9e0400000000
  gw icmp fd00:9::100 > 2001:db8::5 4/2 rest=0000002a hlim=64 quote=61 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=64 ext=0:9e0400000000 hex=0001020304)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=0:de0400000000
  gw icmp fd00:9::100 > 2001:db8::5 4/2 rest=0000002a hlim=64 quote=61 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=64 ext=0:de0400000000 hex=0001020304)

## unknown-destination-options
Unknown destination options are the real server's business, whatever they say.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=60:1e0400000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:1e0400000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=60:5e0400000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:5e0400000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=60:9e0400000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:9e0400000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=60:de0400000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:de0400000000 data="\x00\x01\x02\x03\x04"

## hop-by-hop-not-first
Hop-by-hop options that do not come first are forwarded, though RFC 8200 §4.1 wants them first.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=dest,hop
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:010400000000 ext=0:010400000000 data="\x00\x01\x02\x03\x04"

## routing
A routing header of type 2 without segments left is forwarded; with segments left, too.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=route
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=43:02000000000000000000000000000000000000000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=43:02010000000000000000.000000000000000000000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=43:02010000000000000000000000000000000000000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=43:04010000000000000000.000000000000000000000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=43:04010000000000000000000000000000000000000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=43:fd010000000000000000.000000000000000000000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=43:fd010000000000000000000000000000000000000000 data="\x00\x01\x02\x03\x04"

## routing-of-type-0
A routing header of type 0 is forwarded by the kernel; without segments left by ulvs, too.
differs: ipv6-routing-zero

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=43:00000000000000000000.000000000000000000000000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=43:00000000000000000000000000000000000000000000 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=route0
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=43:00010000000000000000000000000000000000000000 data="\x00\x01\x02\x03\x04"
~ (nothing)

## many
Nine of them are not too many.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=dest,dest,dest,dest,dest,dest,dest,dest,dest
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 ext=60:010400000000 data="\x00\x01\x02\x03\x04"

## mobility-and-others
Mobility (135), HIP (139) and Shim6 (140) are no extension headers for the kernel: unknown protocols.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=135:010400000000
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=61 quoting (ip 2001:db8::5 > fd00:9::100 proto=135 hlim=64 data=21#e61d)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=139:010400000000
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=61 quoting (ip 2001:db8::5 > fd00:9::100 proto=139 hlim=64 data=21#e61d)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=140:010400000000
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=61 quoting (ip 2001:db8::5 > fd00:9::100 proto=140 hlim=64 data=21#e61d)

## authentication
An authentication header is skipped.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=51:000011223344
  rs1 ip 2001:db8::5 > fd00:9::100 proto=51 hlim=63 data=21#2980

## beyond-the-packet
An extension header that says it is longer than the packet: nothing.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=60 hex=117f010400000000
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=60 hex=11
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=60 data=0
  (nothing)

## closed-port
A closed port answers without extension headers.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:81 S ext=dest
  gw tcp [fd00:9::100]:81 > [2001:db8::5]:40001 RA seq=0 ack=1001 win=0 hlim=64
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:54 data=5 ext=dest
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=61 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:54 hlim=64 ext=60:010400000000 hex=0001020304)
> gw icmp 2001:db8::5 > fd00:9::100 128/0 echo=7/1 data=8 ext=dest
  gw icmp fd00:9::100 > 2001:db8::5 129/0 echo=7/1 hlim=64 data="\x00\x01\x02\x03\x04\x05\x06\x07"

## atomic-and-options
An atomic fragment with options behind it.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 ext=44:000000000007,dest
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:010400000000 data="\x00\x01\x02\x03\x04"

## unknown-protocol-behind
The pointer of a parameter problem is the next header field of the last extension header.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=99 data=24 ext=dest
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000028 hlim=64 quote=72 quoting (ip 2001:db8::5 > fd00:9::100 proto=99 hlim=64 ext=60:010400000000 data=24)
> gw ip 2001:db8::5 > fd00:9::100 proto=99 data=24 ext=dest,dest
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000030 hlim=64 quote=80 quoting (ip 2001:db8::5 > fd00:9::100 proto=99 hlim=64 ext=60:010400000000 ext=60:010400000000 data=24)
