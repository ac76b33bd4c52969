# Corners of direct routing.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## several-services
Services of one address are apart: each has its own real servers, and its own turn.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -A -t 10.9.0.100:443 -s rr
$ ipvsadm -a -t 10.9.0.100:443 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:443 -r 10.9.0.13 -g
$ ipvsadm -A -u 10.9.0.100:443 -s rr
$ ipvsadm -a -u 10.9.0.100:443 -r 10.9.0.14 -g
picks 8 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:{80,443} S
  2 3 1 1 2 3 1 1
> gw udp 172.16.0.5:3333 > 10.9.0.100:443 data="quic"
  rs4 udp 172.16.0.5:3333 > 10.9.0.100:443 ttl=63 id=77 data="quic"

## known-connections-of-weight-0
Weight 0 takes no new connections; those that are known go on, to their end.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
picks 3 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 S
  1 1 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      3          0         |
    -> 10.9.0.12:80                 Route   0      0          1         |

## too-large
What does not fit the way to the real server: fragmentation needed with DF, fragments without.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
mtu 1000
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=972
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=972
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 df data=973
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1000 ttl=64 tos=192 quote=548 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 df id=77 data=520)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=1400
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 frag=0+ id=77 data=968
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=63 frag=976 id=77 data=432#7855 (last)

## too-large-for-ipv6
An IPv6 packet that does not fit is answered with packet too big.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r fd00:9::b -g
mtu 1300
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1252
  rs1 udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data=1252
> gw udp [2001:db8::5]:3333 > [fd00:9::100]:53 data=1253
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1300 hlim=64 quote=1232 quoting (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data=1184)

## options-and-type-of-service
IP options, type of service and TCP options pass untouched.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S tos=187 ipopts=01010101 opts=mss:1460,sackok,ts:1:0,nop,ws:7
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 opts=mss:1460,sackok,ts:1:0,nop,ws:7 ttl=63 tos=187 df ipopts=01010101 id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PUA seq=1001 ack=5001 urg=3 win=77 data=5
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 PAU seq=1001 ack=5001 win=77 urg=3 ttl=63 df id=77 data="\x00\x01\x02\x03\x04"

## empty-service
A service without real servers answers port unreachable, TCP and UDP alike.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -A -u 10.9.0.100:53 -s rr
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=64 id=77 data="q")
conns

## server-as-client
A real server may be a client of its own service: it is scheduled as anybody, also to itself.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> rs1 tcp 10.9.0.11:40001 > 10.9.0.100:80 S
  rs2 tcp 10.9.0.11:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:40002 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.11:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## same-client-port-at-two-addresses
One client port at two virtual addresses makes two connections.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.101:80 -s rr
$ ipvsadm -a -t 10.9.0.101:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.101:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.101:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.101:80 10.9.0.12:80

## one-packet-scheduling
Each datagram of one-packet scheduling goes to the next real server, as it came.

$ ipvsadm -A -u 10.9.0.100:53 -s wrr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g -w 2
repeat 3 > gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q" ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=1 id=77 data="q")
conns
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       4        4        0      116        0
    -> 10.9.0.11:53                        1        1        0       29        0
    -> 10.9.0.12:53                        3        3        0       87        0

## sctp
SCTP passes as it is, with a wrong checksum, too.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11 -g
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs1 sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 COOKIE-ECHO badsum
  rs1 sctp 172.16.0.5:40001 > 10.9.0.100:36412 COOKIE-ECHO tag=1 ttl=63 id=77 badsum chunks=12#676d
conns
  SCTP ESTABLISHED 172.16.0.5:40001 10.9.0.100:36412 10.9.0.11:36412

## udp-without-checksum
A datagram without a checksum stays without one.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q" nosum
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 nosum data="q"
