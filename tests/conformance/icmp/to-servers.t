# ICMP errors to the virtual address, about replies: they go to the real server that sent the reply.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## direct-routing
With direct routing as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 172.16.0.5 > 10.9.0.100 3/3 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 172.16.0.5 > 10.9.0.100 3/3 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))

## tunnel
In the tunnel as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut)))

## every-type
Unreachable (3), source quench (4) and time exceeded (11) are about connections; redirect (5), parameter problem (12) and others (17, 40) are the host's.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/0 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 3/2 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/2 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 3/5 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/5 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 3/13 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/13 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 4/0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 4/0 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 5/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 11/0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 11/0 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 11/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 11/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 12/0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 17/0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 40/0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)

## sizes-of-mtu
The MTU of fragmentation needed is not looked at: 0, 68 and 65535 are relayed.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=0 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/4 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=68 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=68 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=65535 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=65535 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))

## sequence-numbers
The sequence number inside is not looked at, nor which flags.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=99999999)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=99999999 ttl=64 df id=77 (cut))

## short-quotation
20 bytes of quotation are not enough, 22 neither; 24 are.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=12 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=20 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=22 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=24 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=24 quoting (ip 10.9.0.100 > 172.16.0.5 proto=6 ttl=60 df id=77 hex=00509c41)

## nat-short-quotation
With NAT, too, 24 bytes of quotation are enough.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=20 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=24 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/1 ttl=63 id=77 quote=24 quoting (ip 10.9.0.11 > 172.16.0.5 proto=6 ttl=60 df id=77 hex=1f909c41)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=all quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/1 ttl=63 id=77 quote=40 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 A seq=5001 ttl=60 df id=77 badsum)

## nat-udp-whole
A whole quotation of UDP gets the server's address and port; its checksum is not made right.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=40
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=40
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:40001 data=40
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 id=77 data=40
> gw icmp 172.16.0.5 > 10.9.0.100 3/3 quoting last quote=all
  rs1 icmp 172.16.0.5 > 10.9.0.11 3/3 ttl=63 id=77 quote=68 quoting (udp 10.9.0.11:5353 > 172.16.0.5:40001 ttl=63 id=77 badsum data=40)

## nat-udp-reply-without-checksum
A NAT real server's datagram without a UDP checksum gets one on its way to the client.

$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11:5353 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data=40
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5353 ttl=63 id=77 data=40
> rs1 udp 10.9.0.11:5353 > 172.16.0.5:40001 data=40 nosum
  gw udp 10.9.0.100:53 > 172.16.0.5:40001 ttl=63 id=77 data=40
> gw icmp 172.16.0.5 > 10.9.0.100 3/3 quoting last quote=all
  rs1 icmp 172.16.0.5 > 10.9.0.11 3/3 ttl=63 id=77 quote=68 quoting (udp 10.9.0.11:5353 > 172.16.0.5:40001 ttl=63 id=77 badsum data=40)

## wrong-checksum
An error with a wrong checksum is dropped with NAT, direct routing and in tunnels.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 badsum quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11:8080 -g
  No such destination
  [255]
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 badsum quoting (tcp 10.9.0.100:80 > 172.16.0.5:40002 A seq=5001)
  (nothing)

## they-are-no-life-sign
An error neither steps the state nor begins the connection's time anew; it counts as a packet from the client.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
wait 5
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 54s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        2        0       96        0
    -> 10.9.0.11:80                        1        2        0       96        0

## ip-options-inside
A quoted packet may have IP options.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ipopts=94040000)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/1 ttl=63 id=77 quote=32 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 seq=5001 ttl=64 df ipopts=94040000 id=77 (cut))

## ip-options-outside
The error itself may have IP options.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 ipopts=94040000 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/1 ttl=63 ipopts=94040000 id=77 quote=28 quoting (tcp 10.9.0.11:8080 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))

## quoted-fragment
A quoted later fragment is read as if it were a first one: what stands in place of the ports may be those of a connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 11/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 nodf frag=0+ data=40)
  rs1 icmp 192.0.2.1 > 10.9.0.100 11/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=64 frag=0+ id=77 (cut))
> gw icmp 192.0.2.1 > 10.9.0.100 11/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 nodf frag=1480 data=40)
  rs1 icmp 192.0.2.1 > 10.9.0.100 11/1 ttl=63 id=77 quote=28 quoting (ip 10.9.0.100 > 172.16.0.5 proto=6 ttl=64 frag=1480 id=77 hex=00509c4100001389 (last))

## deleted-server
An error about a deleted server's connection still goes to that server, while the client's own packets are dropped.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs1 icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))

## end-of-ttl
An error with TTL 1 goes no further.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=1 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)

## ping-inside
An error about a ping of the virtual address is the host's own.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quoting (icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/1)
  (nothing)

## too-large-for-the-tunnel
An error that does not fit into the tunnel is cut outside, with DF, too: nobody is told about an error.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=all quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 data=1400)
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 id=77 quote=1440 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=64 df id=77 data=1400))
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 df quote=all quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 data=1430)
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 frag=0+ (icmp 192.0.2.1 > 10.9.0.100 3/1 ttl=63 df id=77 quote=1452 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=64 df id=77 data=1412))
  rs1 ip 10.9.0.2 > 10.9.0.11 proto=4 ttl=63 frag=1480 data=18#d2db (last)

## ipv6-direct-routing
ICMPv6: unreachable, too big and time exceeded are relayed; parameter problem is, too.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw icmp 2001:db8:1::1 > fd00:9::100 1/0 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 1/0 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 1/4 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 1/4 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 2/0 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 2/0 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 3/0 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 3/0 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 3/1 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 3/1 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 4/0 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 4/0 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 4/1 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 4/1 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 100/0 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 100/0 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
> gw icmp 2001:db8:1::1 > fd00:9::100 127/0 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 127/0 hlim=63 quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)

## ipv6-nat
With NAT the real server's address and port stand inside.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> gw icmp 2001:db8:1::1 > fd00:9::100 2/0 mtu=1400 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::b 2/0 mtu=1400 hlim=63 quote=60 quoting (tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 A seq=5001 hlim=60 badsum)

## ipv6-short-quotation
40 bytes of quotation are not enough; 44 are, or 48.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw icmp 2001:db8:1::1 > fd00:9::100 1/0 quote=40 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  (nothing)
> gw icmp 2001:db8:1::1 > fd00:9::100 1/0 quote=44 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 1/0 hlim=63 quote=44 quoting (ip fd00:9::100 > 2001:db8::5 proto=6 hlim=60 hex=00509c41)
> gw icmp 2001:db8:1::1 > fd00:9::100 1/0 quote=48 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 1/0 hlim=63 quote=48 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 seq=5001 hlim=60 (cut))

## ipv6-wrong-checksum
With direct routing nobody looks at an ICMPv6 error's checksum: a wrong one is relayed.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw icmp 2001:db8:1::1 > fd00:9::100 1/0 badsum quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 1/0 hlim=63 badsum quote=60 quoting (tcp [fd00:9::100]:80 > [2001:db8::5]:40001 A seq=5001 hlim=60)

## ipv6-quoted-fragment
Of IPv6, a quoted later fragment is about no connection; a first one is.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:53 -g
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data="q"
  rs1 udp [2001:db8::5]:40001 > [fd00:9::100]:53 hlim=63 data="q"
> gw icmp 2001:db8:1::1 > fd00:9::100 3/1 quoting (udp [fd00:9::100]:53 > [2001:db8::5]:40001 frag=0+ data=40)
  rs1 icmp 2001:db8:1::1 > fd00:9::100 3/1 hlim=63 quote=96 quoting (udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=64 frag=0+ data=40)
> gw icmp 2001:db8:1::1 > fd00:9::100 3/1 quoting (udp [fd00:9::100]:53 > [2001:db8::5]:40001 frag=1480 data=40)
  (nothing)
