# How connections end, and what keeps them alive.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## close-ends-after-ten-seconds
A connection in CLOSE ends after ten seconds; the client's next SYN is scheduled.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      0          1         |
wait 12
conns
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      0          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## each-packet-renews
Each packet begins the state's time anew, also one that changes nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
wait 5
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 54s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s

## the-server-renews-too
With NAT a packet of the real server does as well as one of the client.

$ ipvsadm --set 0 0 6
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -m
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:53 ttl=63 id=77 data="q"
wait 4
> rs1 udp 10.9.0.11:53 > 172.16.0.5:3333 data="answer"
  gw udp 10.9.0.100:53 > 172.16.0.5:3333 ttl=63 id=77 data="answer"
wait 4
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53
wait 4
conns
> rs1 udp 10.9.0.11:53 > 172.16.0.5:3333 data="late"
  gw udp 10.9.0.11:53 > 172.16.0.5:3333 ttl=63 id=77 data="late"

## fin-wait-can-be-set
The second number of --set is for FIN_WAIT alone: CLOSE_WAIT and TIME_WAIT keep their times.

$ ipvsadm --set 0 7 0
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
repeat 3 > gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40003 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
repeat 3 > rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
  gw tcp 10.9.0.100:80 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
  gw tcp 10.9.0.100:80 > 172.16.0.5:40003 SA seq=5000 ack=1001 ttl=63 df id=77
repeat 3 > gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40003 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 FA seq=5001 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5001 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 FA seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40003 > 10.9.0.11:80 FA seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1002
  gw tcp 10.9.0.100:80 > 172.16.0.5:40003 FA seq=5001 ack=1002 ttl=63 df id=77
timers
  TCP CLOSE_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 59s
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 6s
  TCP TIME_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s

## shorter-timeouts-come-with-the-next-packet
A connection keeps the time that it was given until its next packet, also if a shorter one is set.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:3334 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3334 > 10.9.0.100:53 ttl=63 id=77 data="q"
$ ipvsadm --set 0 0 3
timers
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53 299s
  UDP UDP 172.16.0.5:3334 10.9.0.100:53 10.9.0.11:53 299s
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
timers
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53 2s
  UDP UDP 172.16.0.5:3334 10.9.0.100:53 10.9.0.11:53 299s
wait 5
conns
  UDP UDP 172.16.0.5:3334 10.9.0.100:53 10.9.0.11:53

## counted-while-they-live
ActiveConn and InActConn follow connections; Conns of --stats counts those that were.

$ ipvsadm --set 0 0 3
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
repeat 4 > gw udp 172.16.0.5:{3333+} > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3334 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3335 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3336 > 10.9.0.100:53 ttl=63 id=77 data="q"
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          4         |
wait 5
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:53                       4        4        0      116        0
    -> 10.9.0.11:53                        4        4        0      116        0

## method-changed-by-adding-again
A real server that is deleted and added with another method has its connections back, with the old method.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m -w 5
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    5      2          0         |

## port-changed-by-adding-again
With another port it is another real server: the old connections get silence.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11:8080
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8081 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  (nothing)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8081 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:8081               Masq    1      1          0         |

## same-server-of-another-service
A real server that is deleted from one service keeps its connections of the other.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:81 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:81 A seq=1001 ack=5001 ttl=63 df id=77

## weight-0-and-back
A real server that had weight 0 for a while takes connections again at once.

$ ipvsadm -A -t 10.9.0.100:80 -s wlc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
picks 2 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  2 1
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
picks 3 gw tcp 172.16.0.5:{41001+} > 10.9.0.100:80 S
  1 1 1
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
picks 5 gw tcp 172.16.0.5:{42001+} > 10.9.0.100:80 S
  2 2 2 2 1

## counters-after-an-edit
Edits of a service or a real server leave counters and connections alone; -Z leaves connections alone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -E -t 10.9.0.100:80 -s wlc -p 60
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -m -w 9
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc persistent 60
    -> 10.9.0.11:80                 Masq    9      1          0         |
$ ipvsadm -Z
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc persistent 60
    -> 10.9.0.11:80                 Masq    9      1          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        0        0        0        0        0

## another-protocol
Connections of TCP, UDP and SCTP with the same addresses and ports know nothing of each other.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:80 -s rr
$ ipvsadm -a -u 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -A --sctp-service 10.9.0.100:80 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:80 -r 10.9.0.13 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw udp 172.16.0.5:40001 > 10.9.0.100:80 data="x"
  rs2 udp 172.16.0.5:40001 > 10.9.0.100:80 ttl=63 id=77 data="x"
> gw sctp 172.16.0.5:40001 > 10.9.0.100:80 INIT tag=0
  rs3 sctp 172.16.0.5:40001 > 10.9.0.100:80 INIT tag=0 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT1 172.16.0.5:40001 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  UDP UDP 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -D -u 10.9.0.100:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw udp 172.16.0.5:40001 > 10.9.0.100:80 data="x"
  (nothing)

## quiesced-and-deleted
A real server that was drained by weight 0 and then deleted leaves nothing behind once its connections have ended.

$ ipvsadm --set 0 0 3
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
repeat 2 > gw udp 172.16.0.5:{3333+} > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3334 > 10.9.0.100:53 ttl=63 id=77 data="q"
$ ipvsadm -e -u 10.9.0.100:53 -r 10.9.0.12 -g -w 0
wait 5
$ ipvsadm -d -u 10.9.0.100:53 -r 10.9.0.12
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53
