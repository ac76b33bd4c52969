# TCP segments with flags that no honest stack sends.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## with-syn
Any segment with SYN and without RST opens a connection: SYN+FIN, SYN+ACK, SYN+URG+PSH, SYN with both ECN bits.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
picks 6 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 {SF,SA,SFPU,SE,SEC,SP}
  1 1 1 1 1 1
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80

## syn-and-reset
SYN+RST opens nothing and gets no answer.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SR
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SRA
  (nothing)
conns

## without-syn
Without SYN nothing is opened; the host answers ACK, FIN, no flag at all and the Christmas tree with RST, a RST not.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=7
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=7 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 F
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA ack=7
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=7 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA ack=7
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=7 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 -
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 RA seq=0 ack=1000 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FPU
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 RA ack=7
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FSRPAU
  (nothing)
conns

## syn-ack-makes-established
Who sends SYN+ACK and then ACK has an established connection for 15 minutes, without having heard of the server.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SA ack=1
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=1000 ack=1 ttl=63 df id=77
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=1
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=1 ttl=63 df id=77
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s

## secure-tcp
With secure_tcp=3, too, where only the client is seen: SYN+ACK makes SYNACK, from which an ACK leads to ESTABLISHED.

$ sysctl secure_tcp=3
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SA ack=1
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=1000 ack=1 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=1
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=1 ttl=63 df id=77
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s

## ipv6-without-syn
The same in IPv6.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A ack=7
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 R seq=7 win=0 hlim=64
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 F
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 RA seq=0 ack=1001 win=0 hlim=64
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 -
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 RA seq=0 ack=1000 win=0 hlim=64
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 FPU
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 RA seq=0 ack=1001 win=0 hlim=64
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 SR
  (nothing)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 R
  (nothing)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 SF
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 FS seq=1000 hlim=63
conns
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80

## ports-of-zero
Port 0 is a port as others: for the client; at the virtual address nobody listens on it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:0 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:0 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw udp 172.16.0.5:0 > 10.9.0.100:53 data=5
  rs1 udp 172.16.0.5:0 > 10.9.0.100:53 ttl=63 id=77 data="\x00\x01\x02\x03\x04"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:0 S
  gw tcp 10.9.0.100:0 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
conns
  TCP SYN_RECV 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  UDP UDP 172.16.0.5:0 10.9.0.100:53 10.9.0.11:53

## data-in-syn
A SYN may have data.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S data=100
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77 data=100

## options-of-tcp
Nobody looks at TCP's options: nonsense is forwarded as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S opts=mss:1460,sackok,ts:1:0,nop,ws:7
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 opts=mss:1460,sackok,ts:1:0,nop,ws:7 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S opts=hex:05ff
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 opts=hex:05ff0000 ttl=63 df id=77
