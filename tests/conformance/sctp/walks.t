# SCTP: associations from beginning to end, and what belongs to none.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat
An association through NAT: the four packets of its beginning, data, and the three of its end; each state's time is listed.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -m
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=0
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:3868 INIT tag=0 ttl=63 id=77 chunks=20#1120
timers
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 3s
> rs1 sctp 10.9.0.11:3868 > 172.16.0.5:5000 INIT-ACK
  gw sctp 10.9.0.100:3868 > 172.16.0.5:5000 INIT-ACK tag=1 ttl=63 id=77 chunks=20#1220
timers
  SCTP C-SENT 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:3868 COOKIE-ECHO tag=1 ttl=63 id=77 chunks=12#676d
timers
  SCTP C-REPLIED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
> rs1 sctp 10.9.0.11:3868 > 172.16.0.5:5000 COOKIE-ACK
  gw sctp 10.9.0.100:3868 > 172.16.0.5:5000 COOKIE-ACK tag=1 ttl=63 id=77 chunks=4#0b04
timers
  SCTP ESTABLISHED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 899s
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 DATA
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:3868 DATA tag=1 ttl=63 id=77 chunks=20#d8d7
> rs1 sctp 10.9.0.11:3868 > 172.16.0.5:5000 SACK
  gw sctp 10.9.0.100:3868 > 172.16.0.5:5000 SACK tag=1 ttl=63 id=77 chunks=16#1311
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  SCTP 10.9.0.100:3868 rr
    -> 10.9.0.11:3868               Masq    1      1          0         |
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 SHUTDOWN
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:3868 SHUTDOWN tag=1 ttl=63 id=77 chunks=8#0709
timers
  SCTP S-RECEIVED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
> rs1 sctp 10.9.0.11:3868 > 172.16.0.5:5000 SHUTDOWN-ACK
  gw sctp 10.9.0.100:3868 > 172.16.0.5:5000 SHUTDOWN-ACK tag=1 ttl=63 id=77 chunks=4#0804
timers
  SCTP S-ACK-SENT 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 SHUTDOWN-COMPLETE
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:3868 SHUTDOWN-COMPLETE tag=1 ttl=63 id=77 chunks=4#0e04
timers
  SCTP CLOSED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  SCTP 10.9.0.100:3868                     1        5        4      224      172
    -> 10.9.0.11:3868                      1        5        4      224      172

## nat-with-another-port
The checksum (CRC32c) is made new where ports change.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:4868 -m
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=0
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:4868 INIT tag=0 ttl=63 id=77 chunks=20#1120
> rs1 sctp 10.9.0.11:4868 > 172.16.0.5:5000 INIT-ACK
  gw sctp 10.9.0.100:3868 > 172.16.0.5:5000 INIT-ACK tag=1 ttl=63 id=77 chunks=20#1220

## nat-with-a-wrong-checksum
A packet with a wrong checksum is forwarded as it came where only addresses change, for SCTP's checksum does not cover them.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -m
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT badsum
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:3868 INIT tag=1 ttl=63 id=77 badsum chunks=20#1120

## nat-with-another-port-and-a-wrong-checksum
Where the port changes, a wrong checksum is a reason to drop.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:4868 -m
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT badsum
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:4868 INIT tag=1 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:4868

## direct-routing
With direct routing INIT and COOKIE-ECHO of the client make an association ESTABLISHED.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=0
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=0 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO tag=1 ttl=63 id=77 chunks=12#676d
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 DATA
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 DATA tag=1 ttl=63 id=77 chunks=20#d8d7
timers
  SCTP ESTABLISHED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 899s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  SCTP 10.9.0.100:3868 rr
    -> 10.9.0.11:3868               Route   1      1          0         |
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 SHUTDOWN
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 SHUTDOWN tag=1 ttl=63 id=77 chunks=8#0709
timers
  SCTP S-RECEIVED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 SHUTDOWN-COMPLETE
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 SHUTDOWN-COMPLETE tag=1 ttl=63 id=77 chunks=4#0e04
timers
  SCTP CLOSED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 ABORT
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 ABORT tag=1 ttl=63 id=77 chunks=4#0604
timers
  SCTP CLOSED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868 60s

## tunnel
In a tunnel as with direct routing.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -i
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=0
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=0 ttl=63 id=77 chunks=20#1120)
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO
  rs1 ipip 10.9.0.2 > 10.9.0.11 ttl=63 (sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO tag=1 ttl=63 id=77 chunks=12#676d)
conns
  SCTP ESTABLISHED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868

## ipv6
With IPv6, too, the checksum is made new for another port.

$ ipvsadm -A --sctp-service [fd00:9::100]:3868 -s rr
$ ipvsadm -a --sctp-service [fd00:9::100]:3868 -r [fd00:9::b]:4868 -m
> gw sctp [2001:db8::5]:5000 > [fd00:9::100]:3868 INIT tag=0
  rs1 sctp [2001:db8::5]:5000 > [fd00:9::b]:4868 INIT tag=0 hlim=63 chunks=20#1120
> rs1 sctp [fd00:9::b]:4868 > [2001:db8::5]:5000 INIT-ACK
  gw sctp [fd00:9::100]:3868 > [2001:db8::5]:5000 INIT-ACK tag=1 hlim=63 chunks=20#1220
conns
  SCTP C-SENT [2001:db8::5]:5000 [fd00:9::100]:3868 [fd00:9::b]:4868

## only-init-begins
Only INIT begins an association; other chunks get protocol unreachable, for the host speaks no SCTP.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 DATA
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=52 quoting (sctp 172.16.0.5:5000 > 10.9.0.100:3868 DATA tag=1 ttl=64 id=77 chunks=20#d8d7)
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO tag=1 ttl=64 id=77 chunks=12#676d)
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 ABORT
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=36 quoting (sctp 172.16.0.5:5000 > 10.9.0.100:3868 ABORT tag=1 ttl=64 id=77 chunks=4#0604)
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868

## sloppy
With sloppy_sctp=1 any first chunk but ABORT begins an association, in the state that it leads to from NONE.

$ sysctl sloppy_sctp=1
$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
picks 14 gw sctp 172.16.0.5:{5000+} > 10.9.0.100:3868 {DATA,SACK,HEARTBEAT,HEARTBEAT-ACK,INIT,INIT-ACK,COOKIE-ECHO,COOKIE-ACK,SHUTDOWN,SHUTDOWN-ACK,SHUTDOWN-COMPLETE,ERROR,ABORT,chunk:192:0:00000000}
  1 1 1 1 1 1 1 1 1 1 1 1 gw 1
conns
  SCTP C-ECHOED 172.16.0.5:5005 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5009 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5010 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5011 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5001 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5002 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5003 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5006 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5007 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5013 10.9.0.100:3868 10.9.0.11:3868
  SCTP INIT1 172.16.0.5:5004 10.9.0.100:3868 10.9.0.11:3868
  SCTP S-RECEIVED 172.16.0.5:5008 10.9.0.100:3868 10.9.0.11:3868

## sloppy-with-nat
With NAT and sloppy_sctp=1 the states that first chunks lead to are others: COOKIE-ECHO waits for the server.

$ sysctl sloppy_sctp=1
$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -m
picks 14 gw sctp 172.16.0.5:{5000+} > 10.9.0.100:3868 {DATA,SACK,HEARTBEAT,HEARTBEAT-ACK,INIT,INIT-ACK,COOKIE-ECHO,COOKIE-ACK,SHUTDOWN,SHUTDOWN-ACK,SHUTDOWN-COMPLETE,ERROR,ABORT,chunk:192:0:00000000}
  1 1 1 1 1 1 1 1 1 1 1 1 gw 1
conns
  SCTP C-REPLIED 172.16.0.5:5006 10.9.0.100:3868 10.9.0.11:3868
  SCTP C-WAIT 172.16.0.5:5005 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5009 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5010 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5011 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5001 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5002 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5003 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5007 10.9.0.100:3868 10.9.0.11:3868
  SCTP ESTABLISHED 172.16.0.5:5013 10.9.0.100:3868 10.9.0.11:3868
  SCTP INIT1 172.16.0.5:5004 10.9.0.100:3868 10.9.0.11:3868
  SCTP S-RECEIVED 172.16.0.5:5008 10.9.0.100:3868 10.9.0.11:3868

## no-service
A port without a service gets protocol unreachable, not ABORT.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3869 INIT
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=52 quoting (sctp 172.16.0.5:5000 > 10.9.0.100:3869 INIT tag=1 ttl=64 id=77 chunks=20#1120)

## no-server
A service without a server answers INIT with port unreachable.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g -w 0
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=52 quoting (sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=64 id=77 chunks=20#1120)

## no-chunk
A packet without a whole chunk header is dropped if it belongs to no association, and forwarded as it is if it does.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868
  (nothing)
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 hex=0100
  (nothing)
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 tag=1 ttl=63 id=77
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 hex=0600
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 tag=1 ttl=63 id=77 chunks=2#0600
conns
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868

## abort-behind-a-cookie
The first chunk counts; only behind COOKIE-ECHO and COOKIE-ACK an ABORT counts in its place.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
picks 3 gw sctp 172.16.0.5:{5000+} > 10.9.0.100:3868 INIT
  1 1 1
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO ABORT
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO ABORT tag=1 ttl=63 id=77 chunks=16#6d71
> gw sctp 172.16.0.5:5001 > 10.9.0.100:3868 COOKIE-ACK ABORT
  rs1 sctp 172.16.0.5:5001 > 10.9.0.100:3868 COOKIE-ACK ABORT tag=1 ttl=63 id=77 chunks=8#1108
> gw sctp 172.16.0.5:5002 > 10.9.0.100:3868 DATA ABORT
  rs1 sctp 172.16.0.5:5002 > 10.9.0.100:3868 DATA ABORT tag=1 ttl=63 id=77 chunks=24#dedb
conns
  SCTP CLOSED 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868
  SCTP CLOSED 172.16.0.5:5001 10.9.0.100:3868 10.9.0.11:3868
  SCTP INIT1 172.16.0.5:5002 10.9.0.100:3868 10.9.0.11:3868

## init-again-on-a-closed-association
An INIT on a CLOSED association is scheduled anew (conn_reuse_mode=1); on one that is ESTABLISHED it goes to the same server.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:3868 -g
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.12:3868 -g
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs2 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO
  rs2 sctp 172.16.0.5:5000 > 10.9.0.100:3868 COOKIE-ECHO tag=1 ttl=63 id=77 chunks=12#676d
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs2 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 ABORT
  rs2 sctp 172.16.0.5:5000 > 10.9.0.100:3868 ABORT tag=1 ttl=63 id=77 chunks=4#0604
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs1 sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT tag=1 ttl=63 id=77 chunks=20#1120
conns
  SCTP INIT1 172.16.0.5:5000 10.9.0.100:3868 10.9.0.11:3868
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  SCTP 10.9.0.100:3868                     2        5        0      236        0
    -> 10.9.0.11:3868                      1        1        0       52        0
    -> 10.9.0.12:3868                      1        4        0      184        0

## errors-are-relayed
An ICMP error about an association goes to its server.

$ ipvsadm -A --sctp-service 10.9.0.100:3868 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:3868 -r 10.9.0.11:4868 -m
> gw sctp 172.16.0.5:5000 > 10.9.0.100:3868 INIT
  rs1 sctp 172.16.0.5:5000 > 10.9.0.11:4868 INIT tag=1 ttl=63 id=77 chunks=20#1120
> rs1 sctp 10.9.0.11:4868 > 172.16.0.5:5000 INIT-ACK
  gw sctp 10.9.0.100:3868 > 172.16.0.5:5000 INIT-ACK tag=1 ttl=63 id=77 chunks=20#1220
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1400 quoting last
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (sctp 10.9.0.11:4868 > 172.16.0.5:5000 tag=1 ttl=63 id=77 (cut))
> rs1 icmp 10.9.0.11 > 172.16.0.5 3/2 quoting (sctp 172.16.0.5:5000 > 10.9.0.11:4868 INIT)
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=63 id=77 quote=28 quoting (sctp 172.16.0.5:5000 > 10.9.0.100:3868 tag=1 ttl=64 id=77 (cut))
