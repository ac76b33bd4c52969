# Marks for packets to networks, which only their mark brings to the director.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## direct-routing
A packet to any address of the network is scheduled; the real server gets it as it came.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g
$ ipvsadm -a -f 4 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  rs2 tcp 172.16.0.5:40001 > 198.51.100.7:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 198.51.100.8:80 S
  rs1 tcp 172.16.0.5:40001 > 198.51.100.8:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 198.51.100.7:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 198.51.100.8:80 10.9.0.11:80

## nat
NAT's replies come from the address that the client asked for.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11:3128 -m
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:3128 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:3128 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 198.51.100.7:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77

## caches-by-destination
With the scheduler dh each destination has its cache.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s dh
$ ipvsadm -a -f 4 -r 10.9.0.11 -g
$ ipvsadm -a -f 4 -r 10.9.0.12 -g
$ ipvsadm -a -f 4 -r 10.9.0.13 -g
picks 8 gw tcp 172.16.0.5:{40001+} > 198.51.100.{1..8}:80 S
  3 1 1 2 3 2 3 3
picks 8 gw tcp 172.16.0.6:{40001+} > 198.51.100.{1..8}:80 S
  3 1 1 2 3 2 3 3

## not-marked
What is not marked is routed as ever.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g
> rs8 tcp 10.9.0.18:40001 > 198.51.100.7:22 S
  gw tcp 10.9.0.18:40001 > 198.51.100.7:22 S seq=1000 ttl=63 df id=77
> rs8 tcp 10.9.0.18:40001 > 192.0.2.7:80 S
  gw tcp 10.9.0.18:40001 > 192.0.2.7:80 S seq=1000 ttl=63 df id=77

## no-server
Without a real server IPv4 is silent, for the host has no address to say it with; IPv6 says port unreachable from
the director's own address.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
$ mark add --dst 2001:db8:7::/48 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -A -f 4 -6 -s rr
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  (nothing)
> gw tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S
  gw icmp fd00:9::2 > 2001:db8::5 1/4 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S seq=1000 hlim=64)

## end-of-ttl
At the end of its time to live an IPv4 packet gets no answer, either.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S ttl=1
  (nothing)

## end-of-hop-limit
IPv6 says hop limit exceeded from the director's own address.

$ mark add --dst 2001:db8:7::/48 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -6 -s rr
$ ipvsadm -a -f 4 -6 -r fd00:9::b -g
> gw tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S hlim=1
  gw icmp fd00:9::2 > 2001:db8::5 3/0 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S seq=1000 hlim=1)

## too-long-for-the-tunnel
Where an IPv4 packet does not fit into the tunnel nobody is told.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 S
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 198.51.100.7:80 S seq=1000 ttl=63 df id=77)
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 A seq=1001 ack=5001 data=1460
  (nothing)

## too-long-for-the-tunnel-of-ipv6
IPv6 says packet too big from the director's own address.

$ mark add --dst 2001:db8:7::/48 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -6 -s rr
$ ipvsadm -a -f 4 -6 -r fd00:9::b -i
> gw tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 S seq=1000 hlim=63)
> gw tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 A seq=1001 ack=5001 data=1440
  gw icmp fd00:9::2 > 2001:db8::5 2/0 mtu=1460 hlim=64 quote=1232 quoting (tcp [2001:db8::5]:40001 > [2001:db8:7::7]:80 A seq=1001 ack=5001 hlim=63 data=1172)

## in-midstream
A segment that opens nothing gets no answer.

$ mark add --dst 198.51.100.0/24 --proto tcp --dports 80 --set-mark 4
deliver mark 4
$ ipvsadm -A -f 4 -s rr
$ ipvsadm -a -f 4 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 198.51.100.7:80 A seq=1001 ack=5001
  (nothing)
