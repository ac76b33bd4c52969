# Persistence while servers and services change.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## weight-zero-keeps-its-clients
A real server of weight 0 gets no new clients, but new connections of those that have a template.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.6:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.7:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.7:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## weight-zero-with-expire-quiescent-template
With expire_quiescent_template=1 a template to a server of weight 0 is void: it is listed with port 65535 from then on, and the client is scheduled anew.

$ sysctl expire_quiescent_template=1
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 1         1           1          0         |
    -> 10.9.0.12:80                 0         1           1          0         |

## void-template-stays-void
A void template does not come back with the server's weight.

$ sysctl expire_quiescent_template=1
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## quiescent-for-a-while
A template that nobody used while its server had weight 0 is as good as before.

$ sysctl expire_quiescent_template=1
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## quiescent-and-nobody-else
If the void template's server was the only one, the client gets port unreachable, and the template is void all the same.

$ sysctl expire_quiescent_template=1
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.11:65535
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80

## deleted-server
A template to a deleted server is void: the client's next connection is scheduled, the old one gets silence.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  (nothing)
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80

## server-that-comes-back
A server that is added again in time has its templates back, if nobody came meanwhile.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 1         0           0          0         |
    -> 10.9.0.12:80                 1         1           2          0         |

## overloaded-server-keeps-its-clients
The upper threshold keeps new clients away, not those with a template.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -x 2
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
picks 4 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 S
  2 2 2 2
picks 4 gw tcp 172.16.0.{6..9}:40001 > 10.9.0.100:80 S
  1 1 1 1
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 0          0          4          0         |
    -> 10.9.0.12:80                 2          0          5          0         |

## templates-are-no-connections
Templates do not count as connections: neither for thresholds nor in ActiveConn and InActConn; --persistent-conn counts them.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 3
picks 5 gw tcp 172.16.0.{5..9}:40001 > 10.9.0.100:80 S
  1 1 1 gw gw
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 Route   1      3          0         |
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 1         3           3          0         |
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       3        3        0      120        0
    -> 10.9.0.11:80                        3        3        0      120        0

## service-becomes-persistent
A service that becomes persistent makes templates for new connections; those that exist have none.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -E -t 10.9.0.100:80 -s rr -p 60
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80

## service-is-persistent-no-more
Without persistence new connections are scheduled, though templates are still there; they serve again once the service is persistent again.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -E -t 10.9.0.100:80 -s rr
picks 2 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 S
  1 2
$ ipvsadm -E -t 10.9.0.100:80 -s rr -p 60
picks 2 gw tcp 172.16.0.5:{40012+} > 10.9.0.100:80 S
  2 2
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40012 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40013 10.9.0.100:80 10.9.0.12:80

## another-mask
With another mask the old templates are not found: their client was filed under another network.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -E -t 10.9.0.100:80 -s rr -p 60 -M 255.255.255.0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.0:0 10.9.0.100:80 10.9.0.11:80
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80

## another-scheduler
A change of scheduler leaves templates as they are.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -E -t 10.9.0.100:80 -s wlc -p 60
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77

## service-deleted-and-made-again
After a service was deleted and made again, with the same servers, its templates go on.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 1         0           0          0         |
    -> 10.9.0.12:80                 1         1           2          0         |

## reuse-keeps-the-server
A connection with a template is not scheduled anew in CLOSE: conn_reuse_mode is not for connections that have one, so it counts once.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 A seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 R seq=1001 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=9000
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:80 S seq=9000 ttl=63 df id=77
conns
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        4        0      160        0
    -> 10.9.0.11:80                        0        0        0        0        0
    -> 10.9.0.12:80                        1        4        0      160        0
