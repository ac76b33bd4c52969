# Direct routing: the frame gets another MAC address, nothing else.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## life-of-a-connection
The director sees only the client's half of a connection: its states follow the client's segments alone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 899s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      1          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data="GET / HTTP/1.0\r\n\r\n"
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 ttl=63 df id=77 data="GET / HTTP/1.0\r\n\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1019 ack=5100
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1019 ack=5100 ttl=63 df id=77
conns
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      0          1         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1020 ack=5101
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1020 ack=5101 ttl=63 df id=77
conns
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        5        0      218        0
    -> 10.9.0.11:80                        0        0        0        0        0
    -> 10.9.0.12:80                        1        5        0      218        0

## reset
A reset from the client closes the connection, which then lives for ten seconds.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 9s

## ttl-runs-out
A request with TTL 1 is answered with time exceeded and not forwarded.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=2
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77

## bad-checksum
The transport checksum is not looked at.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S badsum
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77 badsum

## port-of-the-server-is-ignored
With direct routing the real server's port in ipvsadm is replaced by the virtual one.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -g
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## udp
A datagram opens a connection in state UDP.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g -w 1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="again"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="again"
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:53
timers
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:53 299s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          0         |
    -> 10.9.0.12:53                 Route   1      0          1         |
