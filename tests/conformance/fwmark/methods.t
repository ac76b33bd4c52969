# How a firewall mark's connections are forwarded.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat-without-a-port
A NAT real server of port 0 gets connections on the port that the client asked for; replies come from the address that
it asked for.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 7
$ mark add --dst 10.9.0.101 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:443 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:443 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:443 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:443 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.101:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40002 SA seq=5000 ack=1001
  gw tcp 10.9.0.101:80 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:443 10.9.0.11:443
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.101:80 10.9.0.11:80

## nat-with-a-port
A NAT real server with a port gets all of them there.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:443 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40002 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:443 > 172.16.0.5:40002 SA seq=5000 ack=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:8080               Masq    1      2          0         |

## one-host-on-two-ports
One host may be two real servers of a mark's service, by its ports.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11:8080 -m
$ ipvsadm -a -f 7 -r 10.9.0.11:8081 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8081 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77

## tunnel
In a tunnel packets are as they came.

$ mark add --dst 10.9.0.100 --proto udp --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -i
$ ipvsadm -a -f 7 -r 10.9.0.12 -i --tun-type gre
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 gre 10.9.0.2 > 10.9.0.12 ttl=63 (udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q")
> gw udp 172.16.0.5:3334 > 10.9.0.100:54 data="q"
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.5:3334 > 10.9.0.100:54 ttl=63 id=77 data="q")
$ ipvsadm -Ln --tun-info
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:0                  Tunnel  ipip          1      0          1         |
    -> 10.9.0.12:0                  Tunnel  gre:-c        1      0          1         |

## direct-routing-with-a-port
For a mark's service the port of a real server of direct routing is kept in the list, and does nothing.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11:8080 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:8080               Route   1      1          0         |

## all-three
One mark's service may have all methods, and NAT's replies are told apart.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -i
$ ipvsadm -a -f 7 -r 10.9.0.13:81 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs3 tcp 172.16.0.5:40001 > 10.9.0.13:81 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> rs3 tcp 10.9.0.13:81 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr
    -> 10.9.0.11:0                  Route   1      1          0         |
    -> 10.9.0.12:0                  Tunnel  1      1          0         |
    -> 10.9.0.13:81                 Masq    1      1          0         |

## one-packet-scheduling
One-packet scheduling is for the mark's datagrams; TCP has connections as ever.

$ mark add --dst 10.9.0.100 --set-mark 7
$ ipvsadm -A -f 7 -s rr -o
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
repeat 3 > gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 rr ops
    -> 10.9.0.11:0                  Route   1      1          0         |
    -> 10.9.0.12:0                  Route   1      0          0         |

## errors-from-the-clients-side
An ICMP error has a mark or none, and that is all the same: its connection is found.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw icmp 172.16.9.9 > 10.9.0.100 3/4 mtu=1400 quoting last
  rs1 icmp 172.16.9.9 > 10.9.0.11 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 seq=5000 ttl=63 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 S)
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=64 df id=77 (cut))
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  FWM  7                                   1        2        2       96       96
    -> 10.9.0.11:8080                      1        2        2       96       96

## ping
A ping to a marked address is the host's.

$ mark add --dst 10.9.0.100 --set-mark 7
$ ipvsadm -A -f 7 -s rr
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=1/1
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=1/1 ttl=64
conns

## ipv6
All methods with IPv6.

$ mark add --dst fd00:9::100 --proto tcp --dports 80,443 --set-mark 7
$ ipvsadm -A -f 7 -6 -s rr
$ ipvsadm -a -f 7 -6 -r fd00:9::b -g
$ ipvsadm -a -f 7 -6 -r fd00:9::c -i
$ ipvsadm -a -f 7 -6 -r [fd00:9::d]:81 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs3 tcp [2001:db8::5]:40001 > [fd00:9::d]:81 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S
  rs2 ipip fd00:9::2 > fd00:9::c hlim=63 (tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S seq=1000 hlim=63)
> gw tcp [2001:db8::5]:40003 > [fd00:9::100]:443 S
  rs1 tcp [2001:db8::5]:40003 > [fd00:9::100]:443 S seq=1000 hlim=63
> rs3 tcp [fd00:9::d]:81 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
conns
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::d]:81
  TCP SYN_RECV [2001:db8::5]:40002 [fd00:9::100]:80 [fd00:9::c]:80
  TCP SYN_RECV [2001:db8::5]:40003 [fd00:9::100]:443 [fd00:9::b]:443
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  7 IPv6 rr
    -> [fd00:9::b]:0                Route   1      1          0         |
    -> [fd00:9::c]:0                Tunnel  1      1          0         |
    -> [fd00:9::d]:81               Masq    1      1          0         |
