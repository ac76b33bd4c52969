# Templates: what a persistent service remembers of a client, by kind of service.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## one-port
A service of one port has templates of that port: client:0, virtual address and port, real server with its own port; another service of the same address is another matter.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m
$ ipvsadm -A -t 10.9.0.100:443 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:443 -r 10.9.0.11:8443 -m
$ ipvsadm -a -t 10.9.0.100:443 -r 10.9.0.12:8443 -m
> gw tcp 172.16.0.9:40000 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.9:40000 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.12:8443 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:443 10.9.0.12:8443
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:8080
  TCP NONE 172.16.0.9:0 10.9.0.100:80 10.9.0.12:8080
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.12:8443
  TCP SYN_RECV 172.16.0.9:40000 10.9.0.100:80 10.9.0.12:8080

## all-ports
A service of port 0 takes all ports with one template, whose ports are 0; connections keep the port that the client asked for.

$ ipvsadm -A -t 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.11:0 -m
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.12:0 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.12:443 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40002 > 10.9.0.100:22 S
  rs1 tcp 172.16.0.6:40002 > 10.9.0.11:22 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:443 > 172.16.0.5:40002 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:443 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.12:0
  TCP NONE 172.16.0.6:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.6:40002 10.9.0.100:22 10.9.0.11:22

## all-ports-ignore-the-servers-port
A service of port 0 does not look at the real server's port: the connection keeps the client's, also to 10.9.0.11:8080.

$ ipvsadm -A -t 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:0 rr persistent 60
    -> 10.9.0.11:8080               Masq    1      1          0         |

## own-port-before-all-ports
A service of the port comes before one of port 0; each has its own templates.

$ ipvsadm -A -t 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.11:0 -g
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:81 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:81 10.9.0.11:81

## all-ports-of-one-protocol
A service of port 0 takes all ports of its protocol and none of another's: UDP finds the port closed.

$ ipvsadm -A -t 10.9.0.100:0 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:0 -r 10.9.0.11:0 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=64 id=77 data="q")
> gw tcp 172.16.0.5:40001 > 10.9.0.100:53 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:53 S seq=1000 ttl=63 df id=77

## server-without-a-port
A real server of port 0 in a service of port 80 gets what comes at port 80; its template has port 0.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:0 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## udp
A UDP service has templates, too; they are ASSURED once the real server has answered.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -p 60
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5353 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:40002 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5353 ttl=63 id=77 data="q"
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.12:5353
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.12:5353
  UDP UDP 172.16.0.5:40002 10.9.0.100:53 10.9.0.12:5353
> rs2 udp 10.9.0.12:5353 > 172.16.0.5:40001 data="a"
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 id=77 data="a"
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:53 10.9.0.12:5353
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.12:5353
  UDP UDP 172.16.0.5:40002 10.9.0.100:53 10.9.0.12:5353

## tcp-assured
A TCP template is ASSURED as soon as one of its connections is ESTABLISHED, and stays it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## ipv6
An IPv6 client is remembered by its whole address, unless the service has a mask.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 60
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::c]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::c]:8080 S seq=1000 hlim=63
> gw tcp [2001:db8::6]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::6]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40002 > [fd00:9::c]:8080 S seq=1000 hlim=63
conns
  TCP NONE [2001:db8::5]:0 [fd00:9::100]:80 [fd00:9::c]:8080
  TCP NONE [2001:db8::6]:0 [fd00:9::100]:80 [fd00:9::b]:8080
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:8080
  TCP SYN_RECV [2001:db8::5]:40002 [fd00:9::100]:80 [fd00:9::c]:8080
  TCP SYN_RECV [2001:db8::6]:40001 [fd00:9::100]:80 [fd00:9::b]:8080

## mask-24
With the mask 255.255.255.0 all clients of 172.16.0.0/24 share one template, filed under 172.16.0.0:0.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60 -M 255.255.255.0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
picks 4 gw tcp 172.16.0.{5,6,7,200}:40001 > 10.9.0.100:80 S
  2 2 2 2
picks 2 gw tcp 172.16.{1,2}.5:40001 > 10.9.0.100:80 S
  1 2
conns
  TCP NONE 172.16.0.0:0 10.9.0.100:80 10.9.0.12:80
  TCP NONE 172.16.1.0:0 10.9.0.100:80 10.9.0.11:80
  TCP NONE 172.16.2.0:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.200:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.6:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.7:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.1.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.2.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr persistent 60 mask 255.255.255.0
    -> 10.9.0.11:80                 Route   1      1          0         |
    -> 10.9.0.12:80                 Route   1      5          0         |

## mask-with-holes
A mask need not be a prefix: with 0.0.0.255 clients share a template by their last byte.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60 -M 0.0.0.255
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.17.3.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.17.3.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.17.3.6:40001 > 10.9.0.100:80 S
  rs1 tcp 172.17.3.6:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 0.0.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP NONE 0.0.0.6:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.17.3.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.17.3.6:40001 10.9.0.100:80 10.9.0.11:80

## mask-zero
With the mask 0.0.0.0 all clients share one template.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60 -M 0.0.0.0
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
picks 3 gw tcp 172.{16..18}.0.5:40001 > 10.9.0.100:80 S
  2 2 2
conns
  TCP NONE 0.0.0.0:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.17.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.18.0.5:40001 10.9.0.100:80 10.9.0.12:80

## mask-64-of-ipv6
The mask of IPv6 is a prefix length: with 64 all clients of a /64 share one template.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 60 -M 64
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::c]:80 -g
> gw tcp [2001:db8:0:1::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8:0:1::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8:0:1:ffff::6]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8:0:1:ffff::6]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8:0:2::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8:0:2::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
conns
  TCP NONE [2001:db8:0:1::]:0 [fd00:9::100]:80 [fd00:9::c]:80
  TCP NONE [2001:db8:0:2::]:0 [fd00:9::100]:80 [fd00:9::b]:80
  TCP SYN_RECV [2001:db8:0:1::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80
  TCP SYN_RECV [2001:db8:0:1:ffff::6]:40001 [fd00:9::100]:80 [fd00:9::c]:80
  TCP SYN_RECV [2001:db8:0:2::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80

## mask-61-of-ipv6
A prefix length need not be a multiple of 8: /61 puts :0007: and :0000: together and :0008: apart.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 60 -M 61
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::c]:80 -g
> gw tcp [2001:db8:0:7::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8:0:7::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8:0:8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8:0:8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
conns
  TCP NONE [2001:db8:0:8::]:0 [fd00:9::100]:80 [fd00:9::b]:80
  TCP NONE [2001:db8::]:0 [fd00:9::100]:80 [fd00:9::c]:80
  TCP SYN_RECV [2001:db8:0:7::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80
  TCP SYN_RECV [2001:db8:0:8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80

## sctp
An SCTP service has templates as TCP has; ASSURED comes with ESTABLISHED.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr -p 60
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.12:3868 -g
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs2 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:5001 > 10.9.0.100:3868 INIT
  rs2 sctp 172.16.0.5:5001 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.12:3868
  SCTP INIT1 172.16.0.5:5001 10.9.0.100:3868 10.9.0.12:3868
  SCTP NONE 172.16.0.5:0 10.9.0.100:3868 10.9.0.12:3868
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO
  rs2 sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO tag=1 ttl=63 id=77 chunks=12#676d
conns
  SCTP ASSURED 172.16.0.5:0 10.9.0.100:3868 10.9.0.12:3868
  SCTP ESTABLISHED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.12:3868
  SCTP INIT1 172.16.0.5:5001 10.9.0.100:3868 10.9.0.12:3868

## two-virtual-addresses
The same client at two virtual addresses has two templates.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -A -t 10.9.0.101:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.101:80 -r 10.9.0.13 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.101:80 S
  rs3 tcp 172.16.0.5:40001 > 10.9.0.101:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP NONE 172.16.0.5:0 10.9.0.101:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.101:80 10.9.0.13:80

## no-server-no-template
Where the scheduler has no server, no template is made; the client gets port unreachable.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
conns
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## template-is-no-connection
A packet from the client's port 0 is a connection of its own, not its template.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:0 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:0 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
