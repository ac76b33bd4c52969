# Made up by `testnet conformance random`.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## seed-207
Made up from seed 207.

$ ipvsadm -A -t 10.9.0.100:9 -s rr
$ ipvsadm -A -t 10.9.0.101:9 -s rr
$ ipvsadm -A -t [fd00:9::100]:9 -s rr
$ ipvsadm -A -t 10.9.0.100:80 -s lblcr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -i -w 3
$ ipvsadm -A -t 10.9.0.100:81 -s nq
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11:81 -g -w 3
$ ipvsadm -A -t 10.9.0.100:82 -s fo
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.15:82 -g -w 3
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.11:82 -m -w 0
> gw tcp 172.16.0.2:40002 > 10.9.0.100:81 PA seq=1001 ack=5001 data=1316
  gw tcp 10.9.0.100:81 > 172.16.0.2:40002 R seq=5001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40000 > 10.9.0.100:80 A seq=1001 ack=5000 data=1321
  gw tcp 10.9.0.100:80 > 172.16.0.4:40000 R seq=5000 win=0 ttl=64 df id=0
> rs2 icmp 10.9.0.12 > 172.16.0.1 11/0 quote=60 quoting sent
  gw icmp 10.9.0.12 > 172.16.0.1 11/0 ttl=63 id=77 quote=60 quoting (tcp 172.16.0.4:40000 > 10.9.0.100:80 A seq=1001 ack=5000 ttl=64 df id=77 data=20)
> gw tcp 172.16.0.2:40000 > 10.9.0.100:80 SE seq=1000 nodf
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 (tcp 172.16.0.2:40000 > 10.9.0.100:80 SE seq=1000 ttl=63 id=77)
> gw tcp 172.16.0.3:40001 > 10.9.0.100:80 S seq=1002
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.3:40001 > 10.9.0.100:80 S seq=1002 ttl=63 df id=77)
$ ipvsadm -E -t 10.9.0.100:82 -s ovf
> rs1 tcp 10.9.0.11:82 > 172.16.0.3:40002 A seq=1001 ack=5001
  gw tcp 10.9.0.11:82 > 172.16.0.3:40002 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.3:40002 > 10.9.0.100:80 - seq=1002 nodf data=1200 fragment=576 order=3,2,1
  gw tcp 10.9.0.100:80 > 172.16.0.3:40002 RA seq=0 ack=2202 win=0 ttl=64 df id=0
conns
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.12:80                 Tunnel  3      2          0         |
  TCP  10.9.0.100:81 nq
    -> 10.9.0.11:81                 Route   3      0          0         |
  TCP  10.9.0.100:82 ovf
    -> 10.9.0.11:82                 Masq    0      0          0         |
    -> 10.9.0.15:82                 Route   3      0          0         |
  TCP  10.9.0.101:9 rr
  TCP  [fd00:9::100]:9 rr
> rs1 icmp 10.9.0.11 > 172.16.0.4 3/3 quote=all quoting recent
  gw icmp 10.9.0.11 > 172.16.0.4 3/3 ttl=63 id=77 quote=40 quoting (tcp 10.9.0.100:80 > 172.16.0.3:40002 RA seq=0 ack=2202 win=0 ttl=64 df id=0)
> gw tcp 172.16.0.4:40002 > 10.9.0.100:82 SA seq=1001 ack=5001 nodf
  rs5 tcp 172.16.0.4:40002 > 10.9.0.100:82 SA seq=1001 ack=5001 ttl=63 id=77
> gw tcp 172.16.0.1:40002 > 10.9.0.100:82 S seq=1000
  rs5 tcp 172.16.0.1:40002 > 10.9.0.100:82 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:9999 S
  gw tcp 10.9.0.100:9999 > 172.16.0.2:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
$ ipvsadm -E -t 10.9.0.100:82 -s fo
> gw tcp 172.16.0.3:40001 > 10.9.0.100:82 - seq=1000 data=19 nodf data=1200 fragment=576 order=1,2,3
  gw tcp 10.9.0.100:82 > 172.16.0.3:40001 RA seq=0 ack=2200 win=0 ttl=64 df id=0
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.14:82 -g -w 4
> gw tcp 172.16.0.4:40002 > 10.9.0.100:80 A seq=1002 ack=5001
  gw tcp 10.9.0.100:80 > 172.16.0.4:40002 R seq=5001 win=0 ttl=64 df id=0
conns
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:82 10.9.0.15:82
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:82 10.9.0.15:82
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.12:80                 Tunnel  3      2          0         |
  TCP  10.9.0.100:81 nq
    -> 10.9.0.11:81                 Route   3      0          0         |
  TCP  10.9.0.100:82 fo
    -> 10.9.0.11:82                 Masq    0      0          0         |
    -> 10.9.0.14:82                 Route   4      0          0         |
    -> 10.9.0.15:82                 Route   3      2          0         |
  TCP  10.9.0.101:9 rr
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.4:40000 > 10.9.0.100:80 SA seq=1002 ack=5001
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.4:40000 > 10.9.0.100:80 SA seq=1002 ack=5001 ttl=63 df id=77)
> gw tcp 172.16.0.2:40000 > 10.9.0.100:82 S seq=1002 nodf data=1200 fragment=576 order=3,2,1
  rs4 tcp 172.16.0.2:40000 > 10.9.0.100:82 S seq=1002 ttl=63 frag=0+ id=77 data=532
  rs4 ip 172.16.0.2 > 10.9.0.100 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  rs4 ip 172.16.0.2 > 10.9.0.100 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
> rs1 icmp 10.9.0.11 > 172.16.0.4 3/4 mtu=1300 quote=20 quoting sent
  gw icmp 10.9.0.11 > 172.16.0.4 3/4 mtu=1300 ttl=63 id=77 quote=20 quoting (ip 172.16.0.2 > 10.9.0.100 proto=6 ttl=64 frag=0+ id=77)
> rs2 icmp 10.9.0.12 > 172.16.0.3 11/0 quote=28 quoting recent
  gw icmp 10.9.0.12 > 172.16.0.3 11/0 ttl=63 id=77 quote=28 quoting (icmp 10.9.0.11 > 172.16.0.4 3/4 mtu=1300 ttl=63 id=77 quote=0 quoting (bytes ))
> gw tcp 172.16.0.4:40001 > 10.9.0.100:80 RA seq=1000 ack=5001 ttl=2
  (nothing)
> gw tcp 172.16.0.2:40001 > 10.9.0.100:81 FA seq=1001 ack=5000
  gw tcp 10.9.0.100:81 > 172.16.0.2:40001 R seq=5000 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40000 > 10.9.0.100:80 A seq=1001 ack=5001 data=1328
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.4:40000 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77 data=1328)
> rs4 icmp 10.9.0.14 > 172.16.0.1 11/0 quote=28 quoting recent
  gw icmp 10.9.0.14 > 172.16.0.1 11/0 ttl=63 id=77 quote=28 quoting (ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (bytes 45000558004d4000))
conns
  TCP ESTABLISHED 172.16.0.4:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:82 10.9.0.15:82
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:82 10.9.0.14:82
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:82 10.9.0.15:82
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.12:80                 Tunnel  3      3          0         |
  TCP  10.9.0.100:81 nq
    -> 10.9.0.11:81                 Route   3      0          0         |
  TCP  10.9.0.100:82 fo
    -> 10.9.0.11:82                 Masq    0      0          0         |
    -> 10.9.0.14:82                 Route   4      1          0         |
    -> 10.9.0.15:82                 Route   3      2          0         |
  TCP  10.9.0.101:9 rr
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.4:40002 > 10.9.0.100:82 SE seq=1001
  rs5 tcp 172.16.0.4:40002 > 10.9.0.100:82 SE seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.1:40001 > 10.9.0.100:80 FA seq=1002 ack=5000
  gw tcp 10.9.0.100:80 > 172.16.0.1:40001 R seq=5000 win=0 ttl=64 df id=0
> gw tcp 172.16.0.2:40002 > 10.9.0.100:81 FA seq=1000 ack=5001
  gw tcp 10.9.0.100:81 > 172.16.0.2:40002 R seq=5001 win=0 ttl=64 df id=0
> rs1 icmp 10.9.0.11 > 172.16.0.3 12/0 quote=all quoting recent
  gw icmp 10.9.0.11 > 172.16.0.3 12/0 ttl=63 id=77 quote=40 quoting (tcp 10.9.0.100:81 > 172.16.0.2:40002 R seq=5001 win=0 ttl=64 df id=0)
> gw tcp 172.16.0.1:40002 > 10.9.0.100:9999 S
  gw tcp 10.9.0.100:9999 > 172.16.0.1:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40002 > 10.9.0.100:82 S seq=1002
  rs5 tcp 172.16.0.4:40002 > 10.9.0.100:82 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40002 > 10.9.0.100:81 SE seq=1002
  rs1 tcp 172.16.0.2:40002 > 10.9.0.100:81 SE seq=1002 ttl=63 df id=77
> rs1 tcp 10.9.0.11:81 > 172.16.0.2:40001 SA seq=1001 ack=5001
  gw tcp 10.9.0.11:81 > 172.16.0.2:40001 SA seq=1001 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.4:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:82 10.9.0.15:82
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:82 10.9.0.14:82
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:81 10.9.0.11:81
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:82 10.9.0.15:82
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.12:80                 Tunnel  3      3          0         |
  TCP  10.9.0.100:81 nq
    -> 10.9.0.11:81                 Route   3      1          0         |
  TCP  10.9.0.100:82 fo
    -> 10.9.0.11:82                 Masq    0      0          0         |
    -> 10.9.0.14:82                 Route   4      1          0         |
    -> 10.9.0.15:82                 Route   3      2          0         |
  TCP  10.9.0.101:9 rr
  TCP  [fd00:9::100]:9 rr
$ ipvsadm -e -t 10.9.0.100:81 -r 10.9.0.11:81 -g -w 0
> gw tcp 172.16.0.2:40001 > 10.9.0.100:9999 S
  gw tcp 10.9.0.100:9999 > 172.16.0.2:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.3:40000 > 10.9.0.100:82 SE seq=1000
  rs4 tcp 172.16.0.3:40000 > 10.9.0.100:82 SE seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.100:81 FA seq=1000 ack=5000
  gw tcp 10.9.0.100:81 > 172.16.0.2:40001 R seq=5000 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40000 > 10.9.0.100:80 SA seq=1002 ack=5001
  rs2 ipip 10.9.0.2 > 10.9.0.12 ttl=63 df (tcp 172.16.0.4:40000 > 10.9.0.100:80 SA seq=1002 ack=5001 ttl=63 df id=77)
> gw tcp 172.16.0.2:40002 > 10.9.0.100:80 PA seq=1001 ack=5001
  gw tcp 10.9.0.100:80 > 172.16.0.2:40002 R seq=5001 win=0 ttl=64 df id=0
> rs2 tcp 10.9.0.12:80 > 172.16.0.1:40001 A seq=1000 ack=5002 data=86
  gw tcp 10.9.0.12:80 > 172.16.0.1:40001 A seq=1000 ack=5002 ttl=63 df id=77 data=86
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12:80 -i -w 0
conns
  TCP ESTABLISHED 172.16.0.4:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:82 10.9.0.15:82
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:82 10.9.0.14:82
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:81 10.9.0.11:81
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:82 10.9.0.14:82
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:82 10.9.0.15:82
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.12:80                 Tunnel  0      3          0         |
  TCP  10.9.0.100:81 nq
    -> 10.9.0.11:81                 Route   0      1          0         |
  TCP  10.9.0.100:82 fo
    -> 10.9.0.11:82                 Masq    0      0          0         |
    -> 10.9.0.14:82                 Route   4      2          0         |
    -> 10.9.0.15:82                 Route   3      2          0         |
  TCP  10.9.0.101:9 rr
  TCP  [fd00:9::100]:9 rr
conns
  TCP ESTABLISHED 172.16.0.4:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.100:82 10.9.0.15:82
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.100:82 10.9.0.14:82
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.100:81 10.9.0.11:81
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.100:82 10.9.0.14:82
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.100:82 10.9.0.15:82
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.100:80 lblcr
    -> 10.9.0.12:80                 Tunnel  0      3          0         |
  TCP  10.9.0.100:81 nq
    -> 10.9.0.11:81                 Route   0      1          0         |
  TCP  10.9.0.100:82 fo
    -> 10.9.0.11:82                 Masq    0      0          0         |
    -> 10.9.0.14:82                 Route   4      2          0         |
    -> 10.9.0.15:82                 Route   3      2          0         |
  TCP  10.9.0.101:9 rr
  TCP  [fd00:9::100]:9 rr
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:9                        0        0        0        0        0
  TCP  10.9.0.100:80                       3        5        0     1528        0
    -> 10.9.0.12:80                        3        5        0     1528        0
  TCP  10.9.0.100:81                       1        1        0       40        0
    -> 10.9.0.11:81                        1        1        0       40        0
  TCP  10.9.0.100:82                       4        6        0     1440        0
    -> 10.9.0.11:82                        0        0        0        0        0
    -> 10.9.0.14:82                        2        2        0     1280        0
    -> 10.9.0.15:82                        2        4        0      160        0
  TCP  10.9.0.101:9                        0        0        0        0        0
  TCP  [fd00:9::100]:9                     0        0        0        0        0
