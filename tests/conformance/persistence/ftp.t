# Port 21: a persistent TCP service of it takes the high ports and port 20, too, for FTP's data connections.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## high-ports
A connection to a port from 1024 on goes where the client's control connection went, to the same port; the template has port 0.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.12 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:21 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:50000 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.12:50000 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.100:1024 S
  rs2 tcp 172.16.0.5:40003 > 10.9.0.12:1024 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:50000 > 172.16.0.5:40002 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:50000 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.12:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:21 10.9.0.12:21
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:50000 10.9.0.12:50000
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:1024 10.9.0.12:1024

## low-ports
Ports below 1024, but for 20, are closed.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:1023 S
  gw tcp 10.9.0.100:1023 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:22 S
  gw tcp 10.9.0.100:22 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:20 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:20 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:20 10.9.0.11:20

## high-port-first
A high port may come first: it makes the same template, which the control connection then follows.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40002 > 10.9.0.100:50000 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:50000 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40002 > 10.9.0.100:50000 S
  rs1 tcp 172.16.0.6:40002 > 10.9.0.100:50000 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:21 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.12:0
  TCP NONE 172.16.0.6:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:21 10.9.0.12:21
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:50000 10.9.0.12:50000
  TCP SYN_RECV 172.16.0.6:40002 10.9.0.100:50000 10.9.0.11:50000

## servers-port
The real server's own port is for control connections only: data connections keep the port that the client asked for.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:2121 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:50000 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:50000 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:2121
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:50000 10.9.0.11:50000

## without-persistence
Without persistence high ports of a service of port 21 have no server; that is no port unreachable but a closed port.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:50000 S
  gw tcp 10.9.0.100:50000 > 172.16.0.5:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:20 S
  gw tcp 10.9.0.100:20 > 172.16.0.5:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0

## no-server
If all servers have weight 0, port 21 answers port unreachable and a high port RST.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11 -m -w 0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:21 S seq=1000 ttl=64 df id=77)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:50000 S
  gw tcp 10.9.0.100:50000 > 172.16.0.5:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0

## own-service-first
A service of the high port itself comes first; one of port 0 comes last.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.12:0 -g
$ ipvsadm -A -t 10.9.0.100:8080 -s rr
$ ipvsadm -a -t 10.9.0.100:8080 -r 10.9.0.13 -g
picks 5 gw tcp 172.16.0.5:40001 > 10.9.0.100:{8080,8081,80,20,21} S
  3 1 1 1 1
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:20 10.9.0.11:20
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:8080 10.9.0.13:8080
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:8081 10.9.0.11:8081

## udp-is-not-ftp
A UDP service of port 21 takes port 21 only.

$ ipvsadm -A -u 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -u 10.9.0.100:21 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:21 data="q"
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:21 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:40001 > 10.9.0.100:50000 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:40001 > 10.9.0.100:50000 ttl=64 id=77 data="q")

## ftp-of-ipv6
An IPv6 service of port 21 takes the high ports as one of IPv4 does.

$ ipvsadm -A -t [fd00:9::100]:21 -s rr -p 60
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::b]:21 -g
$ ipvsadm -a -t [fd00:9::100]:21 -r [fd00:9::c]:21 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:21 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:50000 S
  rs2 tcp [2001:db8::5]:40002 > [fd00:9::100]:50000 S seq=1000 hlim=63
conns
  TCP NONE [2001:db8::5]:0 [fd00:9::100]:0 [fd00:9::c]:0
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:21 [fd00:9::c]:21
  TCP SYN_RECV [2001:db8::5]:40002 [fd00:9::100]:50000 [fd00:9::c]:50000

## from-port-20
A connection from the client's port 20 is never scheduled: it is taken for FTP's data connection of somebody else, and finds the port closed.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:20 > 10.9.0.100:80 S
  gw tcp 10.9.0.100:80 > 172.16.0.5:20 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw udp 172.16.0.5:20 > 10.9.0.100:53 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:20 > 10.9.0.100:53 ttl=64 id=77 data="q")
> gw tcp 172.16.0.5:21 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:21 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:21 10.9.0.100:80 10.9.0.11:80
