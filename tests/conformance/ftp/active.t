# FTP in active mode through NAT.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## port
PORT: the real server's connection from its data port to the client leaves as coming from the VIP's port 20.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21 899s
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20 119s
> rs1 tcp 10.9.0.11:20 > 172.16.0.5:51201 S seq=7000
  gw tcp 10.9.0.100:20 > 172.16.0.5:51201 S seq=7000 ttl=63 df id=77
> gw tcp 172.16.0.5:51201 > 10.9.0.100:20 SA seq=9000 ack=7001
  rs1 tcp 172.16.0.5:51201 > 10.9.0.11:20 SA seq=9000 ack=7001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP SYN_RECV 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20
> rs1 tcp 10.9.0.11:20 > 172.16.0.5:51201 A seq=7001 ack=9001
  gw tcp 10.9.0.100:20 > 172.16.0.5:51201 A seq=7001 ack=9001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP ESTABLISHED 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:21 rr
    -> 10.9.0.11:21                 Masq    1      2          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:21                       1        4        3      183      120
    -> 10.9.0.11:21                        1        4        3      183      120

## port-other-rport
The data port is the one below the control port, on both sides.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:2121 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:2121 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:2121
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:2120
> rs1 tcp 10.9.0.11:2120 > 172.16.0.5:51201 S seq=7000
  gw tcp 10.9.0.100:20 > 172.16.0.5:51201 S seq=7000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:2121
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:2120

## port-lower-case
PORT in small letters.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="port 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="port 172,16,0,5,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## port-behind-another-command
PORT that does not begin the segment is not looked at.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="TYPE I\r\nPORT 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="TYPE I\r\nPORT 172,16,0,5,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## port-more-blanks
Two blanks before the numbers.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT  172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT  172,16,0,5,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## port-bare-newline
PORT that ends with a newline only.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## port-text-behind
PORT with text behind the numbers.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1 x\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1 x\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## port-split
PORT in two segments is not understood.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1013 ack=5001 data="0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1013 ack=5001 ttl=63 df id=77 data="0,5,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## port-twice
Two PORTs are two expected connections.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1024 ack=5001 data="PORT 172,16,0,5,200,2\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1024 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,2\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1047 ack=5001 data="PORT 172,16,0,5,200,2\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1047 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,2\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20
  TCP LISTEN 172.16.0.5:51202 10.9.0.100:20 10.9.0.11:20

## eprt
EPRT: as PORT, in the words of RFC 2428.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPRT |1|172.16.0.5|51201|\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPRT |1|172.16.0.5|51201|\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20
> rs1 tcp 10.9.0.11:20 > 172.16.0.5:51201 S seq=7000
  gw tcp 10.9.0.100:20 > 172.16.0.5:51201 S seq=7000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## eprt-other-delimiter
EPRT with another delimiter.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPRT !1!172.16.0.5!51201!\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPRT !1!172.16.0.5!51201!\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## eprt-other-family
EPRT of the other family is not followed.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPRT |2|fd00::5|51201|\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPRT |2|fd00::5|51201|\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## eprt-no-last-delimiter
EPRT without its last delimiter is not understood.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPRT |1|172.16.0.5|51201\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPRT |1|172.16.0.5|51201\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## no-command-active
Without PORT the server's connection leaves as it is.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:20 > 172.16.0.5:51201 S seq=7000
  gw tcp 10.9.0.11:20 > 172.16.0.5:51201 S seq=7000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## persistent
With persistence the expected connections are the control connection's children all the same.

$ ipvsadm -A -t 10.9.0.100:21 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1024 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1024 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1030 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1030 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20

## parent-waits
The control connection does not end before its children.

$ ipvsadm --set 2 2 2
$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,200,1\r\n"
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21 1s
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20 119s
wait 4
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21 57s
  TCP LISTEN 172.16.0.5:51201 10.9.0.100:20 10.9.0.11:20 115s
