# IPv4 options.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## source-routes
Loose and strict source routes (131, 137) are dropped.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=83070c0a09000b00
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=89070c0a09000b00
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=8307040a09000b00
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=8907040a09000b00
  (nothing)
conns

## record-route
The kernel fills the virtual address into a record route option; ulvs leaves that to the real server.
differs: host-of-the-vip

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=0707040000000000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=0707080a09006400 id=77
~ rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=0707040000000000 id=77

## router-alert
Router alert (148), an unknown option (153), ends and fillers are forwarded; the kernel answers CIPSO (134) that does not parse with parameter problem (12/0).
differs: host-of-the-vip

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=94040000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=94040000 id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=860600000001.0101
  gw icmp 10.9.0.100 > 172.16.0.5 12/0 rest=15000000 ttl=64 tos=192 ipopts=8606000000010000 quote=48 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df ipopts=8606000000010101 id=77)
~ rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=8606000000010101 id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=99040000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=99040000 id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=00000000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=00000000 id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=01010101
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=01010101 id=77

## nat
By NAT options stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=94040000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df ipopts=94040000 id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001 ipopts=94040000
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df ipopts=94040000 id=77

## forty-bytes
40 bytes of options, all the room there is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=01010101010101010101010101010101010101010101010101010101010101010101010101010101
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df ipopts=01010101010101010101010101010101010101010101010101010101010101010101010101010101 id=77

## tunnel
In a tunnel options are inside.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S ipopts=94040000
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df ipopts=94040000 id=77)

## closed-port
The RST of a closed port and the error of one have no options.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S ipopts=94040000
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw udp 172.16.0.5:40001 > 10.9.0.100:54 ipopts=94040000 data=5
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=37 quoting (udp 172.16.0.5:40001 > 10.9.0.100:54 ttl=64 ipopts=94040000 id=77 hex=0001020304)
