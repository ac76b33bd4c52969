# sloppy_tcp: which TCP segments may open a connection.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## off
Without it, only a SYN opens one.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl sloppy_tcp=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 win=0 ttl=64 df id=0
conns

## data-in-midstream
A segment with ACK opens an established connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data="more"
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 ttl=63 df id=77 data="more"
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 899s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1005 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1005 ack=5001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      1          0         |

## a-fin
A FIN opens one in CLOSE.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001 ttl=63 df id=77
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s

## a-syn-with-ack
A SYN with ACK opens one in SYN_RECV.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## no-flags
A segment without flags opens one, as do PSH and URG alone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 -
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 - seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 P data=4
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 P seq=1000 ttl=63 df id=77 data="\x00\x01\x02\x03"
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 U urg=1 data=4
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 U seq=1000 urg=1 ttl=63 df id=77 data="\x00\x01\x02\x03"
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80

## a-reset
A reset opens nothing, with whatever flags beside it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 RA seq=1001 ack=5001
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SR seq=1001
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FRA seq=1001 ack=5001
  (nothing)
conns

## nat
A NAT connection that began in midstream is as good as any: its real server's words get the virtual address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data="more"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 PA seq=1001 ack=5001 ttl=63 df id=77 data="more"
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 R seq=5001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080

## another-director
With the scheduler mh another director goes on where the first one failed: same clients, same servers.

$ ipvsadm -A -t 10.9.0.100:80 -s mh -b mh-port
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g
$ sysctl sloppy_tcp=1
picks 12 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  2 2 3 1 1 3 3 2 2 2 2 1
$ ipvsadm -C
$ ipvsadm -A -t 10.9.0.100:80 -s mh -b mh-port
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g
wait 3
picks 12 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 PA seq=1001 ack=5001 data=10
  2 2 3 1 1 3 3 2 2 2 2 1

## no-server
Where nobody can be chosen a segment in midstream gets port unreachable, as a SYN does.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=64 df id=77)
conns

## persistent
A segment in midstream makes a template, ASSURED at once.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 100
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl sloppy_tcp=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## deleted-server
Together with expire_nodest_conn a deleted server's clients go on with another one, in midstream.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl sloppy_tcp=1
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data=10
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 ttl=63 df id=77 data=10
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## ipv6
IPv6 is no different.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 R seq=5001 win=0 hlim=64
$ sysctl sloppy_tcp=1
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:80 R seq=1001
  (nothing)
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80
