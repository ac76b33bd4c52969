# FTP through NAT over IPv6.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## epsv
EPSV over IPv6.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="EPSV\r\n"
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 data="229 ok (|||5001|)\r\n"
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 hlim=63 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP LISTEN [2001:db8::5]:0 [fd00:9::100]:5001 [fd00:9::b]:5001
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:5001 S
  gw tcp [fd00:9::100]:5001 > [2001:db8::5]:40002 RA seq=0 ack=1001 win=0 hlim=64
~ rs1 tcp [2001:db8::5]:40002 > [fd00:9::b]:5001 S seq=1000 hlim=63
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP SYN_RECV [2001:db8::5]:40002 [fd00:9::100]:5001 [fd00:9::b]:5001

## epsv-2
EPSV with the number of IPv6.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="EPSV 2\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="EPSV 2\r\n"
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1009 data="229 ok (|||5001|)\r\n"
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1009 hlim=63 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP LISTEN [2001:db8::5]:0 [fd00:9::100]:5001 [fd00:9::b]:5001

## epsv-1
EPSV with the number of IPv4.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="EPSV 1\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="EPSV 1\r\n"
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1009 data="229 ok (|||5001|)\r\n"
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1009 hlim=63 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21

## eprt
EPRT over IPv6.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="EPRT |2|2001:db8::5|51201|\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="EPRT |2|2001:db8::5|51201|\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP LISTEN [2001:db8::5]:51201 [fd00:9::100]:20 [fd00:9::b]:20
> rs1 tcp [fd00:9::b]:20 > [2001:db8::5]:51201 S seq=7000
  gw tcp [fd00:9::b]:20 > [2001:db8::5]:51201 S seq=7000 hlim=63
~ gw tcp [fd00:9::100]:20 > [2001:db8::5]:51201 S seq=7000 hlim=63
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP LISTEN [2001:db8::5]:51201 [fd00:9::100]:20 [fd00:9::b]:20

## eprt-of-ipv4
EPRT of IPv4 over IPv6.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="EPRT |1|172.16.0.5|51201|\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="EPRT |1|172.16.0.5|51201|\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21

## pasv
PASV over IPv6.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="PASV\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="PASV\r\n"
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 hlim=63 data="227 ok (10,9,0,11,19,137)\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21

## port
PORT over IPv6.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="PORT 172,16,0,5,200,1\r\n"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21

## epsv-reply-with-address
A reply with an address is cut to its port, and sequence numbers follow.
differs: ftp-over-ipv6

$ ipvsadm -A -t [fd00:9::100]:21 -s rr
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 PA seq=1001 ack=5001 hlim=63 data="EPSV\r\n"
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 data="229 ok (|2|fd00:9::b|5001|)\r\n"
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 hlim=63 data="229 ok (|2|fd00:9::b|5001|)\r\n"
~ gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5001 ack=1007 hlim=63 data="229 ok (|||5001|)\r\n"
> rs1 tcp [fd00:9::b]:21 > [2001:db8::5]:40001 PA seq=5030 ack=1007 data="226 done\r\n"
  gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5030 ack=1007 hlim=63 data="226 done\r\n"
~ gw tcp [fd00:9::100]:21 > [2001:db8::5]:40001 PA seq=5020 ack=1007 hlim=63 data="226 done\r\n"
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 A seq=1007 ack=5028
  (nothing)
~ rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:21 A seq=1007 ack=5038 hlim=63
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::b]:21
~ TCP LISTEN [2001:db8::5]:0 [fd00:9::100]:5001 [fd00:9::b]:5001
