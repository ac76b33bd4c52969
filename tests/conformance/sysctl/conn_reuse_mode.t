# conn_reuse_mode: what a SYN on a connection that is nearly over does.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## time-wait
By default a SYN on a connection in TIME_WAIT ends it, and is scheduled as if it had never been.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
$ sysctl conn_reuse_mode
  1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 FA seq=1001 ack=5001 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 FA seq=5001 ack=1002
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5001 ack=1002 ttl=63 df id=77
conns
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=90000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=90000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## time-wait-in-mode-0
In mode 0 the same SYN begins the connection anew, with the old real server.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
$ sysctl conn_reuse_mode=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 FA seq=1001 ack=5001 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 FA seq=5001 ack=1002
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5001 ack=1002 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=90000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=90000 ttl=63 df id=77
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 59s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        3        2      120       80
    -> 10.9.0.11:80                        0        0        0        0        0
    -> 10.9.0.12:80                        1        3        2      120       80

## close-in-mode-0
In mode 0 a connection in CLOSE is continued by its SYN, too: it counts as one connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl conn_reuse_mode=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=90000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=90000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        4        0      160        0
    -> 10.9.0.11:80                        0        0        0        0        0
    -> 10.9.0.12:80                        1        4        0      160        0

## fin-wait-of-direct-routing
The director sees a client's close only: FIN_WAIT. Its next SYN goes to the old real server in mode 1, and is scheduled
in mode 2 and in mode 3.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=2001 ack=6001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=2001 ack=6001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=2001 ack=6001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=2001 ack=6001 ttl=63 df id=77
conns
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ sysctl conn_reuse_mode=2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=3000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=3000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=3001 ack=7001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=3001 ack=7001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=3001 ack=7001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=3001 ack=7001 ttl=63 df id=77
$ sysctl conn_reuse_mode=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=4000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=4000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## fin-wait-of-a-tunnel
A tunnel's FIN_WAIT is as direct routing's.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -i
$ sysctl conn_reuse_mode=2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001 ttl=63 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## fin-wait-of-nat
A NAT connection in FIN_WAIT was closed by its real server, which waits for the client: mode 2 lets it alone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
$ sysctl conn_reuse_mode=2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 A seq=1001 ack=5001 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 FA seq=5001 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5001 ack=1001 ttl=63 df id=77
conns
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=2000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## mode-2-alone
Mode 2 without bit 1 also opens TIME_WAIT and CLOSE anew: any mode but 0 does.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
$ sysctl conn_reuse_mode=2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 RA ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 RA seq=1000 ack=1001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=2000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## mode-4-and-below-0
Bits without a meaning are not 0: mode 4 and mode -4 are as mode 1, mode -1 has bit 2 as well.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ sysctl conn_reuse_mode=4
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.6:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.6:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 tcp 172.16.0.6:40001 > 10.9.0.100:80 FA seq=1001 ack=5001 ttl=63 df id=77
$ sysctl conn_reuse_mode=-4
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 S seq=2000
  rs2 tcp 172.16.0.6:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 A seq=2001 ack=6001
  rs2 tcp 172.16.0.6:40001 > 10.9.0.100:80 A seq=2001 ack=6001 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 FA seq=2001 ack=6001
  rs2 tcp 172.16.0.6:40001 > 10.9.0.100:80 FA seq=2001 ack=6001 ttl=63 df id=77
$ sysctl conn_reuse_mode=-1
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 S seq=3000
  rs1 tcp 172.16.0.6:40001 > 10.9.0.100:80 S seq=3000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.6:40001 10.9.0.100:80 10.9.0.11:80

## living-states
SYN_RECV, ESTABLISHED and CLOSE_WAIT are not nearly over: in any mode a SYN follows its connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
$ sysctl conn_reuse_mode=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 FA seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP CLOSE_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=2000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## syn-and-ack
A SYN with ACK ends a connection in CLOSE as a SYN does, but opens none: the host answers it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=2000 ack=1
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=2000 ack=1 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## quiesced-server
A real server of weight 0 loses a client that comes again from the same port; in mode 0 it does not.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ sysctl conn_reuse_mode=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=2001 ack=6001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=2001 ack=6001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=2001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=2001 ttl=63 df id=77
$ sysctl conn_reuse_mode=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=3000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=3000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## nobody-left
If nobody can be chosen, the SYN on a connection in CLOSE gets port unreachable, and the connection is gone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=2000 ttl=64 df id=77)
conns
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   0      0          0         |

## sctp
An SCTP connection in CLOSED is opened anew by an INIT; in mode 0 it is continued.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11 -g
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.12 -g
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs2 sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 ABORT
  rs2 sctp 172.16.0.5:40001 > 10.9.0.100:36412 ABORT tag=1 ttl=63 id=77 chunks=4#0604
conns
  SCTP CLOSED 172.16.0.5:40001 10.9.0.100:36412 10.9.0.12:36412
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs1 sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 ABORT
  rs1 sctp 172.16.0.5:40001 > 10.9.0.100:36412 ABORT tag=1 ttl=63 id=77 chunks=4#0604
$ sysctl conn_reuse_mode=0
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs1 sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT 172.16.0.5:40001 10.9.0.100:36412 10.9.0.11:36412

## ipv6
IPv6 is no different.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::c]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 FA seq=1001 ack=5001
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 FA seq=1001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=2000
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=2000 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=2001 ack=5001
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=2001 ack=5001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 FA seq=2001 ack=5001
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 FA seq=2001 ack=5001 hlim=63
$ sysctl conn_reuse_mode=2
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=3000
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=3000 hlim=63
conns
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80
