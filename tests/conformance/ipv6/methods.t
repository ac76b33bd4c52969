# The forwarding methods with IPv6.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat
As with IPv4: requests get the real server's address and port, replies the virtual ones.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:8080 -m
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::c]:8080 -m
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::c]:8080 S seq=1000 hlim=63
> rs2 tcp [fd00:9::c]:8080 > [2001:db8::5]:40001 SA seq=5000 ack=1001
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 SA seq=5000 ack=1001 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001
  rs2 tcp [2001:db8::5]:40001 > [fd00:9::c]:8080 A seq=1001 ack=5001 hlim=63
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  [fd00:9::100]:80 rr
    -> [fd00:9::b]:8080             Masq    1      0          0         |
    -> [fd00:9::c]:8080             Masq    1      1          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  [fd00:9::100]:80                    1        2        1      120       60
    -> [fd00:9::b]:8080                    0        0        0        0        0
    -> [fd00:9::c]:8080                    1        2        1      120       60

## dr
Another MAC address, and one hop less.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001 data="hello"
  rs1 tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001 hlim=63 data="hello"
conns
  TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::b]:80

## tun
In an IPv6 packet to the real server.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -i
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=63)
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001 data="hello"
  rs1 ipip fd00:9::2 > fd00:9::b hlim=63 (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A seq=1001 ack=5001 hlim=63 data="hello")

## hop-limit-runs-out
A request with hop limit 1 is answered with time exceeded.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S hlim=1
  gw icmp fd00:9::100 > 2001:db8::5 3/0 hlim=64 quote=60 quoting (tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S seq=1000 hlim=1)

## closed-port
A port without a service is closed as on any host.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:81 S
  gw tcp [fd00:9::100]:81 > [2001:db8::5]:40001 RA seq=0 ack=1001 win=0 hlim=64
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:81 data="q"
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=49 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:81 hlim=64 data="q")

## neighbour-discovery-and-ping
The virtual address answers neighbour solicitations and pings.

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
> gw nd who-has fd00:9::100 tell fd00:9::1
  gw nd fd00:9::100 is-at director to fd00:9::1 flags=e0 hlim=255
> gw icmp 2001:db8::5 > fd00:9::100 128/0 echo=7/1 data="ping"
  gw icmp fd00:9::100 > 2001:db8::5 129/0 echo=7/1 hlim=64 data="ping"
