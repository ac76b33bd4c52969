# One service, real servers with different forwarding methods.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## all-three-at-once
Each real server has its own method.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13:80 -i
repeat 6 > gw tcp 172.16.0.{1+}:{40000+} > 10.9.0.100:80 S
  rs3 ipip 10.9.0.2 > 10.9.0.13 ttl=63 df (tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs2 tcp 172.16.0.2:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.3:40002 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
  rs3 ipip 10.9.0.2 > 10.9.0.13 ttl=63 df (tcp 172.16.0.4:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77)
  rs2 tcp 172.16.0.5:40004 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
  rs1 tcp 172.16.0.6:40005 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.2:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.4:40003 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.6:40005 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      2          0         |
    -> 10.9.0.12:80                 Route   1      2          0         |
    -> 10.9.0.13:80                 Tunnel  1      2          0         |
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 1
  -a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1
  -a -t 10.9.0.100:80 -r 10.9.0.13:80 -i -w 1 --tun-type ipip

## method-changed
A connection keeps the method that it was opened with.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      1          0         |
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.6:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.6:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
