# Connections while the configuration changes.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## server-deleted
Packets of connections to a deleted real server are dropped until it comes back, or the connection ends.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001
  (nothing)
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      1          0         |
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## service-deleted-and-made-again
A service that is made again finds its connections and counts from zero; its real servers from what the estimator saw of them last, within two seconds before the deletion.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      1          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        1        0       40        0
    -> 10.9.0.11:80                        0        0        0        0        0
    -> 10.9.0.12:80                        1        2        0       80        0

## service-made-again-after-a-while
What the estimator saw before the deletion is not counted for a service that is made again; what it had not seen is, however long the deletion lasted.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
wait 5
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
wait 5
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        1        1        0       40        0

## server-deleted-while-counters-are-zeroed
A real server that is deleted keeps its counters, whatever is zeroed meanwhile.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
wait 3
$ ipvsadm -Z
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        1        1        0       40        0

## syn-on-a-known-connection
A SYN on a connection that is not dying goes the way of the connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## syn-on-a-closed-connection
A SYN on a connection in CLOSE opens a new one, to whom the scheduler chooses now.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000 ttl=63 df id=77
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## syn-lives-for-a-minute
A connection in SYN_RECV ends after a minute.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 59s
wait 57
conns
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
wait 6
conns
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      0          0         |
