# AH and ESP carry a mark as any packet does, but no service is looked up by it: they follow ISAKMP, or nobody.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## a-mark-brings-no-service
A rule without protocol marks ESP, too; yet without an ISAKMP connection it is the host's.

$ mark add --dst 10.9.0.100 --set-mark 10
$ ipvsadm -A -f 10 -s rr
$ ipvsadm -a -f 10 -r 10.9.0.11 -g
$ ipvsadm -a -f 10 -r 10.9.0.12 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=51 ttl=64 id=77 data=40)
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs2 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=40
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=51 ttl=63 id=77 data=40
> gw ip 172.16.0.6 > 10.9.0.100 proto=51 data=40
  gw icmp 10.9.0.100 > 172.16.0.6 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.6 > 10.9.0.100 proto=51 ttl=64 id=77 data=40)
conns
  UDP UDP 172.16.0.5:500 10.9.0.100:500 10.9.0.12:500
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  FWM  10                                  1        3        0      154        0
    -> 10.9.0.11:0                         0        0        0        0        0
    -> 10.9.0.12:0                         1        3        0      154        0

## isakmp-alone-is-marked
ESP that has no mark follows the marked ISAKMP.

$ mark add --dst 10.9.0.100 --proto udp --dports 500 --set-mark 10
$ ipvsadm -A -f 10 -s rr
$ ipvsadm -a -f 10 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=40
  rs1 ip 172.16.0.5 > 10.9.0.100 proto=51 ttl=63 id=77 data=40
> gw ip 172.16.0.6 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.6 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.6 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)

## nat
Through NAT both ways; a real server without a port gets ISAKMP on its own.

$ mark add --dst 10.9.0.100 --proto udp --dports 500,4500 --set-mark 10
$ ipvsadm -A -f 10 -s rr
$ ipvsadm -a -f 10 -r 10.9.0.11 -m
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.11:500 ttl=63 id=77 data="isakmp"
> rs1 udp 10.9.0.11:500 > 172.16.0.5:500 data="isakmp"
  gw udp 10.9.0.100:500 > 172.16.0.5:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=50 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 172.16.0.5 proto=50 data=40
  gw ip 10.9.0.100 > 172.16.0.5 proto=50 ttl=63 id=77 data=40
> gw ip 172.16.0.5 > 10.9.0.100 proto=51 data=40
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=51 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 172.16.0.5 proto=51 data=40
  gw ip 10.9.0.100 > 172.16.0.5 proto=51 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 172.16.0.6 proto=50 data=40
  gw ip 10.9.0.11 > 172.16.0.6 proto=50 ttl=63 id=77 data=40
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  FWM  10                                  1        3        3      154      154
    -> 10.9.0.11:0                         1        3        3      154      154

## another-port-of-the-server
A real server that serves ISAKMP on another port gets it there; its own ESP is not found by port 500.

$ mark add --dst 10.9.0.100 --proto udp --dports 500 --set-mark 10
$ ipvsadm -A -f 10 -s rr
$ ipvsadm -a -f 10 -r 10.9.0.11:501 -m
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.11:501 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs1 ip 172.16.0.5 > 10.9.0.11 proto=50 ttl=63 id=77 data=40
> rs1 ip 10.9.0.11 > 172.16.0.5 proto=50 data=40
  gw ip 10.9.0.11 > 172.16.0.5 proto=50 ttl=63 id=77 data=40

## a-tunnel-for-all-of-a-client
Persistence by mark keeps ISAKMP, NAT traversal and ESP of a client together.

$ mark add --dst 10.9.0.100 --proto udp --dports 500,4500 --set-mark 10
$ ipvsadm -A -f 10 -s rr -p 60
$ ipvsadm -a -f 10 -r 10.9.0.11 -i
$ ipvsadm -a -f 10 -r 10.9.0.12 -i
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp")
> gw udp 172.16.0.5:4500 > 10.9.0.100:4500 data="esp"
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (udp 172.16.0.5:4500 > 10.9.0.100:4500 ttl=63 id=77 data="esp")
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40)
> gw udp 172.16.0.6:4500 > 10.9.0.100:4500 data="esp"
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (udp 172.16.0.6:4500 > 10.9.0.100:4500 ttl=63 id=77 data="esp")
> gw ip 172.16.0.6 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.6 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.6 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)
conns
  IP NONE 172.16.0.5:0 0.0.0.10:0 10.9.0.12:0
  IP NONE 172.16.0.6:0 0.0.0.10:0 10.9.0.11:0
  UDP UDP 172.16.0.5:4500 10.9.0.100:4500 10.9.0.12:4500
  UDP UDP 172.16.0.5:500 10.9.0.100:500 10.9.0.12:500
  UDP UDP 172.16.0.6:4500 10.9.0.100:4500 10.9.0.11:4500

## ipv6
The same in IPv6, where AH is an extension header.

$ mark add --dst fd00:9::100 --set-mark 10
$ ipvsadm -A -f 10 -6 -s rr
$ ipvsadm -a -f 10 -6 -r [fd00:9::b]:0 -m
> gw ip 2001:db8::5 > fd00:9::100 proto=50 data=40
  gw icmp fd00:9::100 > 2001:db8::5 4/1 rest=00000006 hlim=64 quote=80 quoting (ip 2001:db8::5 > fd00:9::100 proto=50 hlim=64 data=40)
> gw udp [2001:db8::5]:500 > [fd00:9::100]:500 data="isakmp"
  rs1 udp [2001:db8::5]:500 > [fd00:9::b]:500 hlim=63 data="isakmp"
> gw ip 2001:db8::5 > fd00:9::100 proto=50 data=40
  rs1 ip 2001:db8::5 > fd00:9::b proto=50 hlim=63 data=40
> rs1 ip fd00:9::b > 2001:db8::5 proto=50 data=40
  gw ip fd00:9::100 > 2001:db8::5 proto=50 hlim=63 data=40

## a-server-that-is-gone
With expire_nodest_conn its connection ends with the next packet, be it ESP, which is the host's then.

$ sysctl expire_nodest_conn=1
$ mark add --dst 10.9.0.100 --proto udp --dports 500 --set-mark 10
$ ipvsadm -A -f 10 -s rr
$ ipvsadm -a -f 10 -r 10.9.0.11 -g
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs1 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
$ ipvsadm -d -f 10 -r 10.9.0.11
$ ipvsadm -a -f 10 -r 10.9.0.12 -g
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=60 quoting (ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=64 id=77 data=40)
> gw udp 172.16.0.5:500 > 10.9.0.100:500 data="isakmp"
  rs2 udp 172.16.0.5:500 > 10.9.0.100:500 ttl=63 id=77 data="isakmp"
> gw ip 172.16.0.5 > 10.9.0.100 proto=50 data=40
  rs2 ip 172.16.0.5 > 10.9.0.100 proto=50 ttl=63 id=77 data=40
conns
  UDP UDP 172.16.0.5:500 10.9.0.100:500 10.9.0.12:500
