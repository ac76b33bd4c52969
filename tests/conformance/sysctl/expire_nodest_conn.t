# expire_nodest_conn: the end of connections whose real server was deleted.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## their-syn
A SYN of a deleted server's connection is scheduled anew.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## their-other-segments
Any other segment ends the connection and belongs to none then: the host resets it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data="GET /\r\n"
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 win=0 ttl=64 df id=0
conns

## their-datagrams
A datagram of a deleted server's flow goes to another one at once.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -m
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -m
$ sysctl expire_nodest_conn=1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.12:53 ttl=63 id=77 data="q"
$ ipvsadm -d -u 10.9.0.100:53 -r 10.9.0.12
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:53 ttl=63 id=77 data="q"
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53

## without-a-packet
They end soon, though no packet comes.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
wait 2
conns
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80

## switched-on-later
Switched on after the deletion it does not look for them: they wait for their next packet.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
$ sysctl expire_nodest_conn=1
wait 2
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## switched-off-again
Switched off, packets of a deleted server's connections are dropped again.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
$ sysctl expire_nodest_conn=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  (nothing)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## weight-0-and-a-syn
Weight 0 is deletion for a SYN on an established connection, and for nothing else.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
wait 2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data=10
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 ttl=63 df id=77 data=10
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## weight-0-and-datagrams
A UDP flow stays with its real server of weight 0.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
$ ipvsadm -e -u 10.9.0.100:53 -r 10.9.0.12 -g -w 0
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"

## service-deleted
A deleted service's connections end as well; another service of the address is untouched.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:81 S seq=1000 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:81 A seq=1001 ack=5001 ttl=63 df id=77
wait 2
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:81 10.9.0.11:81

## everything-cleared
After -C there is nothing left.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.101:53 -s rr
$ ipvsadm -a -u 10.9.0.101:53 -r 10.9.0.11 -m
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw udp 172.16.0.5:3333 > 10.9.0.101:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:53 ttl=63 id=77 data="q"
$ ipvsadm -C
wait 2
conns

## server-that-comes-back
A server that is added again has none of its connections back.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
wait 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      0          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=5001 win=0 ttl=64 df id=0

## replies
A NAT real server's reply after its deletion belongs to no connection any more, and is routed as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
wait 2
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.12:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77

## with-persistence
A deleted server's client is scheduled anew, and its template with it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 100
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
wait 2
conns
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80

## nobody-left
Without another server the client is told so: port unreachable for its SYN.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
conns

## with-a-template-that-is-assured
The last connection of a deleted server takes its template along, also one that proved itself (ASSURED).

$ sysctl expire_nodest_conn=1
$ ipvsadm -A -t 10.9.0.100:82 -s wlc -p
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.16 -m -w 1
> gw tcp 172.16.0.4:40001 > 10.9.0.100:82 S seq=1002
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:82 S seq=1002 ttl=63 df id=77
> rs6 tcp 10.9.0.16:82 > 172.16.0.4:40001 A seq=1001 ack=5002
  gw tcp 10.9.0.100:82 > 172.16.0.4:40001 A seq=1001 ack=5002 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.4:0 10.9.0.100:82 10.9.0.16:82
  TCP ESTABLISHED 172.16.0.4:40001 10.9.0.100:82 10.9.0.16:82
$ ipvsadm -d -t 10.9.0.100:82 -r 10.9.0.16
conns
wait 2
conns

## with-a-template-that-is-not
The same with one that did not.

$ sysctl expire_nodest_conn=1
$ ipvsadm -A -t 10.9.0.100:82 -s wlc -p
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.16 -m -w 1
> gw tcp 172.16.0.4:40001 > 10.9.0.100:82 S seq=1002
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:82 S seq=1002 ttl=63 df id=77
conns
  TCP NONE 172.16.0.4:0 10.9.0.100:82 10.9.0.16:82
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.100:82 10.9.0.16:82
$ ipvsadm -d -t 10.9.0.100:82 -r 10.9.0.16
conns
wait 2
conns

## with-a-template-of-three
Three connections, one template.

$ sysctl expire_nodest_conn=1
$ ipvsadm -A -t 10.9.0.100:82 -s wlc -p
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.16 -m -w 1
> gw tcp 172.16.0.4:40001 > 10.9.0.100:82 S seq=1002
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:82 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.4:40002 > 10.9.0.100:82 S seq=1002
  rs6 tcp 172.16.0.4:40002 > 10.9.0.16:82 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.4:40003 > 10.9.0.100:82 S seq=1002
  rs6 tcp 172.16.0.4:40003 > 10.9.0.16:82 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.4:40003 > 10.9.0.100:82 A seq=1002
  rs6 tcp 172.16.0.4:40003 > 10.9.0.16:82 A seq=1002 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.4:0 10.9.0.100:82 10.9.0.16:82
  TCP ESTABLISHED 172.16.0.4:40003 10.9.0.100:82 10.9.0.16:82
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.100:82 10.9.0.16:82
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:82 10.9.0.16:82
$ ipvsadm -d -t 10.9.0.100:82 -r 10.9.0.16
conns
wait 2
conns

## set-after-the-deletion
The next packet ends the connection; the host's own reset, which passes IPVS as the real server's would, brings it back.
differs: expired-and-reset

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.14:80 -g
> gw tcp 172.16.0.3:40000 > 10.9.0.100:80 S
  rs4 tcp 172.16.0.3:40000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.15:81 -g
> gw tcp 172.16.0.2:40000 > 10.9.0.100:81 S
  rs5 tcp 172.16.0.2:40000 > 10.9.0.100:81 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:81 -r 10.9.0.15:81
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.2:40000 > 10.9.0.100:81 A seq=1001 ack=5001
  gw tcp 10.9.0.100:81 > 172.16.0.2:40000 R seq=5001 win=0 ttl=64 df id=0
conns
  TCP CLOSE 172.16.0.2:40000 10.9.0.100:81 10.9.0.15:81
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.14:80
~ TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.14:80

## set-after-the-deletion-nat
A NAT connection ends for good: the reset of the VIP's host is not its real server's.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.15:81 -m
> gw tcp 172.16.0.2:40000 > 10.9.0.100:81 S
  rs5 tcp 172.16.0.2:40000 > 10.9.0.15:81 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:81 -r 10.9.0.15:81
$ sysctl expire_nodest_conn=1
> gw tcp 172.16.0.2:40000 > 10.9.0.100:81 A seq=1001 ack=5001
  gw tcp 10.9.0.100:81 > 172.16.0.2:40000 R seq=5001 win=0 ttl=64 df id=0
wait 1
conns

## set-after-the-deletion-udp
Nor does the host's word about a closed port bring a connection back.

$ ipvsadm -A -u 10.9.0.100:80 -s rr
$ ipvsadm -A -u 10.9.0.100:81 -s rr
$ ipvsadm -a -u 10.9.0.100:81 -r 10.9.0.15:81 -g
> gw udp 172.16.0.2:40000 > 10.9.0.100:81
  rs5 udp 172.16.0.2:40000 > 10.9.0.100:81 ttl=63 id=77
$ ipvsadm -d -u 10.9.0.100:81 -r 10.9.0.15:81
$ sysctl expire_nodest_conn=1
> gw udp 172.16.0.2:40000 > 10.9.0.100:81
  gw icmp 10.9.0.100 > 172.16.0.2 3/3 ttl=64 tos=192 quote=28 quoting (udp 172.16.0.2:40000 > 10.9.0.100:81 ttl=64 id=77)
wait 1
conns
