# What is particular to IPv6.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## traffic-class-and-flow-label
Traffic class and flow label stay; a tunnel's outer packet has the class, and no label.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S tc=184 flow=77
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63 tc=184 flow=77
$ ipvsadm -e -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -g
  No such destination
  [255]
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S tc=184 flow=77
  rs1 tcp [2001:db8::5]:40002 > [fd00:9::b]:8080 S seq=1000 hlim=63 tc=184 flow=77
$ ipvsadm -e -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -i
  No such destination
  [255]
> gw tcp [2001:db8::5]:40003 > [fd00:9::100]:80 S tc=184 flow=77
  rs1 tcp [2001:db8::5]:40003 > [fd00:9::b]:8080 S seq=1000 hlim=63 tc=184 flow=77

## too-big-for-the-tunnel
A packet that does not fit with the outer header, of 40 bytes, is answered with packet too big: 1460 bytes.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -i
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 data=1440
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1460 hlim=64 quote=1232 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 hlim=63 data=1172)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 data=1400
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 hlim=63 data=1400)

## too-big-for-nat
A way to the real server of 1300 bytes: packet too big.

route fd00:77::/64 via fd00:9::d mtu 1300
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:77::1]:80 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs3 tcp [2001:db8::5]:40001 > [fd00:77::1]:80 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 data=1400
  gw icmp fd00:9::100 > 2001:db8::5 2/0 mtu=1300 hlim=64 quote=1232 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 hlim=63 data=1172)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 data=1240
  rs3 tcp [2001:db8::5]:40001 > [fd00:77::1]:80 A seq=1001 hlim=63 data=1240

## reply-too-big
A way back of 1300 bytes: the NAT real server is told.
differs: df-in-fragments-of-replies

route 2001:db8::/32 via fd00:9::1 mtu 1300
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> rs1 tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 A seq=5001 data=1400
  rs1 icmp fd00:9::100 > fd00:9::b 2/0 mtu=1300 hlim=63 quote=1232 quoting (tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 A seq=5001 hlim=63 data=1172)
~ rs1 icmp fd00:9::2 > fd00:9::b 2/0 mtu=1300 hlim=64 quote=1232 quoting (tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 A seq=5001 hlim=63 data=1172)

## relayed-too-big
What a NAT real server sends to a stranger is routed as it is; the director's own address tells of the narrow way.

route 2001:db8::/32 via fd00:9::1 mtu 1300
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -m
> rs1 tcp [fd00:9::b]:80 > [2001:db8::5]:40001 A seq=5001 data=1400
  rs1 icmp fd00:9::2 > fd00:9::b 2/0 mtu=1300 hlim=64 quote=1232 quoting (tcp [fd00:9::b]:80 > [2001:db8::5]:40001 A seq=5001 hlim=63 data=1172)

## reply-hop-limit
A NAT real server's reply with hop limit 1 is answered by the director's own address.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::b]:8080 S seq=1000 hlim=63
> rs1 tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=1
  rs1 icmp fd00:9::2 > fd00:9::b 3/0 hlim=64 quote=60 quoting (tcp [fd00:9::b]:8080 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=1)

## neighbour-solicitations
The virtual address answers solicitations to its group, or to the director alone; not those for others.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw to=33:33:ff:00:01:00 nd who-has fd00:9::100 tell fd00:9::1
  gw nd fd00:9::100 is-at director to fd00:9::1 flags=e0 hlim=255
> gw nd who-has fd00:9::100 tell fd00:9::1
  gw nd fd00:9::100 is-at director to fd00:9::1 flags=e0 hlim=255
> gw to=33:33:ff:00:00:99 nd who-has fd00:9::99 tell fd00:9::1
  (nothing)

## neighbour-solicitation-hop-limit
A solicitation with a hop limit below 255 comes from afar: nothing (RFC 4861 §7.1.1).

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw to=33:33:ff:00:01:00 icmp fd00:9::1 > ff02::1:ff00:100 135/0 hlim=254 hex=fd000009000000000000000000000100
  (nothing)
> gw to=33:33:ff:00:01:00 icmp fd00:9::1 > ff02::1:ff00:100 135/0 hlim=255 hex=fd000009000000000000000000000100
  gw nd fd00:9::100 is-at director to fd00:9::1 flags=e0 hlim=255
> gw to=33:33:ff:00:01:00 icmp fd00:9::1 > ff02::1:ff00:100 135/1 hlim=255 hex=fd000009000000000000000000000100
  (nothing)
> gw to=33:33:ff:00:01:00 icmp fd00:9::1 > ff02::1:ff00:100 135/0 hlim=255 badsum hex=fd000009000000000000000000000100
  (nothing)
> gw to=33:33:ff:00:01:00 icmp fd00:9::1 > ff02::1:ff00:100 135/0 hlim=255 hex=fd0000090000000000000000000001
  (nothing)

## udp-nat
UDP by NAT: a checksum that becomes 0 is sent as ffff; replies, too.

$ ipvsadm -A -u [fd00:9::100]:53 -s rr
$ ipvsadm -a -u [fd00:9::100]:53 -r [fd00:9::b]:5353 -m
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:53 data=5
  rs1 udp [2001:db8::5]:40001 > [fd00:9::b]:5353 hlim=63 data="\x00\x01\x02\x03\x04"
> rs1 udp [fd00:9::b]:5353 > [2001:db8::5]:40001 data=5
  gw udp [fd00:9::100]:53 > [2001:db8::5]:40001 hlim=63 data="\x00\x01\x02\x03\x04"

## deleted-server
A deleted server's connections get silence, as in IPv4.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
$ ipvsadm -d -t [fd00:9::100]:80 -r [fd00:9::b]:80
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001
  (nothing)
> gw tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40002 > [fd00:9::100]:80 S seq=1000 hlim=64)

## both-families
Services of both families know nothing of each other.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80

## extension-headers-of-others
A router looks at hop-by-hop options alone: extension headers that make no sense are the recipient's business, though they come from a NAT real server.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::e]:80 -m
> rs4 ip fd00:9::e > 2001:db8::2 proto=51 data=40
  gw ip fd00:9::e > 2001:db8::2 proto=51 hlim=63 data=40
> rs4 ip fd00:9::e > 2001:db8::2 proto=60 data=7
  gw bytes 6000000000073c3ffd00000900000000000000000000000e20010db800000000000000000000000200010203040506
> rs3 ip fd00:9::d > 2001:db8::2 proto=43 data=3
  gw bytes 6000000000032b3ffd00000900000000000000000000000d20010db8000000000000000000000002000102

## sctp-behind-an-extension
The kernel looks for the chunk right behind the fixed header.
differs: ipv6-state-behind-extensions

$ ipvsadm -A --sctp-service [fd00:9::100]:80 -s rr
$ ipvsadm -a --sctp-service [fd00:9::100]:80 -r [fd00:9::c]:80 -g
> gw sctp [2001:db8::1]:40001 > [fd00:9::100]:80 INIT
  rs2 sctp [2001:db8::1]:40001 > [fd00:9::100]:80 INIT tag=1 hlim=63 chunks=20#1120
> gw sctp [2001:db8::1]:40001 > [fd00:9::100]:80 SHUTDOWN-COMPLETE ext=dest
  rs2 sctp [2001:db8::1]:40001 > [fd00:9::100]:80 SHUTDOWN-COMPLETE tag=1 hlim=63 ext=60:010400000000 chunks=4#0e04
conns
  SCTP INIT1 [2001:db8::1]:40001 [fd00:9::100]:80 [fd00:9::c]:80
~ SCTP CLOSED [2001:db8::1]:40001 [fd00:9::100]:80 [fd00:9::c]:80

## ah-that-does-not-parse
The kernel's host does not know AH, and says so; ulvs drops what makes no sense.
differs: host-of-the-vip

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
> gw ip 2001:db8::2 > fd00:9::100 proto=51 data=40
  gw icmp fd00:9::100 > 2001:db8::2 4/1 rest=00000006 hlim=64 quote=80 quoting (ip 2001:db8::2 > fd00:9::100 proto=51 hlim=64 data=40)
~ (nothing)
