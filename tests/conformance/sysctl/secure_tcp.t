# secure_tcp: the other TCP state table.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat-handshake
A NAT connection is established by its real server's word only: the client's ACK leaves it in SYNACK.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ sysctl secure_tcp=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
timers
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data=10
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 PA seq=1001 ack=5001 ttl=63 df id=77 data=10
conns
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 A seq=5001 ack=1011
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ack=1011 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## nat-without-the-server
A client that talks to itself stays half open: SYN, ACK and data lead to SYN_RECV and no further.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ sysctl secure_tcp=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data=10
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 PA seq=1001 ack=5001 ttl=63 df id=77 data=10
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s

## nat-close-while-half-open
In SYNACK a FIN changes nothing; a reset does.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ sysctl secure_tcp=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 FA seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1002
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 R seq=1002 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## direct-routing
Where only the client is seen its ACK establishes a connection all the same; a SYN on an old one leads to SYNACK.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl secure_tcp=3
$ sysctl conn_reuse_mode=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000 ttl=63 df id=77
timers
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=9001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=9001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## switched-while-they-live
A connection's next state is by the table of that moment.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
$ sysctl secure_tcp=3
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
$ sysctl secure_tcp=0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80

## automatic-with-memory-enough
Level 1 is off while there is memory enough, and reads back as 1; 2 becomes 1 by itself.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ sysctl secure_tcp=1
$ sysctl secure_tcp
  1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
$ sysctl secure_tcp=2
wait 2
$ sysctl secure_tcp
  1

## automatic-with-memory-short
Level 1 becomes 2, and is on, once less memory is free than amemthresh says.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ sysctl secure_tcp=1
$ sysctl amemthresh=2000000000
wait 3
$ sysctl secure_tcp
  2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
$ sysctl amemthresh=1024
wait 3
$ sysctl secure_tcp
  1

## active-connections
SYNACK and SYN_RECV count as active connections.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ sysctl secure_tcp=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      2          0         |
