# FTP in passive mode through NAT.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## pasv
PASV: the reply names the VIP and the same port, one character more moves all that follows, and the data connection is awaited from any port of the client.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 data="220 ready\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 ttl=63 df id=77 data="220 ready\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5012 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5012 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5012 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5012 ack=1007 ttl=63 df id=77 data=48#4e47
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21 899s
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001 119s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5060
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5059 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:5001 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:5001 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:5001 > 172.16.0.5:40002 SA seq=7000 ack=1001
  gw tcp 10.9.0.100:5001 > 172.16.0.5:40002 SA seq=7000 ack=1001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:5001 10.9.0.11:5001
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1007 ack=5060 data="RETR a\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1007 ack=5059 ttl=63 df id=77 data="RETR a\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5059 ack=1015 data="150 here\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5060 ack=1015 ttl=63 df id=77 data="150 here\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1015 ack=5070
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1015 ack=5069 ttl=63 df id=77
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
  TCP  10.9.0.100:21                       1        7        5      294      269
    -> 10.9.0.11:21                        1        7        5      294      269

## pasv-other-port
The real server serves FTP on another port than the VIP.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:2121 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:2121 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:2121 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:2121 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,200,1)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,200,1)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:2121
  TCP LISTEN 172.16.0.5:0 10.9.0.100:51201 10.9.0.11:51201

## pasv-without-parentheses
The six numbers of a reply need no parentheses.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode 10,9,0,11,19,137\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=45#21f4
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## pasv-text-behind-numbers
What stands behind the numbers stays.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Passive =10,9,0,11,19,137 and more text\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=46#421b
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## pasv-digits-before-numbers
The first digit must begin the six numbers.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Mode 7 is 10,9,0,11,19,137\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 Mode 7 is 10,9,0,11,19,137\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## reply-without-pasv
A 227 that nobody asked for is not looked at.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 ttl=63 df id=77 data=47#5d09
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## reply-again
One PASV has one answer: a second 227 is not looked at.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=48#4e47
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5048 ack=1007 data="227 ok (10,9,0,11,19,138)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5049 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,19,138)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## lower-case
Commands in small letters.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="pasv\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="pasv\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=48#4e47
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## pasv-behind-another-command
PASV anywhere in a segment.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="TYPE I\r\nPASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="TYPE I\r\nPASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1015 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1015 ttl=63 df id=77 data=48#4e47
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## reply-behind-another-reply
A 227 that does not begin its segment is not looked at.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="TYPE I\r\nPASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="TYPE I\r\nPASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1015 data="200 Type\r\n227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1015 ttl=63 df id=77 data=57#9142
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## two-replies-in-one-segment
Of two 227 in one segment the first is read.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\nPASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\nPASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1013 data="227 ok (10,9,0,11,19,137)\r\n227 ok (10,9,0,11,19,138)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1013 ttl=63 df id=77 data=55#5d31
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## pasv-with-blank
PASV that is not followed by the end of the line is none.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV \r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV \r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1008 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1008 ttl=63 df id=77 data=47#5d09
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## pasv-bare-newline
Nor is PASV followed by a newline only.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1006 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1006 ttl=63 df id=77 data=47#5d09
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## split-command
A command in two segments is not understood.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PA"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PA"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1003 ack=5001 data="SV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1003 ack=5001 ttl=63 df id=77 data="SV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=47#5d09
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## split-reply
A reply in two segments is not understood.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 Entering Passive Mode (10,9,"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5033 ack=1007 data="0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5033 ack=1007 ttl=63 df id=77 data="0,11,19,137).\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## split-reply-in-last-number
A reply cut in its last number.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,1"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=41#ed9f
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5042 ack=1007 data="37).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5042 ack=1007 ttl=63 df id=77 data="37).\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## before-established
The segment that ends the handshake is read already.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=48#4e47
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## epsv
EPSV: the reply has a port only, which stays.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 Entering Extended Passive Mode (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=47#be78
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001
> gw tcp 172.16.0.5:40002 > 10.9.0.100:5001 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:5001 S seq=1000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:5001 10.9.0.11:5001

## epsv-1
EPSV with the number of IPv4.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV 1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV 1\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1009 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1009 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## epsv-2-on-ipv4
EPSV with the number of the other family asks for nothing.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV 2\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV 2\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1009 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1009 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## epsv-all
EPSV ALL asks for nothing.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV ALL\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV ALL\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1011 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1011 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## epsv-reply-with-address
A reply with family and address.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|1|10.9.0.11|5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## epsv-other-delimiter
A reply with another delimiter.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (!!!5001!)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## epsv-without-parentheses
A 229 without parentheses is not understood.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok |||5001|\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok |||5001|\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## epsv-leading-zero
A port with zeros before it.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|||05001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5021 ack=1007 data="226 next\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5020 ack=1007 ttl=63 df id=77 data="226 next\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## epsv-then-227
The last asked kind counts.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data=47#5d09
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1007 ack=5048 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1007 ack=5048 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5048 ack=1013 data="229 ok (|||5002|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5048 ack=1013 ttl=63 df id=77 data="229 ok (|||5002|)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5067 ack=1013 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5067 ack=1013 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## wide-numbers
Numbers beyond 255 are not understood.
differs: ftp-announcements

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,300,1)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,44,1)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,300,1)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:11265 10.9.0.11:11265
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## blanks-between
Blanks between the numbers are not understood.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10, 9, 0, 11, 19, 137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10, 9, 0, 11, 19, 137)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## data-goes-to-the-end
The data connection ends; the control connection goes on, and its life is tied to its child.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
> gw tcp 172.16.0.5:40002 > 10.9.0.100:5001 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:5001 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:5001 > 172.16.0.5:40002 SA seq=7000 ack=1001
  gw tcp 10.9.0.100:5001 > 172.16.0.5:40002 SA seq=7000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:5001 A seq=1001 ack=7001
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:5001 A seq=1001 ack=7001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:5001 > 172.16.0.5:40002 PA seq=7001 ack=1001 data="hello"
  gw tcp 10.9.0.100:5001 > 172.16.0.5:40002 PA seq=7001 ack=1001 ttl=63 df id=77 data="hello"
> rs1 tcp 10.9.0.11:5001 > 172.16.0.5:40002 FA seq=7006 ack=1001
  gw tcp 10.9.0.100:5001 > 172.16.0.5:40002 FA seq=7006 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:5001 FA seq=1001 ack=7007
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:5001 FA seq=1001 ack=7007 ttl=63 df id=77
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21 899s
  TCP TIME_WAIT 172.16.0.5:40002 10.9.0.100:5001 10.9.0.11:5001 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:21 rr
    -> 10.9.0.11:21                 Masq    1      1          1         |

## same-port-again
The same port announced twice is one expected connection.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1007 ack=5020 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1007 ack=5020 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5020 ack=1013 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5020 ack=1013 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## other-ports-stay-closed
A port that nobody announced is not for the real server.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="EPSV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="EPSV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|||5001|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||5001|)\r\n"
> gw tcp 172.16.0.5:40002 > 10.9.0.100:5002 S
  gw tcp 10.9.0.100:5002 > 172.16.0.5:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.6:40002 > 10.9.0.100:5001 S
  gw tcp 10.9.0.100:5001 > 172.16.0.6:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## tunnel-has-no-helper
With tunnelling and direct routing the helper does nothing.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:21 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
