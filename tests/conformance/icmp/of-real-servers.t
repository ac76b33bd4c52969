# What NAT real servers themselves say by ICMP, about connections that are none of the director's.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## about-others
A real server's errors about packets that did not come through NAT go on, as a router sends them.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting (udp 172.16.0.5:40001 > 10.9.0.11:53)
  gw icmp 10.9.0.11 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (udp 172.16.0.5:40001 > 10.9.0.11:53 ttl=64 id=77)
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 seq=1000 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting (tcp 172.16.0.5:40001 > 10.9.0.12:8080 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.12:8080 seq=1000 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting (tcp 172.16.0.5:40001 > 10.9.0.99:80 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.99:80 seq=1000 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 5/1 quoting (tcp 172.16.0.5:40001 > 10.9.0.99:80 S)
  gw icmp 10.9.0.11 > 172.16.0.5 5/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.99:80 seq=1000 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 11/0 quoting (tcp 172.16.0.5:40001 > 10.9.0.99:80 S) ttl=1
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:8080                      0        0        0        0        0
    -> 10.9.0.12:8080                      0        0        0        0        0

## about-others-in-ipv6
The same in IPv6.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> rs1 icmp fd00:9::b > 2001:db8::5 1/4 quoting (udp [2001:db8::5]:40001 > [fd00:9::b]:53)
  gw icmp fd00:9::b > 2001:db8::5 1/4 hlim=63 quote=48 quoting (udp [2001:db8::5]:40001 > [fd00:9::b]:53 hlim=64)
> rs1 icmp fd00:9::b > 2001:db8::5 3/0 quoting (tcp [2001:db8::5]:40001 > [fd00:9::99]:80 S)
  gw icmp fd00:9::b > 2001:db8::5 3/0 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::99]:80 S seq=1000 hlim=64)
