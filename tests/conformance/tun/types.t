# The types of tunnels: what stands around the packet.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## gre
GRE has four bytes of header, without a checksum unless it is asked for.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")

## gre-with-checksum
With --tun-csum it has one, over all that follows.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre --tun-csum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 sum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="odd"
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 sum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="odd")

## gue
GUE is UDP to the port that is said, without a checksum.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gue --tun-port 6080
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")

## gue-with-checksum
With --tun-csum the outer UDP header has a checksum.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gue --tun-port 6080 --tun-csum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw tcp 172.16.0.5:3333 > 10.9.0.100:53 S
  gw tcp 10.9.0.100:53 > 172.16.0.5:3333 RA seq=0 ack=1001 win=0 ttl=64 df id=0

## gue-with-remote-checksum
With --tun-remcsum packets whose checksum is complete are as with --tun-csum.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gue --tun-port 6080 --tun-remcsum
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=6080 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")

## ipv6-in-ipv4
IPv6 packets to real servers by their IPv4 addresses, in each type.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.11 -i
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.12 -i --tun-type gre
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.13 -i --tun-type gre --tun-csum
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.14 -i --tun-type gue --tun-port 6080
$ ipvsadm -a -u [fd00:9::100]:53 -r 10.9.0.15 -i --tun-type gue --tun-port 6080 --tun-csum
repeat 5 > gw udp [2001:db8::5]:{3333+} > [fd00:9::100]:53 data="q"
  rs5 gue 10.9.0.2 > 10.9.0.15 dport=6080 ttl=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="q")
  rs4 gue 10.9.0.2 > 10.9.0.14 dport=6080 ttl=63 nosum (udp [2001:db8::5]:3334 > [fd00:9::100]:53 hlim=63 data="q")
  rs3 gre 10.9.0.2 > 10.9.0.13 ttl=63 sum (udp [2001:db8::5]:3335 > [fd00:9::100]:53 hlim=63 data="q")
  rs2 gre 10.9.0.2 > 10.9.0.12 ttl=63 (udp [2001:db8::5]:3336 > [fd00:9::100]:53 hlim=63 data="q")
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp [2001:db8::5]:3337 > [fd00:9::100]:53 hlim=63 data="q")
conns
  UDP UDP [2001:db8::5]:3333 [fd00:9::100]:53 10.9.0.15:53
  UDP UDP [2001:db8::5]:3334 [fd00:9::100]:53 10.9.0.14:53
  UDP UDP [2001:db8::5]:3335 [fd00:9::100]:53 10.9.0.13:53
  UDP UDP [2001:db8::5]:3336 [fd00:9::100]:53 10.9.0.12:53
  UDP UDP [2001:db8::5]:3337 [fd00:9::100]:53 10.9.0.11:53
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  [fd00:9::100]:53 rr
    -> 10.9.0.11:53                 Tunnel  1      0          1         |
    -> 10.9.0.12:53                 Tunnel  1      0          1         |
    -> 10.9.0.13:53                 Tunnel  1      0          1         |
    -> 10.9.0.14:53                 Tunnel  1      0          1         |
    -> 10.9.0.15:53                 Tunnel  1      0          1         |

## ipv4-in-ipv6
IPv4 packets to real servers by their IPv6 addresses, in each type.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::b -i
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::c -i --tun-type gre
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::d -i --tun-type gre --tun-csum
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::e -i --tun-type gue --tun-port 6080
$ ipvsadm -a -u 10.9.0.100:53 -r fd00:9::f -i --tun-type gue --tun-port 6080 --tun-csum
repeat 5 > gw udp 172.16.0.5:{3333+} > 10.9.0.100:53 data="q"
  rs5 gue fd00:9::2 > fd00:9::f dport=6080 hlim=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs4 gue fd00:9::2 > fd00:9::e dport=6080 hlim=63 nosum (udp 172.16.0.5:3334 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs3 gre fd00:9::2 > fd00:9::d hlim=63 sum (udp 172.16.0.5:3335 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs2 gre fd00:9::2 > fd00:9::c hlim=63 (udp 172.16.0.5:3336 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (udp 172.16.0.5:3337 > 10.9.0.100:53 ttl=63 id=77 data="q")
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 [fd00:9::f]:53
  UDP UDP 172.16.0.5:3334 10.9.0.100:53 [fd00:9::e]:53
  UDP UDP 172.16.0.5:3335 10.9.0.100:53 [fd00:9::d]:53
  UDP UDP 172.16.0.5:3336 10.9.0.100:53 [fd00:9::c]:53
  UDP UDP 172.16.0.5:3337 10.9.0.100:53 [fd00:9::b]:53
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> [fd00:9::b]:53               Tunnel  1      0          1         |
    -> [fd00:9::c]:53               Tunnel  1      0          1         |
    -> [fd00:9::d]:53               Tunnel  1      0          1         |
    -> [fd00:9::e]:53               Tunnel  1      0          1         |
    -> [fd00:9::f]:53               Tunnel  1      0          1         |
$ ipvsadm -Sn
  -A -u 10.9.0.100:53 -s rr
  -a -u 10.9.0.100:53 -r [fd00:9::b]:53 -i -w 1 --tun-type ipip
  -a -u 10.9.0.100:53 -r [fd00:9::c]:53 -i -w 1 --tun-type gre --tun-nocsum
  -a -u 10.9.0.100:53 -r [fd00:9::d]:53 -i -w 1 --tun-type gre --tun-csum
  -a -u 10.9.0.100:53 -r [fd00:9::e]:53 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
  -a -u 10.9.0.100:53 -r [fd00:9::f]:53 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum

## ipv6-in-ipv6
IPv6 packets to real servers by their IPv6 addresses, in each type.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r fd00:9::c -i --tun-type gre
$ ipvsadm -a -u [fd00:9::100]:53 -r fd00:9::d -i --tun-type gre --tun-csum
$ ipvsadm -a -u [fd00:9::100]:53 -r fd00:9::e -i --tun-type gue --tun-port 6080
$ ipvsadm -a -u [fd00:9::100]:53 -r fd00:9::f -i --tun-type gue --tun-port 6080 --tun-csum
repeat 4 > gw udp [2001:db8::5]:{3333+} > [fd00:9::100]:53 data="q"
  rs5 gue fd00:9::2 > fd00:9::f dport=6080 hlim=63 (udp [2001:db8::5]:3333 > [fd00:9::100]:53 hlim=63 data="q")
  rs4 gue fd00:9::2 > fd00:9::e dport=6080 hlim=63 nosum (udp [2001:db8::5]:3334 > [fd00:9::100]:53 hlim=63 data="q")
  rs3 gre fd00:9::2 > fd00:9::d hlim=63 sum (udp [2001:db8::5]:3335 > [fd00:9::100]:53 hlim=63 data="q")
  rs2 gre fd00:9::2 > fd00:9::c hlim=63 (udp [2001:db8::5]:3336 > [fd00:9::100]:53 hlim=63 data="q")

## mixed
Real servers of one service may have tunnels of different types; --tun-info lists them, and -S saves them.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -i --tun-type gre
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -i --tun-type gre --tun-csum
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.14 -i --tun-type gue --tun-port 6080
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.15 -i --tun-type gue --tun-port 65535 --tun-csum
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.16 -i --tun-type gue --tun-port 1 --tun-remcsum
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.17 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.18 -m
repeat 8 > gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  rs8 tcp 172.16.0.5:40001 > 10.9.0.18:80 S seq=1000 ttl=63 df id=77
  rs7 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs6 gue 10.9.0.2 > 10.9.0.16 dport=1 ttl=63 df (tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs5 gue 10.9.0.2 > 10.9.0.15 dport=65535 ttl=63 df (tcp 172.16.0.5:40004 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs4 gue 10.9.0.2 > 10.9.0.14 dport=6080 ttl=63 df nosum (tcp 172.16.0.5:40005 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs3 gre 10.9.0.2 > 10.9.0.13 ttl=63 df sum (tcp 172.16.0.5:40006 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs2 gre 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40007 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40008 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
$ ipvsadm -Ln --tun-info
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Tunnel  ipip          1      1          0         |
    -> 10.9.0.12:80                 Tunnel  gre:-c        1      1          0         |
    -> 10.9.0.13:80                 Tunnel  gre:+c        1      1          0         |
    -> 10.9.0.14:80                 Tunnel  gue:6080:-c   1      1          0         |
    -> 10.9.0.15:80                 Tunnel  gue:65535:+c  1      1          0         |
    -> 10.9.0.16:80                 Tunnel  gue:1:r+c     1      1          0         |
    -> 10.9.0.17:80                 Route   n/a           1      1          0         |
    -> 10.9.0.18:80                 Masq    n/a           1      1          0         |
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -i -w 1 --tun-type ipip
  -a -t 10.9.0.100:80 -r 10.9.0.12:80 -i -w 1 --tun-type gre --tun-nocsum
  -a -t 10.9.0.100:80 -r 10.9.0.13:80 -i -w 1 --tun-type gre --tun-csum
  -a -t 10.9.0.100:80 -r 10.9.0.14:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
  -a -t 10.9.0.100:80 -r 10.9.0.15:80 -i -w 1 --tun-type gue --tun-port 65535 --tun-csum
  -a -t 10.9.0.100:80 -r 10.9.0.16:80 -i -w 1 --tun-type gue --tun-port 1 --tun-remcsum
  -a -t 10.9.0.100:80 -r 10.9.0.17:80 -g -w 1
  -a -t 10.9.0.100:80 -r 10.9.0.18:80 -m -w 1

## type-changed
A real server's tunnel is that of the moment: connections follow an edit.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gre
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gue --tun-port 5555
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=5555 ttl=63 df nosum (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)

## tunnel-given-up
A connection that was opened with a tunnel keeps it when its real server is changed to direct routing. While it lives the
kernel sends new connections nowhere.
differs: cached-way

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  (nothing)
~ rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80

## one-host-two-tunnels
One host may be reached by different tunnels in two services.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre
$ ipvsadm -A -u 10.9.0.101:53 -s rr
$ ipvsadm -a -u 10.9.0.101:53 -r 10.9.0.11 -i --tun-type gue --tun-port 7777
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw udp 172.16.0.5:3333 > 10.9.0.101:53 data="q"
  rs1 gue 10.9.0.2 > 10.9.0.11 dport=7777 ttl=63 nosum (udp 172.16.0.5:3333 > 10.9.0.101:53 ttl=63 id=77 data="q")

## behind-a-router
A real server need not be a neighbour: the outer packet goes by the route to it.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.7 -i
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.8 -i --tun-type gre
$ ipvsadm -a -u 10.9.0.100:53 -r 198.51.100.9 -i --tun-type gue --tun-port 6080
repeat 3 > gw udp 172.16.0.5:{3333+} > 10.9.0.100:53 data="q"
  gw gue 10.9.0.2 > 198.51.100.9 dport=6080 ttl=63 nosum (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
  gw gre 10.9.0.2 > 198.51.100.8 ttl=63 (udp 172.16.0.5:3334 > 10.9.0.100:53 ttl=63 id=77 data="q")
  gw ipip 10.9.0.2 > 198.51.100.7 ttl=63 (udp 172.16.0.5:3335 > 10.9.0.100:53 ttl=63 id=77 data="q")

## one-packet-scheduling
Each datagram of one-packet scheduling goes by the tunnel of the server that it is given to.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -i --tun-type gre
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -i
repeat 3 > gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
conns

## port-of-the-server
The real server's port is replaced by the virtual one, as with direct routing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -i --tun-type gre
$ ipvsadm -Ln --tun-info
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Tunnel  gre:-c        1      0          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 gre 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## sctp
SCTP goes into tunnels as it is; nobody looks at its checksum.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11 -i
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.12 -i --tun-type gre --tun-csum
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs2 gre 10.9.0.2 > 10.9.0.12 ttl=63 sum (sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120)
> gw sctp 172.16.0.5:40002 > 10.9.0.100:36412 INIT tag=0
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (sctp 172.16.0.5:40002 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120)

## refusals
What ipvsadm and the kernel refuse.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gue
  You need to supply the 'tun-port' option for the 'gue' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gue --tun-port 0
  illegal tunnel port specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gue --tun-port 65536
  illegal tunnel port specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type vxlan
  illegal tunnel type specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gre --tun-port 6080
  Illegal 'tun-port' option with the 'gre' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gre --tun-remcsum
  Illegal 'tun-remcsum' option with the 'gre' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type ipip --tun-csum
  Illegal 'tun-csum' option with the 'ipip' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-csum
  Illegal 'tun-csum' option with the 'ipip' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type ipip --tun-port 5
  Illegal 'tun-port' option with the 'ipip' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gue --tun-port 6080 --tun-csum --tun-nocsum
  The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gue' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i --tun-type gue --tun-port 6080 --tun-csum --tun-remcsum
  The option 'tun-remcsum' conflicts with the 'tun-csum' option in the 'gue' tunnel type
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g --tun-type gre
  Tunnel options conflict with forward method
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m --tun-type ipip
  Tunnel options conflict with forward method
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r fd00:9::b -g
  Different address family is allowed only for tunneling servers
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r fd00:9::b -m
  Different address family is allowed only for tunneling servers
  [2]
$ ipvsadm -A -t 10.9.0.100:81 -s rr --tun-type gre
  Illegal 'tun-type' option with the 'add-service' command
  [2]
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr
