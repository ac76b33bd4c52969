# What comes back of connections without NAT when the director is on its way.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## error-to-the-vip-about-a-request
An error about a request counts as outgoing, wherever it goes: here to the VIP itself.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/3 quoting sent
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:80                        1        1        1       40       56

## error-to-the-client-about-a-request
A real server, or a router before it, tells the client; the director is the way to the client.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
> gw tcp 172.16.0.2:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.2:40000 > 10.9.0.100:80 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.2 3/3 quoting recent
  gw icmp 10.9.0.11 > 172.16.0.2 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.2:40000 > 10.9.0.100:80 seq=1 ttl=63 df id=77 (cut))
> rs1 icmp 10.9.0.99 > 172.16.0.2 3/1 quoting last
  gw icmp 10.9.0.99 > 172.16.0.2 3/1 ttl=63 id=77 quote=28 quoting (icmp 10.9.0.11 > 172.16.0.2 3/3 ttl=63 id=77 quote=0 quoting (bytes ))
> rs1 icmp 10.9.0.99 > 172.16.0.3 3/1 quoting last badsum
  gw icmp 10.9.0.99 > 172.16.0.3 3/1 ttl=63 id=77 badsum quote=28 quoting (icmp 10.9.0.99 > 172.16.0.2 3/1 ttl=63 id=77 quote=0 quoting (bytes ))
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:80                        1        1        1       40       56

## tunnelled-request
The same with a tunnel; only what is quoted without the tunnel's header is known.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -i
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1 ttl=63 df id=77)
> rs1 icmp 10.9.0.99 > 172.16.0.1 3/1 quoting sent
  gw icmp 10.9.0.99 > 172.16.0.1 3/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=64 df id=77 (cut))
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:80                        1        1        1       40       56

## error-that-goes-no-further
A router looks at TTL before IPVS.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
> gw tcp 172.16.0.2:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.2:40000 > 10.9.0.100:80 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.2 3/3 ttl=1 quoting recent
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0

## ipv6-error-about-a-request
In IPv6.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1
  rs1 tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1 hlim=63
> gw icmp 2001:db8::99 > fd00:9::100 1/4 quoting sent
  (nothing)
> gw tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1
  rs1 tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1 hlim=63
> rs1 icmp fd00:9::b > 2001:db8::1 1/4 quoting recent
  gw icmp fd00:9::b > 2001:db8::1 1/4 hlim=63 quote=60 quoting (tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1 hlim=63)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  [fd00:9::100]:80                    1        2        2      120      216
    -> [fd00:9::b]:80                      1        2        2      120      216

## ipv6-replies-through-the-director
No IPv6 host minds a packet from its own VIP: where the director is the real server's router, it sees the replies. They
count, and step the connection's state.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1
  rs1 tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1 hlim=63
> rs1 tcp [fd00:9::100]:80 > [2001:db8::1]:40000 SA seq=1
  gw tcp [fd00:9::100]:80 > [2001:db8::1]:40000 SA seq=1 hlim=63
conns
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::b]:80
> gw tcp [2001:db8::1]:40000 > [fd00:9::100]:80 A seq=2
  rs1 tcp [2001:db8::1]:40000 > [fd00:9::100]:80 A seq=2 hlim=63
conns
  TCP ESTABLISHED [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::b]:80
> rs1 tcp [fd00:9::100]:80 > [2001:db8::1]:40000 FA seq=1
  gw tcp [fd00:9::100]:80 > [2001:db8::1]:40000 FA seq=1 hlim=63
timers
  TCP FIN_WAIT [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::b]:80 119s
> rs1 tcp [fd00:9::100]:80 > [2001:db8::1]:40009 R seq=1
  gw tcp [fd00:9::100]:80 > [2001:db8::1]:40009 R seq=1 hlim=63
conns
  TCP FIN_WAIT [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::b]:80
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  [fd00:9::100]:80                    1        2        2      120      120
    -> [fd00:9::b]:80                      1        2        2      120      120
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  [fd00:9::100]:80 rr
    -> [fd00:9::b]:80               Route   1      0          1         |

## ipv6-udp-replies-of-a-tunnelled-server
A datagram from the VIP starts the connection's five minutes anew.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -i
> gw udp [2001:db8::1]:40000 > [fd00:9::100]:53 data=10
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (udp [2001:db8::1]:40000 > [fd00:9::100]:53 hlim=63 data=10)
wait 3
> rs1 udp [fd00:9::100]:53 > [2001:db8::1]:40000 data=10
  gw udp [fd00:9::100]:53 > [2001:db8::1]:40000 hlim=63 data=10
timers
  UDP UDP [2001:db8::1]:40000 [fd00:9::100]:53 [fd00:9::b]:53 299s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  [fd00:9::100]:53                    1        1        1       58       58
    -> [fd00:9::b]:53                      1        1        1       58       58

## ipv6-nat-server-as-the-vip
With NAT, the VIP is not who answers.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -m
> gw tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1
  rs1 tcp [2001:db8::1]:40000 > [fd00:9::b]:80 S seq=1 hlim=63
> rs1 tcp [fd00:9::100]:80 > [2001:db8::1]:40000 SA seq=1
  gw tcp [fd00:9::100]:80 > [2001:db8::1]:40000 SA seq=1 hlim=63
conns
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::b]:80
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  [fd00:9::100]:80                    1        1        0       60        0
    -> [fd00:9::b]:80                      1        1        0       60        0

## parameter-problems-and-redirects
To IPVS, redirects (5) and parameter problems (12) of IPv4 are no errors: they do not count, whoever they come from; here also from a server that has another service by NAT.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.14:80 -i
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.14:53 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1 ttl=63 df id=77)
> rs4 icmp 10.9.0.14 > 172.16.0.1 12/0 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1)
  gw icmp 10.9.0.14 > 172.16.0.1 12/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=64 df id=77 (cut))
> rs4 icmp 10.9.0.14 > 172.16.0.1 5/1 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1)
  gw icmp 10.9.0.14 > 172.16.0.1 5/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.99 > 172.16.0.1 12/0 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1)
  gw icmp 10.9.0.99 > 172.16.0.1 12/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=64 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 12/0 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1)
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.14:80                        1        1        0       40        0
  UDP  10.9.0.100:53                       0        0        0        0        0
    -> 10.9.0.14:53                        0        0        0        0        0
> rs4 icmp 10.9.0.14 > 172.16.0.1 11/0 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1)
  gw icmp 10.9.0.14 > 172.16.0.1 11/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=64 df id=77 (cut))
> rs4 icmp 10.9.0.14 > 172.16.0.1 4/0 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1)
  gw icmp 10.9.0.14 > 172.16.0.1 4/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=64 df id=77 (cut))
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        2       40      112
    -> 10.9.0.14:80                        1        1        2       40      112
  UDP  10.9.0.100:53                       0        0        0        0        0
    -> 10.9.0.14:53                        0        0        0        0        0

## nat-error-with-a-wrong-checksum
One about a NAT request, to the VIP itself, counts only if its checksum is right.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:80 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 10.9.0.100 3/3 quoting (tcp 172.16.0.1:40000 > 10.9.0.11:80 S seq=1) badsum
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
> rs1 icmp 10.9.0.11 > 10.9.0.100 3/3 quoting (tcp 172.16.0.1:40000 > 10.9.0.11:80 S seq=1)
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:80                        1        1        1       40       56
