# Frames that are for somebody else.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## other-mac
A packet in a frame to another MAC address is not scheduled, whatever its own address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw to=rs5 tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  (nothing)
> gw to=rs5 icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/1
  (nothing)
conns

## broadcast
Neither is one in a frame to everybody or to a group.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw to=all tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  (nothing)
> gw to=01:00:5e:00:00:01 tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  (nothing)
> gw to=all udp 172.16.0.5:40002 > 10.9.0.100:53 data=5
  (nothing)
> gw to=all udp 172.16.0.5:40002 > 10.9.0.100:54 data=5
  (nothing)
> gw to=all tcp 172.16.0.5:40002 > 10.9.0.100:81 S
  (nothing)
conns

## ipv6-group
The same with IPv6.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw to=all tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  (nothing)
> gw to=33:33:00:00:00:01 tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S
  (nothing)
> gw to=rs5 tcp [2001:db8::5]:40003 > [fd00:9::100]:80 S
  (nothing)
conns

## established
Frames to others do not touch a connection that exists.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw to=all tcp 172.16.0.5:40001 > 10.9.0.100:80 R
  (nothing)
> gw to=rs5 tcp 172.16.0.5:40001 > 10.9.0.100:80 R
  (nothing)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## own-mac
The director's own MAC address as the source makes no difference.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> director tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## group-as-sender
Nor does a group's.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> 03:00:00:00:00:01 tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## to-everybody
A packet to the subnet's broadcast address or a group is for no service.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw to=all udp 172.16.0.5:40001 > 10.9.0.255:53 data=5
  (nothing)
> gw to=01:00:5e:00:00:05 udp 172.16.0.5:40001 > 224.0.0.5:53 data=5
  (nothing)

## other-addresses
A packet to an address of a real server is routed on.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.12:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> gw udp 172.16.0.5:40001 > 10.9.0.12:53 data=5 ttl=2
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:53 ttl=1 id=77 data="\x00\x01\x02\x03\x04"

## arp
The virtual address answers ARP requests, also ones sent to the director alone; gratuitous ones and answers get nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw to=all arp who-has 10.9.0.100 tell 10.9.0.1
  gw arp 10.9.0.100 is-at director to 10.9.0.1
> gw arp who-has 10.9.0.100 tell 10.9.0.1
  gw arp 10.9.0.100 is-at director to 10.9.0.1
> gw to=all arp who-has 10.9.0.99 tell 10.9.0.1
  (nothing)
> gw to=all arp 10.9.0.1 is-at 10.9.0.1
  (nothing)
