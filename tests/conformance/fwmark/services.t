# What a firewall mark's service takes.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## several-addresses
One mark makes one service of several virtual addresses and ports; its real servers take turns over all.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ mark add --dst 10.9.0.101 --proto tcp --dports 80,8080 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.101:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.101:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.101:8080 S
  rs2 tcp 172.16.0.5:40003 > 10.9.0.101:8080 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.101:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.101:8080 10.9.0.12:8080
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  FWM  7                                   3        3        0      120        0
    -> 10.9.0.11:0                         1        1        0       40        0
    -> 10.9.0.12:0                         2        2        0       80        0

## before-the-address
A mark's service comes before one of the packet's address and port.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.13 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S
  rs3 tcp 172.16.0.5:40001 > 10.9.0.100:81 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.12:80                 Route   1      0          0         |
  TCP  10.9.0.100:81 rr
    -> 10.9.0.13:81                 Route   1      1          0         |
  FWM  7 rr
    -> 10.9.0.11:0                  Route   1      1          0         |

## mark-without-a-service
A mark that no service has does no harm: address and port count.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 8 -s rr
$ ipvsadm -a -f 8 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## mark-without-a-server
A mark's service without a real server does not leave its packets to the address's service: port unreachable.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
conns

## several-protocols
A mark's service has no protocol: TCP, UDP and SCTP take turns together.

$ mark add --dst 10.9.0.100 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0
  rs2 sctp 172.16.0.5:40001 > 10.9.0.100:36412 INIT tag=0 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT1 172.16.0.5:40001 10.9.0.100:36412 10.9.0.12:36412
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53

## two-families
A mark's service is of one family; the other one's has the same number and nothing else in common.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ mark add --dst fd00:9::100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -f 7 -6 -s wlc
$ ipvsadm -a -f 7 -6 -r fd00:9::c -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:0                  Route   1      1          0         |
  FWM  7 IPv6 wlc
    -> [fd00:9::c]:0                Route   1      1          0         |
$ ipvsadm -Sn
  -A -f 7 -s rr
  -a -f 7 -r 10.9.0.11:0 -g -w 1
  -A -f 7 -6 -s wlc
  -a -f 7 -6 -r [fd00:9::c]:0 -g -w 1
$ ipvsadm -D -f 7
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S seq=1000 hlim=63
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 IPv6 wlc
    -> [fd00:9::c]:0                Route   1      2          0         |

## other-family-only
A mark of IPv4 packets is nothing to a mark's service of IPv6.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -6 -s rr
$ ipvsadm -a -f 7 -6 -r fd00:9::c -g
$ ipvsadm -A -t 10.9.0.100:22 -s rr
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0

## last-rule-counts
Of several rules that match, the last one's mark counts.

$ mark add --dst 10.9.0.100 --proto tcp --set-mark 7
$ mark add --dst 10.9.0.100 --proto tcp --dports 443 --set-mark 8
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -f 8 -s rr
$ ipvsadm -a -f 8 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77

## bits
Rules may set some bits of a mark; the service is for the whole number.

$ mark add --dst 10.9.0.100 --proto tcp --set-mark 0x10/0xf0
$ mark add --dst 10.9.0.100 --proto tcp --dports 443 --set-mark 0x3/0xf
$ ipvsadm -A -f 16 -s rr
$ ipvsadm -a -f 16 -r 10.9.0.11 -g
$ ipvsadm -A -f 19 -s rr
$ ipvsadm -a -f 19 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:443 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:443 S seq=1000 ttl=63 df id=77

## clients-from-somewhere
A mark by source gives some clients other real servers.

$ mark add --dst 10.9.0.100 --src 172.16.0.0/24 --proto tcp --dports 80 --set-mark 7
$ mark add --dst 10.9.0.100 --src 172.16.1.0/24 --proto tcp --dports 80 --set-mark 8
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -f 8 -s rr
$ ipvsadm -a -f 8 -r 10.9.0.12 -g
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g
picks 3 gw tcp {172.16.0.5,172.16.1.5,172.16.2.5}:40001 > 10.9.0.100:80 S
  1 2 3

## ranges-of-ports
A mark may be for a range of ports, and for ports that clients come from.

$ mark add --dst 10.9.0.100 --proto tcp --dports 8000:8010 --set-mark 7
$ mark add --dst 10.9.0.100 --proto tcp --sports 1000:2000 --set-mark 8
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -f 8 -s rr
$ ipvsadm -a -f 8 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:8000 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:8000 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:8010 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:8010 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:8011 S
  gw tcp 10.9.0.100:8011 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:1500 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:1500 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## known-connections
A known connection goes on with whatever mark its packets have by now.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -f 8 -s rr
$ ipvsadm -a -f 8 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 8
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## service-deleted
Once its service is gone a mark means nothing: connections get silence, newcomers go by the address.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -D -f 7
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  (nothing)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## fragments
A later fragment has no ports, and so no mark; the datagram has its first fragment's mark.

$ mark add --dst 10.9.0.100 --proto udp --dports 53 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -m
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=2000 fragment=1500
  rs1 udp 172.16.0.5:3333 > 10.9.0.11:53 ttl=63 frag=0+ id=77 data=1472
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=17 ttl=63 frag=1480 id=77 data=528#b6c3 (last)
> gw udp 172.16.0.5:3334 > 10.9.0.100:53 data=2000 fragment=1500 order=2,1
  rs1 udp 172.16.0.5:3334 > 10.9.0.11:53 ttl=63 frag=0+ id=77 data=1472
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=17 ttl=63 frag=1480 id=77 data=528#b6c3 (last)

## hashing
Hashing schedulers hash clients as ever.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 7
$ ipvsadm -A -f 7 -s sh
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
$ ipvsadm -a -f 7 -r 10.9.0.13 -g
picks 8 gw tcp 172.16.0.{1+}:40000 > 10.9.0.100:80 S
  1 2 2 3 2 3 2 1
picks 8 gw tcp 172.16.0.{1+}:40000 > 10.9.0.100:443 S
  1 2 2 3 2 3 2 1

## numbers
Marks are 32 bits; ipvsadm lists those from 2^31 on as negative numbers. 0 is none.

$ ipvsadm -A -f 4294967295 -s rr
$ ipvsadm -A -f 2147483648 -s rr
$ ipvsadm -A -f 2147483647 -s rr
$ ipvsadm -A -f 1 -s rr
$ ipvsadm -A -f 0 -s rr
  invalid fwmark value `0' specified
  [2]
$ ipvsadm -A -f 4294967296 -s rr
  invalid fwmark value `4294967296' specified
  [2]
$ ipvsadm -A -f -1 -s rr
  invalid fwmark value `-1' specified
  [2]
$ ipvsadm -A -f 0x10 -s rr
  invalid fwmark value `0x10' specified
  [2]
$ ipvsadm -A -f x -s rr
  invalid fwmark value `x' specified
  [2]
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  1 rr
  FWM  2147483647 rr
  FWM  -2147483648 rr
  FWM  -1 rr
$ ipvsadm -Sn
  -A -f 1 -s rr
  -A -f 2147483647 -s rr
  -A -f -2147483648 -s rr
  -A -f -1 -s rr

## commands
A mark's service is refused for the same reasons as any other.

$ ipvsadm -A -f 7 -s rr
$ ipvsadm -A -f 7 -s wrr
  Service already exists
  [255]
$ ipvsadm -E -f 8 -s rr
  No such service
  [255]
$ ipvsadm -D -f 8
  No such service
  [255]
$ ipvsadm -a -f 8 -r 10.9.0.11
  Service not defined
  [255]
$ ipvsadm -a -f 7 -r 10.9.0.11
$ ipvsadm -a -f 7 -r 10.9.0.11
  Destination already exists
  [255]
$ ipvsadm -a -f 7 -r 10.9.0.11:80 -m
$ ipvsadm -a -f 7 -r fd00:9::b
  Different address family is allowed only for tunneling servers
  [2]
$ ipvsadm -A -f 7 -6 -s rr
$ ipvsadm -A -6 -f 8 -s rr
  -6 used before -f
  |
  [2]
$ ipvsadm -L -n -f 7
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:0                  Route   1      0          0         |
    -> 10.9.0.11:80                 Masq    1      0          0         |
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:0                  Route   1      0          0         |
    -> 10.9.0.11:80                 Masq    1      0          0         |
  FWM  7 IPv6 rr
