# Packets that are not as they should be.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## ip-header
A wrong header checksum, version 5, a header length below 20 or beyond the packet, a total length beyond the frame: nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S badipsum
  (nothing)
> gw raw 0800550000280001400040060000ac1000050a0900649c410050000003e8000000005002200000000000
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ihl=4
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ihl=15
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S len=60
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S len=19
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S cut=19
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S cut=39
  (nothing)
conns

## trailer
What follows the packet in its frame, as Ethernet's padding does, is cut off.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=20 len=30
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 badsum ulen=28 data="\x00\x01"

## short-tcp
A TCP header of 19 bytes is no packet; the ports alone neither.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=6 hex=9c410050000003e80000000050022000_53fd00
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=6 hex=9c410050
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=6 data=0
  (nothing)
conns

## short-udp
A UDP header of 7 bytes, or none: nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 hex=9c410035000800
  (nothing)
> gw ip 172.16.0.5 > 10.9.0.100 proto=17 data=0
  (nothing)
conns

## lengths-of-udp
UDP's own length is not looked at.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=20 ulen=7
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 ulen=7 data=20
> gw udp 172.16.0.5:40002 > 10.9.0.100:53 data=20 ulen=500
  rs1 udp 172.16.0.5:40002 > 10.9.0.100:53 ttl=63 id=77 ulen=500 data=20
> gw udp 172.16.0.5:40003 > 10.9.0.100:53 data=20 ulen=0
  rs1 udp 172.16.0.5:40003 > 10.9.0.100:53 ttl=63 id=77 ulen=0 data=20
conns
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.11:53
  UDP UDP 172.16.0.5:40002 10.9.0.100:53 10.9.0.11:53
  UDP UDP 172.16.0.5:40003 10.9.0.100:53 10.9.0.11:53

## lengths-of-udp-at-a-closed-port
The host looks at it: nothing, where port unreachable would be due.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:54 data=20 ulen=7
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:54 data=20 ulen=500
  (nothing)
> gw udp 172.16.0.5:40003 > 10.9.0.100:54 data=20 ulen=0
  (nothing)
> gw udp 172.16.0.5:40003 > 10.9.0.100:54 data=20 ulen=20
  (nothing)

## data-offsets
Data offsets of 1 and 15 words are scheduled where ports and flags are there.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S doff=1
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 doff=1 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S doff=15
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 doff=15 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S doff=0
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 doff=0 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80

## data-offsets-at-a-closed-port
At a closed port they get nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S doff=1
  (nothing)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:81 S doff=15
  (nothing)

## wrong-checksum
A wrong TCP or UDP checksum is forwarded as it is by direct routing: the server will see it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S badsum
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77 badsum
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=5 badsum
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 badsum data="\x00\x01\x02\x03\x04"
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.11:53

## nat-wrong-checksum
By NAT it stays as wrong as it was.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S badsum
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77 badsum
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080

## ttl-zero
TTL 0 is as TTL 1: time exceeded.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=0
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=0 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)

## bits-of-the-header
The evil bit (RFC 3514) changes nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw raw 080045000028004d_8000_40064401ac1000050a090064_9c410050000003e8000000005002200071fd0000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 reserved id=77 badsum

## ipv6-lengths
A payload length beyond the frame: nothing; TCP of 19 bytes: nothing; a payload of 0: nothing.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S len=60
  (nothing)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S len=19
  (nothing)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S len=0
  (nothing)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S cut=39
  (nothing)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S cut=59
  (nothing)
conns

## ipv6-hop-limit-zero
Hop limit 0 is as 1.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S hlim=0
  gw icmp fd00:9::100 > 2001:db8::5 3/0 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=0)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S hlim=1
  gw icmp fd00:9::100 > 2001:db8::5 3/0 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=1)

## ipv6-wrong-checksum
A wrong checksum is forwarded as it is.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S badsum
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63 badsum

## ipv6-udp-without-checksum
UDP without a checksum, which IPv6 forbids, is scheduled; a closed port does not answer it.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5 nosum
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:53 hlim=63 data="\x00\x01\x02\x03\x04"
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:54 data=5 nosum
  (nothing)
