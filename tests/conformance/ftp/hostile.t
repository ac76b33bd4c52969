# FTP: what is announced and should not be.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## pasv-of-third-party
A reply that names another host.
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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,12,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,12,19,137)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.12:5001
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## pasv-low-port
A reply that names a privileged port.
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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,0,25)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,0,25)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,0,25)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:25 10.9.0.11:25
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## pasv-port-0
A reply that names port 0.
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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,0,0)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,0,0)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,0,0)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## port-of-third-party
A PORT that names another host.
differs: ftp-announcements

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,99,200,1\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,99,200,1\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.99:51201 10.9.0.100:20 10.9.0.11:20
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## port-low-port
A PORT that names a privileged port.
differs: ftp-announcements

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,0,25\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,0,25\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:25 10.9.0.100:20 10.9.0.11:20
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## port-0
A PORT that names port 0.
differs: ftp-announcements

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PORT 172,16,0,5,0,0\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PORT 172,16,0,5,0,0\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:20 10.9.0.11:20
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## bad-sum-reply
A reply with a wrong checksum is dropped.

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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 Entering Passive Mode (10,9,0,11,19,137).\r\n" badsum
  (nothing)
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## bad-sum-any
Any segment of a control connection with a wrong checksum is dropped.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="NOOP\r\n" badsum
  (nothing)
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="200 ok\r\n" badsum
  (nothing)

## epsv-low-port
A 229 with a privileged port.
differs: ftp-announcements

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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|||25|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||25|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:25 10.9.0.11:25
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## epsv-port-too-large
A 229 with a port beyond 65535.
differs: ftp-announcements

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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="229 ok (|||70000|)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||4464|)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="229 ok (|||70000|)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:4464 10.9.0.11:4464
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## numbers-missing
Fewer than six numbers.

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
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,19)\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1007 ack=5024 data="PORT 172,16,0,5,200\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1007 ack=5024 ttl=63 df id=77 data="PORT 172,16,0,5,200\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
