# Made up by `testnet conformance random`.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## seed-204
Made up from seed 204.

$ ipvsadm -A -t 10.9.0.100:9 -s rr
$ ipvsadm -A -t 10.9.0.101:9 -s rr
$ ipvsadm -A -t [fd00:9::100]:9 -s rr
$ ipvsadm -A -t 10.9.0.101:80 -s rr -p 300 -M 255.255.255.0
$ ipvsadm -a -t 10.9.0.101:80 -r 10.9.0.12:80 -i -w 2 --tun-type gue --tun-port 6080 --tun-csum
$ ipvsadm -a -t 10.9.0.101:80 -r 10.9.0.16:8080 -m -w 2
$ ipvsadm -a -t 10.9.0.101:80 -r 10.9.0.16:80 -g -w 0
> gw tcp 172.16.0.1:40001 > 10.9.0.101:80 RA seq=1002 ack=5001 badsum
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.101 3/3 quote=28 quoting recent
  (nothing)
> gw tcp 172.16.0.1:40002 > 10.9.0.101:80 RA seq=1002 ack=5002
  (nothing)
> rs2 tcp 10.9.0.12:80 > 172.16.0.1:40001 PA seq=1001 ack=5002
  gw tcp 10.9.0.12:80 > 172.16.0.1:40001 PA seq=1001 ack=5002 ttl=63 df id=77
> gw tcp 172.16.0.4:40002 > 10.9.0.101:80 S seq=1002
  rs6 tcp 172.16.0.4:40002 > 10.9.0.16:8080 S seq=1002 ttl=63 df id=77
> rs6 tcp 10.9.0.16:8080 > 172.16.0.3:40000 FA seq=1001 ack=5000 cut=30
  (nothing)
> gw tcp 172.16.0.4:40001 > 10.9.0.101:80 SA seq=1002 ack=5001
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:8080 SA seq=1002 ack=5001 ttl=63 df id=77
> rs2 icmp 10.9.0.12 > 172.16.0.2 11/0 quote=28 quoting sent
  gw icmp 10.9.0.12 > 172.16.0.2 11/0 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.4:40001 > 10.9.0.101:80 seq=1002 ttl=64 df id=77 (cut))
conns
  TCP NONE 172.16.0.0:0 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.101:80 10.9.0.16:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:80 rr persistent 300 mask 255.255.255.0
    -> 10.9.0.12:80                 Tunnel  2      0          0         |
    -> 10.9.0.16:80                 Route   0      0          0         |
    -> 10.9.0.16:8080               Masq    2      2          0         |
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.4:40002 > 10.9.0.101:80 SA seq=1001 ack=5001 nodf data=1200 fragment=576 order=1,2,3
  rs6 tcp 172.16.0.4:40002 > 10.9.0.16:8080 SA seq=1001 ack=5001 ttl=63 frag=0+ id=77 data=532
  rs6 ip 172.16.0.4 > 10.9.0.16 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  rs6 ip 172.16.0.4 > 10.9.0.16 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
> gw tcp 172.16.0.4:40001 > 10.9.0.101:80 S seq=1002
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:8080 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.2:40002 > 10.9.0.101:80 A seq=1002 ack=5001 nodf data=1200 fragment=576 order=1,2,3
  gw tcp 10.9.0.101:80 > 172.16.0.2:40002 R seq=5001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.3:40002 > 10.9.0.101:80 S seq=1001
  rs6 tcp 172.16.0.3:40002 > 10.9.0.16:8080 S seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.4:40002 > 10.9.0.101:80 SE seq=1001
  rs6 tcp 172.16.0.4:40002 > 10.9.0.16:8080 SE seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.3:40002 > 10.9.0.101:80 A seq=1002 ack=5000
  rs6 tcp 172.16.0.3:40002 > 10.9.0.16:8080 A seq=1002 ack=5000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.101:80 -r 10.9.0.12:80 -i -w 3
> gw tcp 172.16.0.2:40001 > 10.9.0.101:80 A seq=1001 ack=5000
  gw tcp 10.9.0.101:80 > 172.16.0.2:40001 R seq=5000 win=0 ttl=64 df id=0
conns
  TCP ASSURED 172.16.0.0:0 10.9.0.101:80 10.9.0.16:8080
  TCP ESTABLISHED 172.16.0.3:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.101:80 10.9.0.16:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:80 rr persistent 300 mask 255.255.255.0
    -> 10.9.0.12:80                 Tunnel  3      0          0         |
    -> 10.9.0.16:80                 Route   0      0          0         |
    -> 10.9.0.16:8080               Masq    2      3          0         |
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.3:40002 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.3:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
$ ipvsadm -e -t 10.9.0.101:80 -r 10.9.0.16:8080 -m -w 3
$ ipvsadm -e -t 10.9.0.101:80 -r 10.9.0.16:8080 -m -w 0
$ ipvsadm -e -t 10.9.0.101:80 -r 10.9.0.16:8080 -m -w 2
> gw icmp 192.0.2.1 > 10.9.0.101 3/4 mtu=1300 quote=all quoting recent
  (nothing)
> gw tcp 172.16.0.3:40000 > 10.9.0.101:80 S seq=1002
  rs6 tcp 172.16.0.3:40000 > 10.9.0.16:8080 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.1:40002 > 10.9.0.101:80 S seq=1001
  rs6 tcp 172.16.0.1:40002 > 10.9.0.16:8080 S seq=1001 ttl=63 df id=77
> rs2 icmp 10.9.0.12 > 172.16.0.3 12/0 quote=all quoting sent
  gw icmp 10.9.0.12 > 172.16.0.3 12/0 ttl=63 id=77 quote=40 quoting (tcp 172.16.0.1:40002 > 10.9.0.101:80 S seq=1001 ttl=64 df id=77)
conns
  TCP ASSURED 172.16.0.0:0 10.9.0.101:80 10.9.0.16:8080
  TCP ESTABLISHED 172.16.0.3:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.101:80 10.9.0.16:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:80 rr persistent 300 mask 255.255.255.0
    -> 10.9.0.12:80                 Tunnel  3      0          0         |
    -> 10.9.0.16:80                 Route   0      0          0         |
    -> 10.9.0.16:8080               Masq    2      5          0         |
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.3:40002 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.3:40002 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.1:40001 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.1:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40000 > 10.9.0.101:80 - seq=1000
  gw tcp 10.9.0.101:80 > 172.16.0.4:40000 RA seq=0 ack=1000 win=0 ttl=64 df id=0
$ ipvsadm -a -t 10.9.0.101:80 -r 10.9.0.15:80 -i -w 0
> gw tcp 172.16.0.3:40002 > 10.9.0.101:80 FA seq=1001 ack=5000 data=1401
  rs6 tcp 172.16.0.3:40002 > 10.9.0.16:8080 FA seq=1001 ack=5000 ttl=63 df id=77 data=1401
> gw tcp 172.16.0.3:40001 > 10.9.0.101:80 FA seq=1000 ack=5002
  gw tcp 10.9.0.101:80 > 172.16.0.3:40001 R seq=5002 win=0 ttl=64 df id=0
> gw tcp 172.16.0.1:40001 > 10.9.0.101:80 A seq=1001 ack=5001
  gw tcp 10.9.0.101:80 > 172.16.0.1:40001 R seq=5001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40001 > 10.9.0.101:80 R seq=1000 data=1400
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:8080 R seq=1000 ttl=63 df id=77 data=1400
conns
  TCP ASSURED 172.16.0.0:0 10.9.0.101:80 10.9.0.16:8080
  TCP CLOSE_WAIT 172.16.0.3:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.101:80 10.9.0.16:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:80 rr persistent 300 mask 255.255.255.0
    -> 10.9.0.12:80                 Tunnel  3      0          0         |
    -> 10.9.0.15:80                 Tunnel  0      0          0         |
    -> 10.9.0.16:80                 Route   0      0          0         |
    -> 10.9.0.16:8080               Masq    2      4          1         |
  TCP  [fd00:9::100]:9 rr
> gw tcp 172.16.0.4:40001 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.4:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.4:40001 > 10.9.0.101:80 SA seq=1002 ack=5001 nodf data=1200 fragment=576 order=3,2,1
  rs6 tcp 172.16.0.4:40001 > 10.9.0.16:8080 SA seq=1002 ack=5001 ttl=63 frag=0+ id=77 data=532
  rs6 ip 172.16.0.4 > 10.9.0.16 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  rs6 ip 172.16.0.4 > 10.9.0.16 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
> rs6 tcp 10.9.0.16:8080 > 172.16.0.2:40000 R seq=1000 data=1412 badipsum
  (nothing)
> gw tcp 172.16.0.3:40001 > 10.9.0.101:80 S seq=1000
  rs6 tcp 172.16.0.3:40001 > 10.9.0.16:8080 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.101:80 -r 10.9.0.16:80 -g -w 0
> gw tcp 172.16.0.1:40001 > 10.9.0.101:80 - seq=1002 nodf data=1200 fragment=576 order=1,2,3
  gw tcp 10.9.0.101:80 > 172.16.0.1:40001 RA seq=0 ack=2202 win=0 ttl=64 df id=0
> gw icmp 192.0.2.1 > 10.9.0.101 11/0 quote=all quoting sent
  (nothing)
> rs6 tcp 10.9.0.16:8080 > 172.16.0.1:40001 RA seq=1002 ack=5000 ttl=2
  gw tcp 10.9.0.16:8080 > 172.16.0.1:40001 RA seq=1002 ack=5000 ttl=1 df id=77
conns
  TCP ASSURED 172.16.0.0:0 10.9.0.101:80 10.9.0.16:8080
  TCP CLOSE_WAIT 172.16.0.3:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.101:80 10.9.0.16:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:80 rr persistent 300 mask 255.255.255.0
    -> 10.9.0.12:80                 Tunnel  3      0          0         |
    -> 10.9.0.15:80                 Tunnel  0      0          0         |
    -> 10.9.0.16:80                 Route   0      0          0         |
    -> 10.9.0.16:8080               Masq    2      5          1         |
  TCP  [fd00:9::100]:9 rr
conns
  TCP ASSURED 172.16.0.0:0 10.9.0.101:80 10.9.0.16:8080
  TCP CLOSE_WAIT 172.16.0.3:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.1:40002 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.3:40000 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40001 10.9.0.101:80 10.9.0.16:8080
  TCP SYN_RECV 172.16.0.4:40002 10.9.0.101:80 10.9.0.16:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:80 rr persistent 300 mask 255.255.255.0
    -> 10.9.0.12:80                 Tunnel  3      0          0         |
    -> 10.9.0.15:80                 Tunnel  0      0          0         |
    -> 10.9.0.16:80                 Route   0      0          0         |
    -> 10.9.0.16:8080               Masq    2      5          1         |
  TCP  [fd00:9::100]:9 rr
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:9                        0        0        0        0        0
  TCP  10.9.0.101:9                        0        0        0        0        0
  TCP  10.9.0.101:80                       6       13        0     5721        0
    -> 10.9.0.12:80                        0        0        0        0        0
    -> 10.9.0.15:80                        0        0        0        0        0
    -> 10.9.0.16:80                        0        0        0        0        0
    -> 10.9.0.16:8080                      6       13        0     5721        0
  TCP  [fd00:9::100]:9                     0        0        0        0        0
