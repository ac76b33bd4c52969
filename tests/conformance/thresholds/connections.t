# Upper and lower thresholds of connections.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## upper-and-lower
A real server with as many connections as its upper threshold gets no more until it has fewer than the lower one.

$ ipvsadm -A -t 10.9.0.100:80 -s wlc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1 -x 5 -y 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1 -x 5 -y 2
picks 13 gw tcp 172.16.0.{1+}:{30000+} > 10.9.0.100:80 S
  2 1 2 1 2 1 2 1 2 1 gw gw gw
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc
    -> 10.9.0.11:80                 Route   1      5          0         |
    -> 10.9.0.12:80                 Route   1      5          0         |
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 wlc
    -> 10.9.0.11:80                 5          2          5          0         |
    -> 10.9.0.12:80                 5          2          5          0         |
repeat 8 > gw tcp 172.16.0.{1+}:{30000+} > 10.9.0.100:80 A seq=1001 ack=1
  rs2 tcp 172.16.0.1:30000 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs1 tcp 172.16.0.2:30001 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs2 tcp 172.16.0.3:30002 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs1 tcp 172.16.0.4:30003 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs2 tcp 172.16.0.5:30004 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs1 tcp 172.16.0.6:30005 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs2 tcp 172.16.0.7:30006 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
  rs1 tcp 172.16.0.8:30007 > 10.9.0.100:80 A seq=1001 ack=1 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc
    -> 10.9.0.11:80                 Route   1      5          0         |
    -> 10.9.0.12:80                 Route   1      5          0         |
