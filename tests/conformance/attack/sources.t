# Packets from addresses that no packet comes from.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## from-the-virtual-address
A packet from the virtual address itself (LAND) is dropped, from its own port or another.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -A -t 10.9.0.101:81 -s rr
> gw tcp 10.9.0.100:80 > 10.9.0.100:80 S
  (nothing)
> gw tcp 10.9.0.100:4000 > 10.9.0.100:80 S
  (nothing)
> gw tcp 10.9.0.101:4000 > 10.9.0.100:80 S
  (nothing)
> gw udp 10.9.0.100:4000 > 10.9.0.100:53 data=5
  (nothing)
conns

## from-the-director
So is one from the director's own address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 10.9.0.2:4000 > 10.9.0.100:80 S
  (nothing)
> gw udp 10.9.0.2:4000 > 10.9.0.100:53 data=5
  (nothing)
conns

## from-nowhere
And one from 0.0.0.0, 127.0.0.0/8, a group, or 255.255.255.255; from the subnet's broadcast address it is scheduled.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 0.0.0.0:4000 > 10.9.0.100:80 S
  (nothing)
> gw tcp 127.0.0.1:4000 > 10.9.0.100:80 S
  (nothing)
> gw tcp 224.0.0.1:4000 > 10.9.0.100:80 S
  (nothing)
> gw tcp 255.255.255.255:4000 > 10.9.0.100:80 S
  (nothing)
> gw tcp 10.9.0.255:4000 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.255:4000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 10.9.0.255:4000 10.9.0.100:80 10.9.0.11:80

## from-odd-networks
Class E, link-local addresses and the network's own address are scheduled.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 240.0.0.1:4000 > 10.9.0.100:80 S
  rs1 tcp 240.0.0.1:4000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 169.254.1.1:4000 > 10.9.0.100:80 S
  rs1 tcp 169.254.1.1:4000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 10.9.0.0:4000 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.0:4000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 10.9.0.0:4000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 169.254.1.1:4000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 240.0.0.1:4000 10.9.0.100:80 10.9.0.11:80

## from-a-real-server
A real server may be a client: it may even be sent its own packet.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> rs1 tcp 10.9.0.11:4000 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.11:4000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:4000 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.12:4000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 10.9.0.11:4000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 10.9.0.12:4000 10.9.0.100:80 10.9.0.11:80

## nat-from-the-real-server
By NAT, too; the answer does not pass the director then.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> rs1 tcp 10.9.0.11:4000 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.11:4000 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:4000 > 10.9.0.100:80 S
  rs1 tcp 10.9.0.12:4000 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 10.9.0.11:4000 10.9.0.100:80 10.9.0.11:8080
  TCP SYN_RECV 10.9.0.12:4000 10.9.0.100:80 10.9.0.11:8080

## ipv6-from-nowhere
In IPv6 groups and the loopback address are dropped; link-local clients, mapped addresses and real servers are scheduled.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [ff02::1]:4000 > [fd00:9::100]:80 S
  (nothing)
> gw tcp [::1]:4000 > [fd00:9::100]:80 S
  (nothing)
> gw tcp [fe80::1]:4000 > [fd00:9::100]:80 S
  rs1 tcp [fe80::1]:4000 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [::ffff:1.2.3.4]:4000 > [fd00:9::100]:80 S
  rs1 tcp [::ffff:1.2.3.4]:4000 > [fd00:9::100]:80 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:4000 > [fd00:9::100]:80 S
  rs1 tcp [fd00:9::b]:4000 > [fd00:9::100]:80 S seq=1000 hlim=63
conns
  TCP SYN_RECV [::ffff:1.2.3.4]:4000 [fd00:9::100]:80 [fd00:9::b]:80
  TCP SYN_RECV [fd00:9::b]:4000 [fd00:9::100]:80 [fd00:9::b]:80
  TCP SYN_RECV [fe80::1]:4000 [fd00:9::100]:80 [fd00:9::b]:80

## ipv6-own-source
The kernel schedules packets from the virtual address, the director's own, and from none.
differs: ipv6-own-source

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [fd00:9::100]:4000 > [fd00:9::100]:80 S
  rs1 tcp [fd00:9::100]:4000 > [fd00:9::100]:80 S seq=1000 hlim=63
~ (nothing)
> gw tcp [fd00:9::2]:4000 > [fd00:9::100]:80 S
  rs1 tcp [fd00:9::2]:4000 > [fd00:9::100]:80 S seq=1000 hlim=63
~ (nothing)
> gw tcp [::]:4000 > [fd00:9::100]:80 S
  rs1 tcp [::]:4000 > [fd00:9::100]:80 S seq=1000 hlim=63
~ (nothing)
