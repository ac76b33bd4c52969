# nat_icmp_send and schedule_icmp.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat-server-without-a-connection
By default a NAT real server that speaks for no connection is routed as it is; with nat_icmp_send it is told port
unreachable.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ack=1001
  gw tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77
$ sysctl nat_icmp_send=1
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ack=1001
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=40 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77)
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5001 ack=1001
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=40 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5001 ack=1001 ttl=63 df id=77)
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 FA seq=5001 ack=1001
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=40 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 FA seq=5001 ack=1001 ttl=63 df id=77)

## nat-server-resets
A reset is routed as it is, nat_icmp_send or not.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ sysctl nat_icmp_send=1
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 R seq=5001
  gw tcp 10.9.0.11:8080 > 172.16.0.5:40001 R seq=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 RA seq=5001 ack=1001
  gw tcp 10.9.0.11:8080 > 172.16.0.5:40001 RA seq=5001 ack=1001 ttl=63 df id=77

## other-ports-of-the-server
Only the port that it serves counts: from others, the server may speak as it likes; it may by another protocol, too.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ sysctl nat_icmp_send=1
> rs1 tcp 10.9.0.11:22 > 172.16.0.5:40001 A seq=5001 ack=1001
  gw tcp 10.9.0.11:22 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77
> rs1 udp 10.9.0.11:8080 > 172.16.0.5:40001 data="x"
  gw udp 10.9.0.11:8080 > 172.16.0.5:40001 ttl=63 id=77 data="x"
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 A seq=5001 ack=1001
  gw tcp 10.9.0.12:8080 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77

## nat-server-of-udp
A datagram of a NAT real server for no connection.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
$ sysctl nat_icmp_send=1
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:3333 data="answer"
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=34 quoting (udp 10.9.0.11:5353 > 172.16.0.5:3333 ttl=63 id=77 data="answer")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:5353 ttl=63 id=77 data="q"
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:3333 data="answer"
  gw udp 10.9.0.100:53 > 172.16.0.5:3333 ttl=63 id=77 data="answer"

## other-methods
Real servers of direct routing and tunnels are let alone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -i
$ sysctl nat_icmp_send=1
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 A seq=5001 ack=1001
  gw tcp 10.9.0.11:80 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 A seq=5001 ack=1001
  gw tcp 10.9.0.12:80 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77

## nat-server-of-a-mark
A real server of a firewall mark's service, which has no protocol of its own.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 5
$ ipvsadm -A -f 5 -s rr
$ ipvsadm -a -f 5 -r 10.9.0.11:8080 -m
$ ipvsadm -a -f 5 -r 10.9.0.12 -m
$ sysctl nat_icmp_send=1
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ack=1001
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=40 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77)
> rs1 udp 10.9.0.11:8080 > 172.16.0.5:40001 data="x"
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=29 quoting (udp 10.9.0.11:8080 > 172.16.0.5:40001 ttl=63 id=77 data="x")
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 A seq=5001 ack=1001
  gw tcp 10.9.0.12:80 > 172.16.0.5:40001 A seq=5001 ack=1001 ttl=63 df id=77

## nat-server-of-sctp
An SCTP real server: its ABORT is routed, all else is answered.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11:5000 -m
$ sysctl nat_icmp_send=1
> rs1 sctp 10.9.0.11:5000 > 172.16.0.5:40001 DATA
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=52 quoting (sctp 10.9.0.11:5000 > 172.16.0.5:40001 DATA tag=1 ttl=63 id=77 chunks=20#d8d7)
> rs1 sctp 10.9.0.11:5000 > 172.16.0.5:40001 COOKIE-ECHO ABORT
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/3 ttl=64 tos=192 quote=48 quoting (sctp 10.9.0.11:5000 > 172.16.0.5:40001 COOKIE-ECHO ABORT tag=1 ttl=63 id=77 chunks=16#6d71)
> rs1 sctp 10.9.0.11:5000 > 172.16.0.5:40001 ABORT
  gw sctp 10.9.0.11:5000 > 172.16.0.5:40001 ABORT tag=1 ttl=63 id=77 chunks=4#0604

## nat-server-of-ipv6
IPv6 has a port unreachable of its own (1/4).

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
$ sysctl nat_icmp_send=1
> rs1 tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 A seq=5001 ack=1001
  rs1 icmp fd00:9::2 > fd00:9::b 1/4 hlim=64 quote=60 quoting (tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 A seq=5001 ack=1001 hlim=63)
> rs1 tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 R seq=5001
  gw tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 R seq=5001 hlim=63

## error-about-nothing
By default an ICMP error about no connection is the host's; with schedule_icmp it is scheduled and opens one, for the
quoted reply's addresses.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1001)
  (nothing)
conns
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1001)
  rs2 icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=64 df id=77 (cut))
timers
  TCP NONE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 2s
> gw icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1001)
  rs2 icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=64 df id=77 (cut))
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## error-about-nothing-by-nat
To a NAT real server the error goes with that server's address and port inside.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1001)
  rs1 icmp 172.16.9.9 > 10.9.0.11 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 seq=5001 ttl=64 df id=77 (cut))
conns
  TCP NONE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080

## error-about-nothing-in-a-tunnel
To a real server behind a tunnel it goes in the tunnel.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/3 quoting (udp 10.9.0.100:53 > 172.16.0.5:3333 data="answer")
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (icmp 172.16.9.9 > 10.9.0.100 3/3 ttl=63 id=77 quote=28 quoting (udp 10.9.0.100:53 > 172.16.0.5:3333 ttl=64 id=77))
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53

## error-and-no-server
Where nobody can be chosen the error is dropped: an error is not answered by an error.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1001)
  (nothing)
conns

## error-for-no-service
An error about a port without a service is the host's.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:81 > 172.16.0.5:40001 A seq=5001 ack=1001)
  (nothing)
conns

## error-about-a-reset
A quoted reset opens one as well: nobody looks at the flags.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/1 quote=all quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001)
  rs1 icmp 172.16.9.9 > 10.9.0.100 3/1 ttl=63 id=77 quote=40 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 ttl=64 df id=77)
conns
  TCP NONE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw icmp 172.16.9.9 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.6:40001 R seq=5001)
  rs1 icmp 172.16.9.9 > 10.9.0.100 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.6:40001 seq=5001 ttl=64 df id=77 (cut))
conns
  TCP NONE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP NONE 172.16.0.6:40001 10.9.0.100:80 10.9.0.11:80

## error-and-persistence
The client of the quoted packet gets a template; its connections follow.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 100
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl schedule_icmp=1
> gw icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1001)
  rs2 icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=64 df id=77 (cut))
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP NONE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## error-and-hashing
The scheduler sh hashes the client of the quoted packet, not the router that sent the error.

$ ipvsadm -A -t 10.9.0.100:80 -s sh
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g
$ sysctl schedule_icmp=1
picks 8 gw tcp 172.16.0.{1+}:40000 > 10.9.0.100:80 S
  1 2 2 3 2 3 2 1
picks 8 gw icmp 172.16.9.9 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.{1+}:40001 A seq=5001 ack=1001)
  1 2 2 3 2 3 2 1

## error-of-ipv6
ICMPv6 errors are scheduled as ICMP's.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw icmp 2001:db8::99 > fd00:9::100 2/0 mtu=1300 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 ack=1001)
  (nothing)
$ sysctl schedule_icmp=1
> gw icmp 2001:db8::99 > fd00:9::100 2/0 mtu=1300 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 ack=1001)
  rs1 icmp 2001:db8::99 > fd00:9::100 2/0 mtu=1300 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 ack=1001 hlim=64)
conns
  TCP NONE [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80

## errors-and-pings
A ping is never scheduled.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl schedule_icmp=1
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=1/1
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=1/1 ttl=64
conns
