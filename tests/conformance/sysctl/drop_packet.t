# drop_packet and drop_entry: fewer newcomers when it gets tight.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## every-third
At level 3, every am_droprate-th packet that would open a connection is dropped, the first one to begin with.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl am_droprate=3
$ sysctl drop_packet=3
picks 12 gw tcp 172.16.0.{1+}:{20000+} > 10.9.0.100:80 S
  - 1 1 - 1 1 - 1 1 - 1 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      8          0         |

## every-tenth
am_droprate is 10 unless set.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl am_droprate
  10
$ sysctl drop_packet=3
picks 25 gw tcp 172.16.0.{1+}:{20000+} > 10.9.0.100:80 S
  - 1 1 1 1 1 1 1 1 1 - 1 1 1 1 1 1 1 1 1 - 1 1 1 1

## rate-1
With am_droprate 1 nobody new gets in.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ sysctl am_droprate=1
$ sysctl drop_packet=3
picks 5 gw tcp 172.16.0.{1+}:{20000+} > 10.9.0.100:80 S
  - - - - -
# A known connection goes on, also with a SYN.
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ sysctl drop_packet=0
> gw tcp 172.16.0.9:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.9:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## rate-0-and-below
With am_droprate 0 everybody gets in; below 0 nobody.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl am_droprate=0
$ sysctl drop_packet=3
picks 5 gw tcp 172.16.0.{1+}:{20000+} > 10.9.0.100:80 S
  1 1 1 1 1
$ sysctl am_droprate=-5
wait 3
picks 5 gw tcp 172.16.0.{1+}:{21000+} > 10.9.0.100:80 S
  - - - - -

## what-is-no-newcomer
Segments that open nothing are not counted, nor closed ports: only what a service would take.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl am_droprate=2
$ sysctl drop_packet=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  (nothing)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 A seq=1001 ack=1
  gw tcp 10.9.0.100:80 > 172.16.0.5:40002 R seq=1 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40003 > 10.9.0.100:81 S
  gw tcp 10.9.0.100:81 > 172.16.0.5:40003 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40004 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40004 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40005 > 10.9.0.100:80 S
  (nothing)
> gw tcp 172.16.0.5:40006 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40006 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## one-packet-scheduling
Each datagram of one-packet scheduling is a newcomer.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ sysctl am_droprate=2
$ sysctl drop_packet=3
picks 8 gw udp 172.16.0.5:3333 > 10.9.0.100:53 data=4
  - 1 - 1 - 1 - 1

## all-services-together
Packets of all services and protocols are counted together, IPv6's too.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.101:53 -s rr
$ ipvsadm -a -u 10.9.0.101:53 -r 10.9.0.12 -g
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::d]:80 -g
$ sysctl am_droprate=2
$ sysctl drop_packet=3
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  (nothing)
> gw udp 172.16.0.5:3333 > 10.9.0.101:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.101:53 ttl=63 id=77 data="q"
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 S
  (nothing)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## automatic-with-memory-short
Level 1 becomes 2 when memory is short; the shorter, the more are dropped: here all.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ sysctl drop_packet=1
picks 5 gw tcp 172.16.0.{1+}:{20000+} > 10.9.0.100:80 S
  1 1 1 1 1
$ sysctl amemthresh=2000000000
wait 3
$ sysctl drop_packet
  2
picks 5 gw tcp 172.16.0.{1+}:{21000+} > 10.9.0.100:80 S
  - - - - -

## drop-entry-spares-the-living
At drop_entry 3 established connections and UDP that were used within a minute are not touched.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
repeat 8 > gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40004 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40005 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40006 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40007 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40008 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
repeat 8 > gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40004 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40005 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40006 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40007 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
  rs1 tcp 172.16.0.5:40008 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
repeat 4 > gw udp 172.16.0.5:{3333+} > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3334 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3335 > 10.9.0.100:53 ttl=63 id=77 data="q"
  rs1 udp 172.16.0.5:3336 > 10.9.0.100:53 ttl=63 id=77 data="q"
$ sysctl drop_entry=3
wait 20
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      8          0         |
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          4         |
