# Persistence of a firewall mark's service.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## all-ports-and-addresses
A client goes to one real server with whatever it does under the mark; the template has the mark in place of the
virtual address.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 7
$ mark add --dst 10.9.0.101 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.101:80 S
  rs2 tcp 172.16.0.5:40003 > 10.9.0.101:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:443 S
  rs1 tcp 172.16.0.6:40001 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77
timers
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.12:0 99s
  IP NONE 172.16.0.6:0 0.0.0.7:0 10.9.0.11:0 99s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 59s
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.12:443 59s
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.101:80 10.9.0.12:80 59s
  TCP SYN_RECV 172.16.0.6:40001 10.9.0.100:443 10.9.0.11:443 59s
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  FWM  7 rr persistent 100
    -> 10.9.0.11:0                  1         1           1          0         |
    -> 10.9.0.12:0                  1         1           3          0         |

## all-protocols
A template of a mark is of no protocol: UDP follows TCP.

$ mark add --dst 10.9.0.100 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77
> gw udp 172.16.0.5:3333 > 10.9.0.100:443 data="quic"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:443 ttl=63 id=77 data="quic"
> gw udp 172.16.0.6:3333 > 10.9.0.100:443 data="quic"
  rs1 udp 172.16.0.6:3333 > 10.9.0.100:443 ttl=63 id=77 data="quic"
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.12:0
  IP NONE 172.16.0.6:0 0.0.0.7:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:443 10.9.0.12:443
  UDP UDP 172.16.0.5:3333 10.9.0.100:443 10.9.0.12:443
  UDP UDP 172.16.0.6:3333 10.9.0.100:443 10.9.0.11:443

## port-of-the-server
With persistence the real server's port does not count: NAT keeps the port that the client asked for.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100
$ ipvsadm -a -f 7 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:443 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:443 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:443 > 172.16.0.5:40002 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:443 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.11:443

## netmask
A mask makes clients of one network one client.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100 -M 255.255.255.0
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
picks 4 gw tcp {172.16.0.5,172.16.0.6,172.16.1.5,172.16.1.6}:40001 > 10.9.0.100:80 S
  2 2 1 1
conns
  IP NONE 172.16.0.0:0 0.0.0.7:0 10.9.0.12:0
  IP NONE 172.16.1.0:0 0.0.0.7:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.6:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.1.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.1.6:40001 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr persistent 100 mask 255.255.255.0
    -> 10.9.0.11:0                  Route   1      2          0         |
    -> 10.9.0.12:0                  Route   1      2          0         |
$ ipvsadm -Sn
  -A -f 7 -s rr -p 100 -M 255.255.255.0
  -a -f 7 -r 10.9.0.11:0 -g -w 1
  -a -f 7 -r 10.9.0.12:0 -g -w 1

## two-marks
Two marks are two services, each with templates of its own.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ mark add --dst 10.9.0.100 --proto tcp --dports 443 --set-mark 8
$ ipvsadm -A -f 7 -s rr -p 100
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -f 8 -s rr -p 100
$ ipvsadm -a -f 8 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.11:0
  IP NONE 172.16.0.5:0 0.0.0.8:0 10.9.0.12:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## ftp
FTP by a mark: control and passive data connections under one mark go to one real server without knowing FTP.

$ mark add --dst 10.9.0.100 --proto tcp --dports 21,1024:65535 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:21 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.6:40001 > 10.9.0.100:21 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:55555 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:55555 S seq=1000 ttl=63 df id=77
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.12:0
  IP NONE 172.16.0.6:0 0.0.0.7:0 10.9.0.11:0
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:21 10.9.0.12:21
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:55555 10.9.0.12:55555
  TCP SYN_RECV 172.16.0.6:40001 10.9.0.100:21 10.9.0.11:21

## quiesced-server
Weight 0 keeps its clients; with expire_quiescent_template it loses them.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -f 7 -r 10.9.0.12 -g -w 0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77
$ sysctl expire_quiescent_template=1
> gw tcp 172.16.0.5:40003 > 10.9.0.100:443 S
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.11:0
  IP NONE 172.16.0.5:0 0.0.0.7:65535 10.9.0.12:65535
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:443 10.9.0.11:443

## ipv6
IPv6's template has the mark in the first four bytes of an address.

$ mark add --dst fd00:9::100 --proto tcp --dports 80,443 --set-mark 258
$ ipvsadm -A -f 258 -6 -s rr -p 100 -M 64
$ ipvsadm -a -f 258 -6 -r fd00:9::b -g
$ ipvsadm -a -f 258 -6 -r fd00:9::c -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8::6]:40001 > [fd00:9::100]:443 S
  rs2 tcp [2001:db8::6]:40001 > [fd00:9::100]:443 S seq=1000 hlim=63
conns
  IP NONE [2001:db8::]:0 [0:102::]:0 [fd00:9::c]:0
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80
  TCP SYN_RECV [2001:db8::6]:40001 [fd00:9::100]:443 [fd00:9::c]:443
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  258 IPv6 rr persistent 100 mask 64
    -> [fd00:9::b]:0                Route   1      0          0         |
    -> [fd00:9::c]:0                Route   1      2          0         |
$ ipvsadm -Sn
  -A -f 258 -6 -s rr -p 100 -M 64
  -a -f 258 -6 -r [fd00:9::b]:0 -g -w 1
  -a -f 258 -6 -r [fd00:9::c]:0 -g -w 1

## one-packet-scheduling
With one-packet scheduling the template is all that there is.

$ mark add --dst 10.9.0.100 --proto udp --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 100 -o
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
repeat 2 > gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw udp 172.16.0.5:3334 > 10.9.0.100:54 data="q"
  rs2 udp 172.16.0.5:3334 > 10.9.0.100:54 ttl=63 id=77 data="q"
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.12:0
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr persistent 100 ops
    -> 10.9.0.11:0                  Route   1      0          0         |
    -> 10.9.0.12:0                  Route   1      0          0         |
