# sloppy_sctp: which SCTP packets may open a connection.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## off
Without it, only an INIT opens one; others are the host's.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11 -g
$ sysctl sloppy_sctp=0
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 DATA
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=52 quoting (sctp 172.16.0.5:40001 > 10.9.0.100:36412 DATA tag=1 ttl=64 id=77 chunks=20#d8d7)
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 COOKIE-ECHO
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=44 quoting (sctp 172.16.0.5:40001 > 10.9.0.100:36412 COOKIE-ECHO tag=1 ttl=64 id=77 chunks=12#676d)
conns

## all-but-an-abort
With it each chunk but ABORT opens one, in the state that the chunk says.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11 -g
$ sysctl sloppy_sctp=1
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 DATA
  rs1 sctp 172.16.0.5:40001 > 10.9.0.100:36412 DATA tag=1 ttl=63 id=77 chunks=20#d8d7
> gw sctp 172.16.0.5:40002 > 10.9.0.100:36412 HEARTBEAT
  rs1 sctp 172.16.0.5:40002 > 10.9.0.100:36412 HEARTBEAT tag=1 ttl=63 id=77 chunks=4#0404
> gw sctp 172.16.0.5:40003 > 10.9.0.100:36412 SHUTDOWN
  rs1 sctp 172.16.0.5:40003 > 10.9.0.100:36412 SHUTDOWN tag=1 ttl=63 id=77 chunks=8#0709
> gw sctp 172.16.0.5:40004 > 10.9.0.100:36412 INIT-ACK
  rs1 sctp 172.16.0.5:40004 > 10.9.0.100:36412 INIT-ACK tag=1 ttl=63 id=77 chunks=20#1220
> gw sctp 172.16.0.5:40005 > 10.9.0.100:36412 COOKIE-ACK
  rs1 sctp 172.16.0.5:40005 > 10.9.0.100:36412 COOKIE-ACK tag=1 ttl=63 id=77 chunks=4#0b04
> gw sctp 172.16.0.5:40006 > 10.9.0.100:36412 ERROR
  rs1 sctp 172.16.0.5:40006 > 10.9.0.100:36412 ERROR tag=1 ttl=63 id=77 chunks=4#0904
> gw sctp 172.16.0.5:40007 > 10.9.0.100:36412 SHUTDOWN-COMPLETE
  rs1 sctp 172.16.0.5:40007 > 10.9.0.100:36412 SHUTDOWN-COMPLETE tag=1 ttl=63 id=77 chunks=4#0e04
> gw sctp 172.16.0.5:40008 > 10.9.0.100:36412 chunk:200:0:
  rs1 sctp 172.16.0.5:40008 > 10.9.0.100:36412 chunk:200 tag=1 ttl=63 id=77 chunks=4#c804
> gw sctp 172.16.0.5:40009 > 10.9.0.100:36412 ABORT
  gw icmp 10.9.0.100 > 172.16.0.5 3/2 ttl=64 tos=192 quote=36 quoting (sctp 172.16.0.5:40009 > 10.9.0.100:36412 ABORT tag=1 ttl=64 id=77 chunks=4#0604)
conns
  SCTP C-ECHOED 172.16.0.5:40004 10.9.0.100:36412 10.9.0.11:36412
  SCTP CLOSED 172.16.0.5:40006 10.9.0.100:36412 10.9.0.11:36412
  SCTP CLOSED 172.16.0.5:40007 10.9.0.100:36412 10.9.0.11:36412
  SCTP ESTABLISHED 172.16.0.5:40001 10.9.0.100:36412 10.9.0.11:36412
  SCTP ESTABLISHED 172.16.0.5:40002 10.9.0.100:36412 10.9.0.11:36412
  SCTP ESTABLISHED 172.16.0.5:40005 10.9.0.100:36412 10.9.0.11:36412
  SCTP ESTABLISHED 172.16.0.5:40008 10.9.0.100:36412 10.9.0.11:36412
  SCTP S-RECEIVED 172.16.0.5:40003 10.9.0.100:36412 10.9.0.11:36412

## abort-behind-another
Only the first chunk decides; but behind a cookie an ABORT tells the state.

$ ipvsadm -A --sctp-service 10.9.0.100:36412 -s rr
$ ipvsadm -a --sctp-service 10.9.0.100:36412 -r 10.9.0.11 -m
$ sysctl sloppy_sctp=1
> gw sctp 172.16.0.5:40001 > 10.9.0.100:36412 DATA ABORT
  rs1 sctp 172.16.0.5:40001 > 10.9.0.11:36412 DATA ABORT tag=1 ttl=63 id=77 chunks=24#dedb
> gw sctp 172.16.0.5:40002 > 10.9.0.100:36412 COOKIE-ECHO ABORT
  rs1 sctp 172.16.0.5:40002 > 10.9.0.11:36412 COOKIE-ECHO ABORT tag=1 ttl=63 id=77 chunks=16#6d71
conns
  SCTP CLOSED 172.16.0.5:40002 10.9.0.100:36412 10.9.0.11:36412
  SCTP ESTABLISHED 172.16.0.5:40001 10.9.0.100:36412 10.9.0.11:36412
