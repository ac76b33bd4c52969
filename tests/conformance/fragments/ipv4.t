# Fragments of IPv4: they wait until their datagram is whole, which then is scheduled and leaves in fragments again.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## in-order
A datagram in three fragments leaves in three, of the size in which they came.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)

## any-order
In any order they come, they leave in the right one.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000 order=3,1,2
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000 order=2,3,1 id=78
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=78 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=78 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=78 data=56#7f9b (last)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000 order=3,2,1 id=79
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=79 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=79 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=79 data=56#7f9b (last)

## later-ones-first
Nothing is scheduled before the datagram is whole: later fragments alone make no connection.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000 order=2,3
  (nothing)
conns
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000 order=1
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)
conns
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.11:53

## small
A datagram that would fit whole leaves in its fragments, too.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=100 fragment=60
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=32
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=40+ id=77 data=" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFG"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=80 id=77 data="HIJKLMNOPQRSTUVWXYZ[\\]^_`abc" (last)

## counted-once
For statistics a datagram is one packet, of its whole length.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       1        1        0     2028        0
    -> 10.9.0.11:53                        1        1        0     2028        0

## nat
NAT changes the whole datagram: its checksum is right again.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)

## nat-replies
Fragments of a NAT real server's reply are put together, changed and cut again.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=10
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=10
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:40001 data=2000 fragment=1000
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 frag=0+ id=77 data=968
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:40001 data=2000 fragment=1000 order=3,2,1 id=78
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 frag=0+ id=78 data=968
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=976+ id=78 data=976#190b
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=1952 id=78 data=56#7f9b (last)

## nat-replies-of-nobody
Fragments of a NAT real server that belong to no connection are routed on in fragments.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:9 data=2000 fragment=1000
  gw udp 10.9.0.11:5353 > 172.16.0.5:9 ttl=63 frag=0+ id=77 data=968
  gw ip 10.9.0.11 > 172.16.0.5 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  gw ip 10.9.0.11 > 172.16.0.5 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)
> rs1 udp 10.9.0.11:4444 > 172.16.0.5:9 data=2000 fragment=1000 order=2,3,1 id=78
  gw udp 10.9.0.11:4444 > 172.16.0.5:9 ttl=63 frag=0+ id=78 data=968
  gw ip 10.9.0.11 > 172.16.0.5 proto=17 ttl=63 frag=976+ id=78 data=976#190b
  gw ip 10.9.0.11 > 172.16.0.5 proto=17 ttl=63 frag=1952 id=78 data=56#7f9b (last)

## nat-replies-narrow
A reply whose fragments do not fit the way to the client is cut smaller.

route 172.16.0.0/12 via 10.9.0.1 mtu 600
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=10
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=10
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:40001 data=1800 fragment=1000
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 frag=0+ id=77 data=568
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=576+ id=77 data=576#d6fb
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=1152+ id=77 data=576#93b8
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=1728 id=77 data=80#0331 (last)

## tunnel
In a tunnel the whole datagram is inside, and the outer packet is cut.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data=948)
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=976+ data=976#3224
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=1952 data=76#668c (last)

## tunnel-small
A datagram that would fit leaves in outer pieces, too, no longer than its fragments came.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=100 fragment=60
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data=12)
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=40+ data=40#6e82
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=80+ data="456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ["
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=120 data="\\]^_`abc" (last)

## nat-with-another-mtu
Fragments that do not fit the way to the real server are cut smaller.

route 10.9.7.0/24 via 10.9.0.13 mtu 600
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.7.1 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000
  rs3 udp 172.16.0.5:40001 > 10.9.7.1:53 ttl=63 frag=0+ id=77 data=568
  rs3 ip 172.16.0.5 > 10.9.7.1 proto=17 ttl=63 frag=576+ id=77 data=576#d6fb
  rs3 ip 172.16.0.5 > 10.9.7.1 proto=17 ttl=63 frag=1152 id=77 data=356#30e8 (last)

## duplicate
A fragment that comes twice is dropped, and disturbs nothing.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=2000 fragment=1000 order=1,1,2,2,3
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976+ id=77 data=976#190b
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=1952 id=77 data=56#7f9b (last)

## overlap
A fragment that overlaps another by some bytes ends the whole datagram; the rest of it waits in vain.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ data=400
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=392 data=400
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=400 data=400
  (nothing)

## overlap-inside
So does one that lies inside another.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ data=400
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=200+ data=80
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=400 data=400
  (nothing)

## two-ends
A second last fragment with another end ends the datagram.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=800 data=100
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=800 data=108
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ hex=9c41003503840000a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5
  (nothing)

## beyond-the-end
A fragment that ends behind the last one's end ends the datagram: the right first one comes too late.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16 hex=1112131415161718
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16+ data=16
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ hex=9c410035001800000102030405060708
  (nothing)

## too-long
A fragment that would end beyond 65,535 bytes is dropped.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=65528 data=100
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=65504+ data=104
  (nothing)

## odd-length
A fragment before others whose length is no multiple of 8 is cut to one: of 19 bytes 16 are left.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ hex=9c410035001800000102030405060708.aaaaaa
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16 hex=1112131415161718
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 nosum data="\x01\x02\x03\x04\x05\x06\x07\x08"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=16 id=77 data="\x11\x12\x13\x14\x15\x16\x17\x18" (last)

## empty
A fragment without data ends the datagram to which it belongs.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ hex=9c410035001800000102030405060708
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16+ data=0
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16 hex=1112131415161718
  (nothing)

## same-number-of-two
Fragments belong together by source, destination, protocol and identification: two clients with the same identification are two datagrams.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=1
  (nothing)
> gw udp 172.16.0.6:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=2
  (nothing)
> gw udp 172.16.0.6:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=1
  rs1 udp 172.16.0.6:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.6 > 10.9.0.100 proto=17 ttl=63 frag=976 id=77 data=532#8291 (last)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=2
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976 id=77 data=532#8291 (last)

## protocol-apart
The protocol sets datagrams apart, too.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=1
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=253 frag=976 data=532
  (nothing)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=2
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976 id=77 data=532#8291 (last)

## timeout
Thirty seconds after its first fragment, whatever it was, an incomplete datagram is given up; if the first is there, its sender is told: time exceeded (11/1), with what the fragment has.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=1
  (nothing)
wait 33
  gw icmp 10.9.0.100 > 172.16.0.5 11/1 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=64 frag=0+ id=77 data=520)
> gw icmp 172.16.0.9 > 10.9.0.100 8/0 echo=1/1
  gw icmp 10.9.0.100 > 172.16.0.9 0/0 echo=1/1 ttl=64

## timeout-without-the-first
Without the first fragment nobody is told, and the late first one waits in vain.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=2
  (nothing)
wait 33
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=1
  (nothing)

## tiny-first-of-tcp
A TCP header cut after 8 bytes is put together and sent on in the same pieces (RFC 1858 would drop it).

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S nodf data=40 fragment=28
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 frag=0+ id=77 (cut)
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=8+ id=77 data="\x00\x00\x00\x00P\x02 \x00"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=16+ id=77 data="\xbb-\x00\x00\x00\x01\x02\x03"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=24+ id=77 data="\x04\x05\x06\x07\x08\t\n\x0b"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=32+ id=77 data="\x0c\r\x0e\x0f\x10\x11\x12\x13"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=40+ id=77 data="\x14\x15\x16\x17\x18\x19\x1a\x1b"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=48+ id=77 data="\x1c\x1d\x1e\x1f !\"#"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 frag=56 id=77 data="$%&'" (last)

## do-not-fragment
Fragments with DF leave in fragments with DF.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=6 df frag=0+ hex=9c410050000003e8000000005002200053fd000001020304
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=6 df frag=24 hex=05060708
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df frag=0+ id=77 data="\x01\x02\x03\x04"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=63 df frag=24 id=77 data="\x05\x06\x07\x08" (last)

## hop-limit
A datagram has the TTL of its first fragment: with 1 it is answered with time exceeded.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=1 id=77 data=520)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 ttl=2 id=78
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=1 frag=0+ id=78 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=1 frag=976 id=78 data=532#8291 (last)

## type-of-service
A datagram has the type of service of its first fragment, with one congestion mark (ECN 3) being enough for all.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ tos=2 hex=9c410035001800000102030405060708
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16 tos=3 hex=0102030405060708
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 tos=3 frag=0+ id=77 nosum data="\x01\x02\x03\x04\x05\x06\x07\x08"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 tos=3 frag=16 id=77 data="\x01\x02\x03\x04\x05\x06\x07\x08" (last)

## congestion-of-some
Fragments of which some can carry congestion marks (ECN 2) and some not (0), and one has one, do not go together.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ tos=0 hex=9c410035001800000102030405060708
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16 tos=3 hex=0102030405060708
  (nothing)

## closed-port
A datagram to a closed port gets port unreachable once it is whole.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:54 data=1500 fragment=1000 order=2,1
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:54 ttl=64 id=77 data=520)

## ping
A ping in fragments is answered in fragments of the link's MTU.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/1 data=2000 fragment=1000 order=2,1,3
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/1 ttl=64 frag=0+ data=1472
  gw ip 10.9.0.100 > 172.16.0.5 proto=1 ttl=64 frag=1480 data=528#b6c3 (last)
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/2 data=1000 fragment=600 id=78
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/2 ttl=64 data=1000

## icmp-error
An ICMP error in fragments is put together and relayed.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 fragment=300 quote=all quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 data=400)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 frag=0+ id=77 quote=272 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=64 df id=77 data=232)
  rs1 ip 192.0.2.1 > 10.9.0.100 proto=1 ttl=63 frag=280 id=77 data=168#ec45 (last)

## icmp-error-tiny
Also with a first fragment of 16 bytes.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 fragment=36 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 frag=0+ id=77 quote=8 quoting (bytes 45000028004d4000)
  rs1 ip 192.0.2.1 > 10.9.0.100 proto=1 ttl=63 frag=16+ id=77 data="@\x06\x84\x01\n\t\x00d\xac\x10\x00\x05\x00P\x9cA"
  rs1 ip 192.0.2.1 > 10.9.0.100 proto=1 ttl=63 frag=32 id=77 data="\x00\x00\x13\x89" (last)

## icmp-error-nat
With NAT it is changed as if it had come whole.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 fragment=36 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/1 ttl=63 frag=0+ id=77 quote=8 quoting (bytes 45000028004d4000)
  rs1 ip 192.0.2.1 > 10.9.0.11 proto=1 ttl=63 frag=16+ id=77 data="@\x06\x84Z\n\t\x00\x0b\xac\x10\x00\x05\x1f\x90\x9cA"
  rs1 ip 192.0.2.1 > 10.9.0.11 proto=1 ttl=63 frag=32 id=77 data="\x00\x00\x13\x89" (last)

## ip-options
IP options are in the first fragment; those of later ones count for nothing.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=0+ ipopts=94040000 hex=9c410035001800000102030405060708
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 frag=16 hex=0102030405060708
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 ipopts=94040000 frag=0+ id=77 nosum data="\x01\x02\x03\x04\x05\x06\x07\x08"
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 ipopts=94040000 frag=16 id=77 data="\x01\x02\x03\x04\x05\x06\x07\x08" (last)

## wrong-checksum
A wrong UDP checksum stays wrong: nobody looks at it with direct routing.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 badsum
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976 id=77 data=532#8291 (last)

## nat-wrong-checksum
With NAT it stays as wrong as it was, in fragments or not.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 badsum
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=17 ttl=63 frag=976 id=77 data=532#8291 (last)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=20 badsum id=78
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=78 badsum data=20

## no-server
Without a server a datagram gets port unreachable once it is whole.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -e -u 10.9.0.100:53 -r 10.9.0.11 -g -w 0
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=64 id=77 data=520)

## to-another-mac
A fragment to another MAC address is not ours, though the rest is.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=1
  (nothing)
> gw to=rs5 udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=2
  (nothing)
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=1500 fragment=1000 order=2
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976 id=77 data=532#8291 (last)

## esp
ESP in fragments follows ISAKMP, too.

$ ipvsadm -A -u 10.9.0.100:500 -s rr
$ ipvsadm -a -u 10.9.0.100:500 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data=20
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data=20
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=200 fragment=100
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 frag=0+ id=77 data=80
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 frag=80+ id=77 data=80#aad2
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 frag=160 id=77 data=40#0a1e (last)

## unknown-protocol
Of a protocol that nobody speaks the whole datagram is answered.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=99 data=200 fragment=100
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=220 quoting (ip 172.16.0.5 > 10.9.0.100 proto=99 ttl=64 id=77 data=200)

## sctp
SCTP's chunks are read from the whole packet.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:4868 -m
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT fragment=28
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:4868 tag=1 ttl=63 frag=0+ id=77 (cut)
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=132 ttl=63 frag=8+ id=77 data="\x81\x0e\xb2\xf9\x01\x00\x00\x14"
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=132 ttl=63 frag=16+ id=77 data="\x00\x00\x00\t\x00\x00\x10\x00"
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=132 ttl=63 frag=24 id=77 data="\x00\x01\x00\x01\x00\x00\x00\x01" (last)
conns
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:4868
