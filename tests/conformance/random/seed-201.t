# Made up by `testnet conformance random`.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## seed-201
Made up from seed 201.

$ ipvsadm -A -t 10.9.0.100:9 -s rr
$ ipvsadm -A -t 10.9.0.101:9 -s rr
$ ipvsadm -A -t [fd00:9::100]:9 -s rr
$ ipvsadm -A -t [fd00:9::100]:80 -s wlc
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::10]:80 -m -w 4
$ ipvsadm -A -t 10.9.0.101:81 -s fo
$ ipvsadm -a -t 10.9.0.101:81 -r 10.9.0.11:8080 -m -w 2
$ ipvsadm -d -t [fd00:9::100]:80 -r [fd00:9::10]:80
> gw tcp 172.16.0.2:40002 > 10.9.0.101:81 - seq=1000 data=81
  gw tcp 10.9.0.101:81 > 172.16.0.2:40002 RA seq=0 ack=1081 win=0 ttl=64 df id=0
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::10]:80 -m -w 2
> gw tcp [2001:db8::2]:40001 > [fd00:9::100]:80 A seq=1002 ack=5001
  gw tcp [fd00:9::100]:80 > [2001:db8::2]:40001 R seq=5001 win=0 hlim=64
> gw tcp 172.16.0.1:40001 > 10.9.0.101:81 S seq=1002
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:8080 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.3:40001 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.3:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.1:40000 > 10.9.0.101:81 RA seq=1000 ack=5002 data=72
  (nothing)
conns
  TCP SYN_RECV 172.16.0.1:40001 10.9.0.101:81 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 fo
    -> 10.9.0.11:8080               Masq    2      1          0         |
  TCP  [fd00:9::100]:9 rr
  TCP  [fd00:9::100]:80 wlc
    -> [fd00:9::10]:80              Masq    2      0          0         |
> rs1 tcp 10.9.0.11:8080 > 172.16.0.4:40002 FA seq=1002 ack=5001
  gw tcp 10.9.0.11:8080 > 172.16.0.4:40002 FA seq=1002 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.2:40000 R seq=1002 data=44
  gw tcp 10.9.0.11:8080 > 172.16.0.2:40000 R seq=1002 ttl=63 df id=77 data=44
> gw tcp 172.16.0.4:40001 > 10.9.0.101:81 FA seq=1000 ack=5001
  gw tcp 10.9.0.101:81 > 172.16.0.4:40001 R seq=5001 win=0 ttl=64 df id=0
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 R seq=1000 ipopts=01010100
  gw tcp 10.9.0.11:8080 > 172.16.0.1:40000 R seq=1000 ttl=63 df ipopts=01010100 id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40001 FA seq=1002 ack=5001
  gw tcp 10.9.0.101:81 > 172.16.0.1:40001 FA seq=1002 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.1:40001 > 10.9.0.101:81 PA seq=1001 ack=5002 nodf data=1200 fragment=576 order=3,2,1
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:8080 PA seq=1001 ack=5002 ttl=63 frag=0+ id=77 data=532
  rs1 ip 172.16.0.1 > 10.9.0.11 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  rs1 ip 172.16.0.1 > 10.9.0.11 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
> gw tcp [2001:db8::1]:40000 > [fd00:9::100]:80 S seq=1000
  rs6 tcp [2001:db8::1]:40000 > [fd00:9::10]:80 S seq=1000 hlim=63
> rs1 tcp 10.9.0.11:8080 > 172.16.0.2:40000 FA seq=1002 ack=5000 data=1359
  gw tcp 10.9.0.11:8080 > 172.16.0.2:40000 FA seq=1002 ack=5000 ttl=63 df id=77 data=1359
conns
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::10]:80
  TCP TIME_WAIT 172.16.0.1:40001 10.9.0.101:81 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 fo
    -> 10.9.0.11:8080               Masq    2      0          1         |
  TCP  [fd00:9::100]:9 rr
  TCP  [fd00:9::100]:80 wlc
    -> [fd00:9::10]:80              Masq    2      1          0         |
> gw tcp 172.16.0.1:40001 > 10.9.0.101:81 FA seq=1000 ack=5000 tos=184
  rs1 tcp 172.16.0.1:40001 > 10.9.0.11:8080 FA seq=1000 ack=5000 ttl=63 tos=184 df id=77
> gw tcp 172.16.0.1:40000 > 10.9.0.101:81 S seq=1000 nodf data=1200 fragment=576 order=1,2,3
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1000 ttl=63 frag=0+ id=77 data=532
  rs1 ip 172.16.0.1 > 10.9.0.11 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  rs1 ip 172.16.0.1 > 10.9.0.11 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
> gw tcp 172.16.0.2:40001 > 10.9.0.101:9999 S
  gw tcp 10.9.0.101:9999 > 172.16.0.2:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> rs6 tcp [fd00:9::10]:80 > [2001:db8::1]:40000 SA seq=1001 ack=5002
  gw tcp [fd00:9::100]:80 > [2001:db8::1]:40000 SA seq=1001 ack=5002 hlim=63
> gw tcp 172.16.0.3:40001 > 10.9.0.101:81 SA seq=1002 ack=5001
  rs1 tcp 172.16.0.3:40001 > 10.9.0.11:8080 SA seq=1002 ack=5001 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.1 3/4 mtu=1300 quote=20 quoting sent
  gw icmp 10.9.0.11 > 172.16.0.1 3/4 mtu=1300 ttl=63 id=77 quote=20 quoting (ip 172.16.0.3 > 10.9.0.101 proto=6 ttl=64 df id=77)
> gw tcp [2001:db8::3]:40001 > [fd00:9::100]:80 FA seq=1002 ack=5001 cut=30
  (nothing)
> gw tcp 172.16.0.1:40002 > 10.9.0.101:81 PA seq=1001 ack=5001 ttl=1
  gw tcp 10.9.0.101:81 > 172.16.0.1:40002 R seq=5001 win=0 ttl=64 df id=0
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::10]:80
  TCP TIME_WAIT 172.16.0.1:40001 10.9.0.101:81 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 fo
    -> 10.9.0.11:8080               Masq    2      2          1         |
  TCP  [fd00:9::100]:9 rr
  TCP  [fd00:9::100]:80 wlc
    -> [fd00:9::10]:80              Masq    2      1          0         |
> gw tcp 172.16.0.2:40002 > 10.9.0.101:81 S seq=1002
  rs1 tcp 172.16.0.2:40002 > 10.9.0.11:8080 S seq=1002 ttl=63 df id=77
> gw tcp 172.16.0.4:40001 > 10.9.0.101:81 S seq=1000
  rs1 tcp 172.16.0.4:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.2:40001 > 10.9.0.101:81 S seq=1002 nodf
  rs1 tcp 172.16.0.2:40001 > 10.9.0.11:8080 S seq=1002 ttl=63 id=77
$ ipvsadm -e -t 10.9.0.101:81 -r 10.9.0.11:8080 -m -w 4
> gw tcp 172.16.0.2:40000 > 10.9.0.101:81 S seq=1001 nodf data=1200 fragment=576 order=2,1,3
  rs1 tcp 172.16.0.2:40000 > 10.9.0.11:8080 S seq=1001 ttl=63 frag=0+ id=77 data=532
  rs1 ip 172.16.0.2 > 10.9.0.11 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  rs1 ip 172.16.0.2 > 10.9.0.11 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
> rs1 icmp 10.9.0.11 > 172.16.0.4 5/1 quote=60 quoting recent
  gw icmp 10.9.0.11 > 172.16.0.4 5/1 ttl=63 id=77 quote=60 quoting (ip 172.16.0.2 > 10.9.0.11 proto=6 ttl=63 frag=1104 id=77 data="PQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvw" (last))
> gw tcp 172.16.0.4:40001 > 10.9.0.101:81 - seq=1000 data=1372
  rs1 tcp 172.16.0.4:40001 > 10.9.0.11:8080 - seq=1000 ttl=63 df id=77 data=1372
> rs6 tcp [fd00:9::10]:80 > [2001:db8::1]:40001 PA seq=1002 ack=5001
  gw tcp [fd00:9::10]:80 > [2001:db8::1]:40001 PA seq=1002 ack=5001 hlim=63
conns
  TCP CLOSE 172.16.0.4:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::10]:80
  TCP TIME_WAIT 172.16.0.1:40001 10.9.0.101:81 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 fo
    -> 10.9.0.11:8080               Masq    4      5          2         |
  TCP  [fd00:9::100]:9 rr
  TCP  [fd00:9::100]:80 wlc
    -> [fd00:9::10]:80              Masq    2      1          0         |
> rs1 tcp 10.9.0.11:8080 > 172.16.0.4:40001 S seq=1001
  gw tcp 10.9.0.101:81 > 172.16.0.4:40001 S seq=1001 ttl=63 df id=77
> gw tcp [2001:db8::4]:40001 > [fd00:9::100]:80 S seq=1000 nodf data=1200 fragment=576 order=2,1,3
  rs6 tcp [2001:db8::4]:40001 > [fd00:9::10]:80 S seq=1000 hlim=63 frag=0+ data=508
  rs6 ip 2001:db8::4 > fd00:9::10 proto=6 hlim=63 frag=528+ data=528#f501
  rs6 ip 2001:db8::4 > fd00:9::10 proto=6 hlim=63 frag=1056 data=164#56a8 (last)
> gw icmp 192.0.2.1 > 10.9.0.101 3/4 mtu=1300 quote=all quoting sent
  (nothing)
> gw tcp 172.16.0.2:40000 > 10.9.0.101:81 A seq=1002 ack=5001
  rs1 tcp 172.16.0.2:40000 > 10.9.0.11:8080 A seq=1002 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.2:40002 > 10.9.0.101:81 R seq=1002 data=36
  rs1 tcp 172.16.0.2:40002 > 10.9.0.11:8080 R seq=1002 ttl=63 df id=77 data=36
> gw tcp [2001:db8::2]:40001 > [fd00:9::100]:80 RA seq=1001 ack=5002
  (nothing)
> rs6 tcp [fd00:9::10]:80 > [2001:db8::2]:40002 RA seq=1002 ack=5001 data=85
  gw tcp [fd00:9::10]:80 > [2001:db8::2]:40002 RA seq=1002 ack=5001 hlim=63 data=85
$ ipvsadm -e -t [fd00:9::100]:80 -r [fd00:9::10]:80 -m -w 3
conns
  TCP ESTABLISHED 172.16.0.2:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::10]:80
  TCP SYN_RECV [2001:db8::4]:40001 [fd00:9::100]:80 [fd00:9::10]:80
  TCP SYN_SENT 172.16.0.4:40001 10.9.0.101:81 10.9.0.11:8080
  TCP TIME_WAIT 172.16.0.1:40001 10.9.0.101:81 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 fo
    -> 10.9.0.11:8080               Masq    4      6          1         |
  TCP  [fd00:9::100]:9 rr
  TCP  [fd00:9::100]:80 wlc
    -> [fd00:9::10]:80              Masq    3      2          0         |
conns
  TCP ESTABLISHED 172.16.0.2:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.2:40002 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV 172.16.0.3:40001 10.9.0.101:81 10.9.0.11:8080
  TCP SYN_RECV [2001:db8::1]:40000 [fd00:9::100]:80 [fd00:9::10]:80
  TCP SYN_RECV [2001:db8::4]:40001 [fd00:9::100]:80 [fd00:9::10]:80
  TCP SYN_SENT 172.16.0.4:40001 10.9.0.101:81 10.9.0.11:8080
  TCP TIME_WAIT 172.16.0.1:40001 10.9.0.101:81 10.9.0.11:8080
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:9 rr
  TCP  10.9.0.101:9 rr
  TCP  10.9.0.101:81 fo
    -> 10.9.0.11:8080               Masq    4      6          1         |
  TCP  [fd00:9::100]:9 rr
  TCP  [fd00:9::100]:80 wlc
    -> [fd00:9::10]:80              Masq    3      2          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:9                        0        0        0        0        0
  TCP  10.9.0.101:9                        0        0        0        0        0
  TCP  10.9.0.101:81                       7       12        2     5488       80
    -> 10.9.0.11:8080                      7       12        2     5488       80
  TCP  [fd00:9::100]:9                     0        0        0        0        0
  TCP  [fd00:9::100]:80                    2        2        1     1320       60
    -> [fd00:9::10]:80                     2        2        1     1320       60
