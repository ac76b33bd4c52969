# cache_bypass: packets of a firewall mark's service without a real server go on to where they were bound.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## on
Without a cache the client talks to the server that it meant, by a connection that nobody serves.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g -w 0
$ sysctl cache_bypass=1
> rs8 tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S seq=1000 ttl=63 df id=77
> rs8 tcp 172.16.0.5:40001 > 198.51.100.7:80 A seq=1001 ack=1
  gw tcp 172.16.0.5:40001 > 198.51.100.7:80 A seq=1001 ack=1 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 198.51.100.7:80 0.0.0.0:0
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  FWM  4                                   0        0        0        0        0
    -> 10.9.0.11:0                         0        0        0        0        0

## off
Without it they get nothing: the host has no answer for an address that is not its own.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g -w 0
> rs8 tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  (nothing)
conns

## cache-comes-back
Known connections go on past the cache; new ones go to it.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ sysctl cache_bypass=1
> rs8 tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -a -f 4 -r 10.9.0.11 -g
> rs8 tcp 172.16.0.5:40001 > 198.51.100.7:80 A seq=1001 ack=1
  gw tcp 172.16.0.5:40001 > 198.51.100.7:80 A seq=1001 ack=1 ttl=63 df id=77
> rs8 tcp 172.16.0.5:40002 > 198.51.100.7:80 S
  rs1 tcp 172.16.0.5:40002 > 198.51.100.7:80 S seq=1000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 198.51.100.7:80 0.0.0.0:0
  TCP SYN_RECV 172.16.0.5:40002 198.51.100.7:80 10.9.0.11:80

## services-by-address
A service by address and port knows no bypass: port unreachable.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ sysctl cache_bypass=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
conns

## own-address
A marked packet to an address of the director itself cannot go on: port unreachable.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80 --set-mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g -w 0
$ sysctl cache_bypass=1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
conns

## time-to-live
It is forwarded as by a router, one hop less; at the end nobody is told: the host has no address to say it with.

$ mark add --dst 198.51.100.0/24 --proto udp --dports 53 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ sysctl cache_bypass=1
> rs8 udp 172.16.0.5:3333 > 198.51.100.7:53 ttl=2 data="q"
  gw udp 172.16.0.5:3333 > 198.51.100.7:53 ttl=1 id=77 data="q"
> rs8 udp 172.16.0.5:3333 > 198.51.100.7:53 ttl=1 data="q"
  (nothing)

## ipv6
IPv6 is no different.

$ mark add --dst 2001:db8:7::/48 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -6 -s rr
$ sysctl cache_bypass=1
> rs8 tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S
  gw tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S seq=1000 hlim=63
conns
  TCP SYN_RECV [2001:db8::5]:40001 [2001:db8:7::7]:80 [::]:0
> rs8 tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 A seq=1001 ack=1 hlim=1
  gw icmp fd00:9::2 > 2001:db8::5 3/0 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 A seq=1001 ack=1 hlim=1)
