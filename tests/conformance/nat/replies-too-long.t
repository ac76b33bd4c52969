# Replies of NAT real servers that are too long for the way to the client.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## refused-before-ipvs-sees-it
In IPv4 the router refuses it before IPVS sees it: it does not count, nor step the state.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
route 172.16.0.0/16 via 10.9.0.1 mtu 1000
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 SA seq=1
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 SA seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 PA seq=2 data=1200
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/4 mtu=1000 ttl=64 tos=192 quote=548 quoting (tcp 10.9.0.11:8080 > 172.16.0.1:40000 PA seq=2 ttl=64 df id=77 data=508)
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 FA seq=2 data=1200
  rs1 icmp 10.9.0.2 > 10.9.0.11 3/4 mtu=1000 ttl=64 tos=192 quote=548 quoting (tcp 10.9.0.11:8080 > 172.16.0.1:40000 FA seq=2 ttl=64 df id=77 data=508)
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:8080
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       40
    -> 10.9.0.11:8080                      1        1        1       40       40

## in-pieces-it-counts-once
Without DF it leaves in pieces, and counts as the one packet that came.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
route 172.16.0.0/16 via 10.9.0.1 mtu 1000
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 FA seq=2 data=1200 nodf
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 FA seq=2 ttl=63 frag=0+ id=77 data=956
  gw ip 10.9.0.100 > 172.16.0.1 proto=6 ttl=63 frag=976 id=77 data=244#8d06 (last)
conns
  TCP TIME_WAIT 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:8080
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40     1240
    -> 10.9.0.11:8080                      1        1        1       40     1240
