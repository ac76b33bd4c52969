# Fragments of IPv6.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## in-order
A datagram in fragments leaves in fragments of the size in which they came, with its identification.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=2000 fragment=1000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=952+ data=952#5b41
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=1904 data=104#bef2 (last)

## any-order
In any order they come, they leave in the right one.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=2000 fragment=1000 order=3,1,2
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=952+ data=952#5b41
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=1904 data=104#bef2 (last)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=2000 fragment=1000 order=2,3,1 id=78
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=952+ data=952#5b41
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=1904 data=104#bef2 (last)

## nat
NAT changes the whole datagram.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=2000 fragment=1000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::b proto=17 hlim=63 frag=952+ data=952#5b41
  rs1 ip 2001:db8::5 > fd00:9::b proto=17 hlim=63 frag=1904 data=104#bef2 (last)

## nat-replies
Replies of NAT real servers, too.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=10
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 data=10
> rs1 udp [fd00:9::b]:5353 > [2001:db8::5]:40001 data=2000 fragment=1000
  gw udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=63 frag=0+ data=944
  gw ip fd00:9::100 > 2001:db8::5 proto=17 hlim=63 frag=952+ data=952#5b41
  gw ip fd00:9::100 > 2001:db8::5 proto=17 hlim=63 frag=1904 data=104#bef2 (last)
> rs1 udp [fd00:9::b]:5353 > [2001:db8::5]:40001 data=2000 fragment=1000 order=3,2,1 id=78
  gw udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=63 frag=0+ data=944
  gw ip fd00:9::100 > 2001:db8::5 proto=17 hlim=63 frag=952+ data=952#5b41
  gw ip fd00:9::100 > 2001:db8::5 proto=17 hlim=63 frag=1904 data=104#bef2 (last)

## nat-replies-of-nobody
What belongs to no connection is routed on in fragments.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> rs1 udp [fd00:9::b]:5353 > [2001:db8::5]:9 data=2000 fragment=1000
  gw udp [fd00:9::b]:5353 > [2001:db8::5]:9 hlim=63 frag=0+ data=944
  gw ip fd00:9::b > 2001:db8::5 proto=17 hlim=63 frag=952+ data=952#5b41
  gw ip fd00:9::b > 2001:db8::5 proto=17 hlim=63 frag=1904 data=104#bef2 (last)

## tunnel
In a tunnel the whole datagram is inside, and the outer packet is cut.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -i
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=2000 fragment=1000
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 frag=0+ (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 data=944)
  rs1 ip fd00:9::2 > fd00:9::b proto=41 hlim=63 frag=992+ data=952#5b41
  rs1 ip fd00:9::2 > fd00:9::b proto=41 hlim=63 frag=1944 data=104#bef2 (last)

## tunnel-small
A datagram that would fit leaves in outer pieces, too, of the length in which it came.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -i
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1000 fragment=800
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 frag=0+ (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 data=744)
  rs1 ip fd00:9::2 > fd00:9::b proto=41 hlim=63 frag=792 data=256#26ac (last)

## atomic
An atomic fragment (offset 0, no more) is a packet as others: its fragment header is taken off.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=17 frag=0 hex=9c41003500100000.0102030405060708
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 nosum data="\x01\x02\x03\x04\x05\x06\x07\x08"
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S frag=0
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 RA seq=0 ack=1001 win=0 hlim=64
conns
  UDP UDP [2001:db8::5]:40001 [fd00:9::100]:53 [fd00:9::b]:53

## atomic-nat
Of a NAT real server, too.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=10
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 data=10
> rs1 udp [fd00:9::b]:5353 > [2001:db8::5]:40001 data=8 frag=0
  gw udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=63 data="\x00\x01\x02\x03\x04\x05\x06\x07"

## duplicate
A fragment that comes twice is dropped, and disturbs nothing.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=2000 fragment=1000 order=1,1,2,2,3
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=952+ data=952#5b41
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=1904 data=104#bef2 (last)

## overlap
A fragment that overlaps another ends the datagram (RFC 5722).

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=17 frag=0+ data=400
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=17 frag=392 data=400
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=17 frag=400 data=400
  (nothing)

## odd-length
A fragment before others whose length is no multiple of 8 is answered with parameter problem (4/0), pointing at the payload length.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=17 frag=8+ data=403
  gw icmp fd00:9::100 > 2001:db8::5 4/0 rest=00000004 hlim=64 quote=451 quoting (ip 2001:db8::5 > fd00:9::100 proto=17 hlim=64 frag=8+ data=403)

## too-long
A fragment that would end beyond 65,535 bytes is dropped without a word.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw ip 2001:db8::5 > fd00:9::100 proto=17 frag=65528 data=100
  (nothing)

## timeout
Sixty seconds are IPv6's patience; the sender of the first fragment is told: time exceeded (3/1).

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 order=1
  (nothing)
wait 66
  gw icmp fd00:9::100 > 2001:db8::5 3/1 hlim=64 quote=1000 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=64 frag=0+ data=944)
> gw icmp 2001:db8::9 > fd00:9::100 128/0 echo=1/1
  gw icmp fd00:9::100 > 2001:db8::9 129/0 echo=1/1 hlim=64

## hop-limit
With hop limit 1 the datagram is answered with time exceeded.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 hlim=1
  gw icmp fd00:9::100 > 2001:db8::5 3/0 hlim=64 quote=1232 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=1 data=1184)

## extension-before
Extension headers before the fragment header stay; those behind it are part of the datagram.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 order=1
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=17 ext=dest frag=0+ id=99 hex=9c410035002000000102030405060708
  (nothing)
> gw ip 2001:db8::5 > fd00:9::100 proto=17 ext=dest frag=16 id=99 hex=01020304050607080102030405060708
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 ext=60:010400000000 frag=0+ nosum data="\x01\x02\x03\x04\x05\x06\x07\x08"
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 ext=60:010400000000 frag=16 data="\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08" (last)

## ping
A ping in fragments is answered in fragments.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw icmp 2001:db8::5 > fd00:9::100 128/0 echo=7/1 data=2000 fragment=1000
  gw icmp fd00:9::100 > 2001:db8::5 129/0 echo=7/1 hlim=64 frag=0+ data=1440
  gw ip fd00:9::100 > 2001:db8::5 proto=58 hlim=64 frag=1448 data=560#4360 (last)

## icmp-error
An ICMPv6 error in fragments is relayed.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=10
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 data=10
> gw icmp 2001:db8:1::1 > fd00:9::100 1/1 fragment=300 quote=all quoting (udp [fd00:9::100]:53 > [2001:db8::5]:40001 data=400)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 1/1 hlim=63 frag=0+ quote=240 quoting (udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=64 data=192)
  rs1 ip 2001:db8:1::1 > fd00:9::100 proto=58 hlim=63 frag=248 data=208#78e6 (last)

## closed-port
A datagram to a closed port gets port unreachable once it is whole.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:54 data=1500 fragment=1000
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=1232 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:54 hlim=64 data=1184)

## same-number-of-two
Identifications are each client's own.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 order=1
  (nothing)
> gw udp [2001:db8::6]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 order=2
  (nothing)
> gw udp [2001:db8::6]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 order=1
  rs1 udp [2001:db8::6]:40001 > [fd00:9::100]:53 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::6 > fd00:9::100 proto=17 hlim=63 frag=952 data=556#041f (last)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1500 fragment=1000 order=2
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::100 proto=17 hlim=63 frag=952 data=556#041f (last)

## odd-datagram
A datagram whose last fragment has an odd number of bytes.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1501 fragment=1000
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::b proto=17 hlim=63 frag=952 data=557#f91f (last)
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=1503 fragment=1000 order=2,1 id=78
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 frag=0+ data=944
  rs1 ip 2001:db8::5 > fd00:9::b proto=17 hlim=63 frag=952 data=559#f116 (last)
