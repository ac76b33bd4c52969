# Tunnelling: the packet goes to the real server in another packet.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## life-of-a-connection
Only the client's half is seen; each of its packets is put into an IPv4 packet to the real server.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -i -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77)
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 nodf data=100
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 ttl=63 id=77 data=100)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1101
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1101 ttl=63 df id=77)
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Tunnel  1      0          0         |
    -> 10.9.0.12:80                 Tunnel  1      0          1         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        4        0      260        0
    -> 10.9.0.11:80                        0        0        0        0        0
    -> 10.9.0.12:80                        1        4        0      260        0

## type-of-service-is-copied
The outer header has the inner one's type of service and its DF bit.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S tos=16
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 tos=16 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 tos=16 df id=77)
> gw udp 172.16.0.5:3333 > 10.9.0.100:80 data="no service"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=38 quoting (udp 172.16.0.5:3333 > 10.9.0.100:80 ttl=64 id=77 data="no service")

## too-large-with-df
A packet that does not fit with the outer header and must not be fragmented is answered with fragmentation needed.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -i -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 data=1460
  gw icmp 10.9.0.100 > 172.16.0.5 3/4 mtu=1480 ttl=64 tos=192 quote=548 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77 data=508)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 data=1440
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77 data=1440)
