# Network address translation: the director stands in both ways.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## life-of-a-connection
Both directions pass the director: requests get the real server's address and port, replies the virtual ones, and the states follow both halves.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:8080               Masq    1      0          0         |
    -> 10.9.0.12:8080               Masq    1      1          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data="GET / HTTP/1.0\r\n\r\n"
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 PA seq=1001 ack=5001 ttl=63 df id=77 data="GET / HTTP/1.0\r\n\r\n"
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 PA seq=5001 ack=1019 data="HTTP/1.0 200 OK\r\n\r\nhello"
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 PA seq=5001 ack=1019 ttl=63 df id=77 data="HTTP/1.0 200 OK\r\n\r\nhello"
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 FA seq=5025 ack=1019
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 FA seq=5025 ack=1019 ttl=63 df id=77
conns
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=1019 ack=5026
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 FA seq=1019 ack=5026 ttl=63 df id=77
conns
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:8080               Masq    1      0          0         |
    -> 10.9.0.12:8080               Masq    1      0          1         |
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 A seq=5026 ack=1020
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5026 ack=1020 ttl=63 df id=77
conns
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:8080               Masq    1      0          0         |
    -> 10.9.0.12:8080               Masq    1      0          1         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        4        4      178      184
    -> 10.9.0.11:8080                      0        0        0        0        0
    -> 10.9.0.12:8080                      1        4        4      178      184

## reset-by-the-server
A reset from the real server closes the connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 RA seq=0 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 RA seq=0 ack=1001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080 9s

## reset-by-the-client
A reset from the client closes the connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 R seq=1001 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080 9s

## bad-checksum
A segment whose checksum is wrong is forwarded with a checksum that is as wrong.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S badsum
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77 badsum
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080

## options-and-urgent-data
TCP options, window, urgent pointer and type of service pass untouched.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SEC tos=16 win=64240 opts=mss:1460,sackok,ts:7:0,nop,ws:7
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 SEC seq=1000 win=64240 opts=mss:1460,sackok,ts:7:0,nop,ws:7 ttl=63 tos=16 df id=77
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 SAE seq=5000 ack=1001 win=65160 opts=mss:1400,sackok,ts:9:7,nop,ws:9
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SAE seq=5000 ack=1001 win=65160 opts=mss:1400,sackok,ts:9:7,nop,ws:9 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 UPA seq=1001 ack=5001 urg=3 data="abc"
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 PAU seq=1001 ack=5001 urg=3 ttl=63 df id=77 data="abc"

## server-speaks-first
A packet from a NAT real server that belongs to no connection is routed on as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40009 A seq=5000 ack=1
  gw tcp 10.9.0.11:8080 > 172.16.0.5:40009 A seq=5000 ack=1 ttl=63 df id=77

## ttl-runs-out
A request with TTL 1 is answered with time exceeded and not forwarded.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=1
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=1 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ttl=2
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=1 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080
