# Corners of network address translation.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## two-services-one-server
Two services may share a real server's port: replies are told apart by the client's port.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -A -t 10.9.0.101:81 -s rr
$ ipvsadm -a -t 10.9.0.101:81 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.101:81 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40002 SA seq=5000 ack=1001
  gw tcp 10.9.0.101:81 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.101:81 10.9.0.11:8080

## replies-that-could-be-of-two
One client port at two services that share a real server's port: the real server cannot tell the connections apart, and
its replies are taken for the newer one's.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -A -t 10.9.0.101:81 -s rr
$ ipvsadm -a -t 10.9.0.101:81 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.101:81 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.101:81 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.101:81 10.9.0.11:8080

## one-host-on-two-ports
One host may be two real servers, by its ports, with a weight each.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8081 -m -w 1
repeat 3 > gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8081 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40003 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11:8080
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8081 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40009 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40009 > 10.9.0.11:8081 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:8081               Masq    1      2          0         |

## replies-from-elsewhere
What the real server sends from another port, or another host sends from the right one, is no reply.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8081 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.11:8081 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.12:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.6:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.11:8080 > 172.16.0.6:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> rs1 udp 10.9.0.11:8080 > 172.16.0.5:40001 data="x"
  gw udp 10.9.0.11:8080 > 172.16.0.5:40001 ttl=63 id=77 data="x"
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080

## server-as-client
A real server as a client of its own service is sent to the other one, whose reply goes to it directly unless the
director is on the way.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m
> rs1 tcp 10.9.0.11:40001 > 10.9.0.100:80 S
  rs2 tcp 10.9.0.11:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:8080 > 10.9.0.11:40001 SA seq=5000 ack=1001
  rs1 tcp 10.9.0.100:80 > 10.9.0.11:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:40002 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.11:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 10.9.0.11:40001 10.9.0.100:80 10.9.0.12:8080
  TCP SYN_RECV 10.9.0.11:40002 10.9.0.100:80 10.9.0.11:8080

## server-deleted
Replies of a deleted real server's connections still get the virtual address, while requests are dropped; nobody counts
them.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11:8080
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  (nothing)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0

## half-closed-by-the-client
The client closes first: CLOSE_WAIT, then TIME_WAIT with the server's FIN.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 FA seq=1001 ack=5001 ttl=63 df id=77
timers
  TCP CLOSE_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 59s
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 PA seq=5001 ack=1002 data="late"
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 PA seq=5001 ack=1002 ttl=63 df id=77 data="late"
timers
  TCP CLOSE_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 59s
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 FA seq=5005 ack=1002
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5005 ack=1002 ttl=63 df id=77
timers
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:8080               Masq    1      0          1         |

## half-closed-by-the-server
The real server closes first: FIN_WAIT, then TIME_WAIT with the client's FIN.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 FA seq=5001 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5001 ack=1001 ttl=63 df id=77
timers
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 119s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5002
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 FA seq=1001 ack=5002 ttl=63 df id=77
timers
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 119s

## simultaneous-open
A SYN from the real server on a connection in SYN_RECV changes nothing, with or without ACK.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 S seq=5000
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 S seq=5000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080

## several-methods-and-ports
A method that cannot change ports has the virtual one; NAT beside it has its own.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -g
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.11:8080               Masq    1      0          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:8080

## behind-a-router
A NAT real server need not be a neighbour, as long as its replies come back.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 198.51.100.7:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw tcp 172.16.0.5:40001 > 198.51.100.7:8080 S seq=1000 ttl=63 df id=77
> gw tcp 198.51.100.7:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 198.51.100.7:8080

## sctp
SCTP gets new ports and a new checksum, both ways; without new ports its checksum stays, wrong as it may be.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11:5000 -m
$ ipvsadm -A --sctp-service 10.9.0.101:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.101:36412 -r 10.9.0.12:36412 -m
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs1 sctp 172.16.0.5:40001 > 10.9.0.11:5000 INIT tag=0 ttl=63 id=77 chunks=20#1120
> rs1 sctp 10.9.0.11:5000 > 172.16.0.5:40001 INIT-ACK
  gw sctp 10.9.0.100:36412 > 172.16.0.5:40001 INIT-ACK tag=1 ttl=63 id=77 chunks=20#1220
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 COOKIE-ECHO badsum
  rs1 sctp 172.16.0.5:40001 > 10.9.0.11:5000 COOKIE-ECHO tag=1 ttl=63 id=77 chunks=12#676d
> gw sctp 172.16.0.5:40001 > 10.9.0.101:36412 INIT tag=0 badsum
  rs2 sctp 172.16.0.5:40001 > 10.9.0.12:36412 INIT tag=0 ttl=63 id=77 badsum chunks=20#1120
> rs2 sctp 10.9.0.12:36412 > 172.16.0.5:40001 INIT-ACK badsum
  gw sctp 10.9.0.101:36412 > 172.16.0.5:40001 INIT-ACK tag=1 ttl=63 id=77 badsum chunks=20#1220

## without-forwarding
Where the host forwards nothing requests are translated all the same; replies are the host's, which drops them.
differs: forwarding

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
forwarding off
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  (nothing)
~ gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77

## port-zero
A service of all ports by NAT keeps the port that the client asked for, whatever its real server's port is.

$ ipvsadm -A -t 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:1234 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:1234 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:1234 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:1234 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:0 rr persistent 60
    -> 10.9.0.11:8080               Masq    1      1          0         |
