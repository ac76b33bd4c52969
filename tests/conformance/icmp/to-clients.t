# ICMP errors from real servers and from routers behind the director, about requests: they go to the client.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## server-says-unreachable-by-udp
Port unreachable from a NAT real server: the virtual address and port stand inside, the server's nowhere.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=40
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=40
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77)

## whole-quotation
A long quotation is relayed as long as it is; its UDP checksum is not made right for the virtual address.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=40
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=40
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting last quote=all
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=63 id=77 quote=68 quoting (udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 badsum data=40)

## router-behind-the-director
An error by a router between director and server leaves with the virtual address as its source: the router's is not told.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs2 icmp 10.9.0.12 > 172.16.0.5 11/0 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 df id=77 (cut))

## every-type
Unreachable of all codes, source quench (4), time exceeded (11) are relayed; redirect (5) and parameter problem (12) are routed as they are, with the server's address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/0 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/13 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001)
  gw icmp 10.9.0.100 > 172.16.0.5 3/13 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1001 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 4/0 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001)
  gw icmp 10.9.0.100 > 172.16.0.5 4/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1001 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 11/1 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001)
  gw icmp 10.9.0.100 > 172.16.0.5 11/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1001 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 12/0 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001)
  gw icmp 10.9.0.11 > 172.16.0.5 12/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 seq=1001 ttl=64 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 5/1 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001)
  gw icmp 10.9.0.11 > 172.16.0.5 5/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 seq=1001 ttl=64 df id=77 (cut))

## they-are-no-life-sign
An error neither steps the connection's state nor begins its time anew, but counts as a packet of the server.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
wait 5
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 df id=77 (cut))
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 54s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:8080                      1        1        1       40       56

## wrong-checksum
An error with a wrong checksum is dropped.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting last badsum
  (nothing)

## no-connection
An error about no connection is routed as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting (tcp 172.16.0.5:9 > 10.9.0.11:8080 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:9 > 10.9.0.11:8080 seq=1000 ttl=64 df id=77 (cut))

## short-quotation
Of a quotation of 20 bytes, or 22, nothing can be found; with 24 the ports are there.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quote=20 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/1 ttl=63 id=77 quote=20 quoting (ip 172.16.0.5 > 10.9.0.11 proto=6 ttl=64 df id=77)
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quote=22 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/1 ttl=63 id=77 quote=22 quoting (ip 172.16.0.5 > 10.9.0.11 proto=6 ttl=64 df id=77 hex=9c41)
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quote=24 quoting (tcp 172.16.0.5:40001 > 10.9.0.11:8080 S)
  gw icmp 10.9.0.100 > 172.16.0.5 3/1 ttl=63 id=77 quote=24 quoting (ip 172.16.0.5 > 10.9.0.100 proto=6 ttl=64 df id=77 hex=9c410050)

## quoted-fragment
A quoted later fragment is read as if it were a first one: what stands in place of the ports may be those of a connection.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=40
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=40
> rs1 icmp 10.9.0.11 > 172.16.0.5 11/0 quoting (udp 172.16.0.5:40001 > 10.9.0.11:5353 frag=1480 data=40)
  gw icmp 10.9.0.100 > 172.16.0.5 11/0 ttl=63 id=77 quote=28 quoting (ip 172.16.0.5 > 10.9.0.100 proto=17 ttl=64 frag=1480 id=77 hex=9c41003500301aa9 (last))

## end-of-ttl
An error with TTL 1 is not relayed; nobody is told, for it is an error.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting last ttl=1
  (nothing)

## direct-routing-needs-none
A direct routing server's errors are no business of the director: it routes them as they are.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting last
  gw icmp 10.9.0.11 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 df id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/3 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S)
  gw icmp 10.9.0.11 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=64 df id=77 (cut))

## server-deleted
An error of a deleted server is relayed all the same.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11:8080
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/1 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/1 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 df id=77 (cut))

## ipv6-port-unreachable
ICMPv6 errors of a NAT real server should get the virtual address, inside and outside; the kernel drops them all.
differs: icmpv6-checksum

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=40
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 data=40
> rs1 icmp fd00:9::b > 2001:db8::5 1/4 quoting last
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=63 quote=88 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 badsum data=40)

## ipv6-tcp
The same for TCP, and for every code of unreachable.
differs: icmpv6-checksum

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> rs1 icmp fd00:9::b > 2001:db8::5 1/1 quoting last
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 1/1 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63 badsum)
> rs1 icmp fd00:9::b > 2001:db8::5 1/4 quoting (tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S)
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=64 badsum)

## ipv6-too-big
Packet too big about a request should go to the client with its MTU; the kernel drops it.
differs: icmpv6-checksum

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> rs2 icmp fd00:9::c > 2001:db8::5 2/0 mtu=1400 quoting last
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1400 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63 badsum)
> rs2 icmp fd00:9::c > 2001:db8::5 3/0 quoting (tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 A seq=1001)
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 3/0 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 hlim=64 badsum)
> rs2 icmp fd00:9::c > 2001:db8::5 4/1 quoting (tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 A seq=1001)
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 4/1 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 hlim=64 badsum)

## ipv6-wrong-checksum
An ICMPv6 error with a wrong checksum is dropped.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> rs1 icmp fd00:9::b > 2001:db8::5 1/4 quoting last badsum
  (nothing)

## ipv6-checksum-without-addresses
The same error twice, port unreachable about a request: with its right checksum, and with one that leaves the addresses out, against RFC 4443 §2.3. The kernel drops the first and relays the second.
differs: icmpv6-checksum

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> rs1 raw 86dd6000000000443a40fd00000900000000000000000000000b20010db8000000000000000000000005010412c800000000600000000014063f20010db8000000000000000000000005fd00000900000000000000000000000b9c411f90000003e8000000005002200000000000
  (nothing)
~ gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63 badsum)
> rs1 raw 86dd6000000000443a40fd00000900000000000000000000000b20010db800000000000000000000000501043e1900000000600000000014063f20010db8000000000000000000000005fd00000900000000000000000000000b9c411f90000003e8000000005002200000000000
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=63 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63 badsum)
~ (nothing)
