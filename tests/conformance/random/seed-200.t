# Made up by `testnet conformance random`.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## seed-200
Made up from seed 200.

$ ipvsadm -A -t 10.9.0.100:9 -s rr
$ ipvsadm -A -t 10.9.0.101:9 -s rr
$ ipvsadm -A -t [fd00:9::100]:9 -s rr
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -i -w 3
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.15:80 -i -w 4
$ ipvsadm -A -t 10.9.0.101:81 -s rr
$ ipvsadm -a -t 10.9.0.101:81 -r 10.9.0.14:81 -i -w 1 --tun-type gre
> gw tcp 172.16.0.3:40000 > 10.9.0.101:81 FA seq=1002 ack=5002
  gw tcp 10.9.0.101:81 > 172.16.0.3:40000 R seq=5002 win=0 ttl=64 df id=0
> gw tcp 172.16.0.1:40002 > 10.9.0.100:80 RA seq=1002 ack=5000 badipsum
  (nothing)
> rs4 icmp 10.9.0.14 > 172.16.0.1 4/0 quote=all quoting recent
  gw icmp 10.9.0.14 > 172.16.0.1 4/0 ttl=63 id=77 quote=40 quoting (tcp 10.9.0.101:81 > 172.16.0.3:40000 R seq=5002 win=0 ttl=64 df id=0)
> gw tcp 172.16.0.2:40002 > 10.9.0.100:80 S seq=1002
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.2:40002 > 10.9.0.100:80 S seq=1002 ttl=63 df id=77)
> gw tcp 172.16.0.1:40000 > 10.9.0.101:81 S seq=1002 ipopts=01010100
  rs4 gre 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.101:81 S seq=1002 ttl=63 df ipopts=01010100 id=77)
> gw tcp 172.16.0.2:40000 > 10.9.0.101:81 S seq=1002
  rs4 gre 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.2:40000 > 10.9.0.101:81 S seq=1002 ttl=63 df id=77)
> gw tcp 172.16.0.2:40002 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.2:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.1:40002 > 10.9.0.100:80 SE seq=1000
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.1:40002 > 10.9.0.100:80 SE seq=1000 ttl=63 df id=77)
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:80 10.9.0.15:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Tunnel  3      1          0         |
    -> 10.9.0.15:80                 Tunnel  4      1          0         |
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 rr
    -> 10.9.0.14:81                 Tunnel  1      2          0         |
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.3:40000 > 10.9.0.100:80 SE seq=1002
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.3:40000 > 10.9.0.100:80 SE seq=1002 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.101 12/0 quote=all quoting sent
  (nothing)
> gw tcp 172.16.0.2:40000 > 10.9.0.100:80 FA seq=1000 ack=5001 data=1322
  gw tcp 10.9.0.100:80 > 172.16.0.2:40000 R seq=5001 win=0 ttl=64 df id=0
> rs5 icmp 10.9.0.15 > 172.16.0.4 11/0 quote=28 quoting recent
  gw icmp 10.9.0.15 > 172.16.0.4 11/0 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.2:40000 seq=5001 ttl=64 df id=0 (cut))
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1002
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1002 ttl=63 df id=77)
> gw tcp 172.16.0.3:40000 > 10.9.0.101:81 A seq=1001 ack=5002 data=5
  gw tcp 10.9.0.101:81 > 172.16.0.3:40000 R seq=5002 win=0 ttl=64 df id=0
$ ipvsadm -E -t 10.9.0.100:80 -s fo
> gw tcp 172.16.0.3:40002 > 10.9.0.100:80 S seq=1001
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.3:40002 > 10.9.0.100:80 S seq=1001 ttl=63 df id=77)
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.15:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Tunnel  3      2          0         |
    -> 10.9.0.15:80                 Tunnel  4      3          0         |
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 rr
    -> 10.9.0.14:81                 Tunnel  1      2          0         |
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.4:40001 > 10.9.0.100:80 FA seq=1000 ack=5002
  gw tcp 10.9.0.100:80 > 172.16.0.4:40001 R seq=5002 win=0 ttl=64 df id=0
$ ipvsadm -E -t 10.9.0.101:81 -s rr
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.15:80
$ ipvsadm -e -t 10.9.0.101:81 -r 10.9.0.14:81 -i -w 2
> gw tcp 172.16.0.2:40000 > 10.9.0.101:81 A seq=1001 ack=5002
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.2:40000 > 10.9.0.101:81 A seq=1001 ack=5002 ttl=63 df id=77)
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 SA seq=1000 ack=5000
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.100:80 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw tcp 172.16.0.4:40000 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.4:40000 RA seq=0 ack=1001 win=0 ttl=64 df id=0
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11:80 -i -w 3
conns
  TCP ESTABLISHED 172.16.0.2:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.15:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Tunnel  3      2          0         |
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 rr
    -> 10.9.0.14:81                 Tunnel  2      2          0         |
  TCP  [fd00:9::100]:9 rr
> rs4 icmp 10.9.0.14 > 172.16.0.3 5/1 quote=28 quoting recent
  gw icmp 10.9.0.14 > 172.16.0.3 5/1 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.101:9999 > 172.16.0.4:40000 seq=0 ttl=64 df id=0 (cut))
> gw tcp 172.16.0.4:40002 > 10.9.0.100:80 SA seq=1000 ack=5002
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.4:40002 > 10.9.0.100:80 SA seq=1000 ack=5002 ttl=63 df id=77)
> gw tcp 172.16.0.4:40001 > 10.9.0.100:80 S seq=1002
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.4:40001 > 10.9.0.100:80 S seq=1002 ttl=63 df id=77)
> gw tcp 172.16.0.3:40001 > 10.9.0.101:81 SA seq=1001 ack=5001 ipopts=01010100
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.3:40001 > 10.9.0.101:81 SA seq=1001 ack=5001 ttl=63 df ipopts=01010100 id=77)
> gw tcp 172.16.0.3:40000 > 10.9.0.100:80 - seq=1002
  (nothing)
> gw tcp 172.16.0.1:40000 > 10.9.0.101:81 S seq=1000
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.101:81 S seq=1000 ttl=63 df id=77)
> gw tcp 172.16.0.3:40001 > 10.9.0.101:81 SA seq=1000 ack=5002 tos=184
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 tos=184 df (tcp 172.16.0.3:40001 > 10.9.0.101:81 SA seq=1000 ack=5002 ttl=63 tos=184 df id=77)
> gw tcp 172.16.0.4:40000 > 10.9.0.100:80 S seq=1001 ttl=2
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=1 df (tcp 172.16.0.4:40000 > 10.9.0.100:80 S seq=1001 ttl=1 df id=77)
conns
  TCP ESTABLISHED 172.16.0.2:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.4:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Tunnel  3      5          0         |
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 rr
    -> 10.9.0.14:81                 Tunnel  2      3          0         |
  TCP  [fd00:9::100]:9 rr
> rs1 tcp 10.9.0.11:80 > 172.16.0.2:40000 S seq=1001
  gw tcp 10.9.0.11:80 > 172.16.0.2:40000 S seq=1001 ttl=63 df id=77
$ ipvsadm -a -t 10.9.0.101:81 -r 10.9.0.14:8080 -m -w 0
> gw tcp 172.16.0.3:40002 > 10.9.0.101:81 A seq=1001 ack=5000
  gw tcp 10.9.0.101:81 > 172.16.0.3:40002 R seq=5000 win=0 ttl=64 df id=0
> gw tcp 172.16.0.1:40000 > 10.9.0.101:81 FA seq=1002 ack=5000
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.101:81 FA seq=1002 ack=5000 ttl=63 df id=77)
> gw tcp 172.16.0.2:40000 > 10.9.0.101:81 S seq=1000
  rs4 ipip 10.9.0.2 > 10.9.0.14 ttl=63 df (tcp 172.16.0.2:40000 > 10.9.0.101:81 S seq=1000 ttl=63 df id=77)
> gw tcp 172.16.0.4:40001 > 10.9.0.100:80 S seq=1000 badsum
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.4:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77 badsum)
> gw tcp 172.16.0.4:40001 > 10.9.0.100:80 SE seq=1001
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 df (tcp 172.16.0.4:40001 > 10.9.0.100:80 SE seq=1001 ttl=63 df id=77)
> gw tcp 172.16.0.1:40002 > 10.9.0.100:80 R seq=1000 ttl=1
  gw icmp 10.9.0.100 > 172.16.0.1 11/0 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.1:40002 > 10.9.0.100:80 R seq=1000 ttl=1 df id=77)
conns
  TCP ESTABLISHED 172.16.0.2:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.4:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.1:40000 10.9.0.101:81 10.9.0.14:81
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Tunnel  3      5          0         |
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 rr
    -> 10.9.0.14:81                 Tunnel  2      2          1         |
    -> 10.9.0.14:8080               Masq    0      0          0         |
  TCP  [fd00:9::100]:9 rr
conns
  TCP ESTABLISHED 172.16.0.2:40000 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.14:81
  TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.15:80
  TCP SYN_RECV 172.16.0.4:40000 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.1:40000 10.9.0.101:81 10.9.0.14:81
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 fo
    -> 10.9.0.11:80                 Tunnel  3      5          0         |
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 rr
    -> 10.9.0.14:81                 Tunnel  2      2          1         |
    -> 10.9.0.14:8080               Masq    0      0          0         |
  TCP  [fd00:9::100]:9 rr
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:9                        0        0        0        0        0
  TCP  10.9.0.100:80                       8       12        1      480       68
    -> 10.9.0.11:80                        5        9        1      360       68
  TCP  10.9.0.101:9                        0        0        0        0        0
  TCP  10.9.0.101:81                       3        8        0      328        0
    -> 10.9.0.14:81                        3        8        0      328        0
    -> 10.9.0.14:8080                      0        0        0        0        0
  TCP  [fd00:9::100]:9                     0        0        0        0        0
