# FTP connections that netfilter tracks in the kernel.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## out-of-window
In the kernel, netfilter tracks FTP's control connections, and what it takes for invalid does not reach the real server: here a segment far outside the window. ulvs leaves that to the real server.
differs: ftp-tracked

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=901001 ack=5001 data="USER x\r\n"
  (nothing)
~ rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=901001 ack=5001 ttl=63 df id=77 data="USER x\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=905000 ack=1001 data="220 hi\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=905000 ack=1001 ttl=63 df id=77 data="220 hi\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## without-a-handshake
The same where the real server's answer was not seen.
differs: ftp-tracked

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  (nothing)
~ rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21

## other-services-are-not-tracked
NAT services of other ports: nobody looks at sequence numbers, in the kernel neither.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=901001 ack=5001 data="USER x\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 PA seq=901001 ack=5001 ttl=63 df id=77 data="USER x\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
