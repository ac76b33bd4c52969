# Persistence: a client stays with its real server.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## sticky
All connections of a client go to one real server, by a template that is listed as a connection with port 0.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 5 gw tcp 172.16.0.5:{40000+} > 10.9.0.100:80 S
  3 3 3 3 3
> gw tcp 172.16.0.6:40000 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.6:40000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.7:40000 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.7:40000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:41000 > 10.9.0.100:80 S
  rs3 tcp 172.16.0.5:41000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
conns
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.13:80
  TCP NONE 172.16.0.6:0 10.9.0.100:80 10.9.0.12:80
  TCP NONE 172.16.0.7:0 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40000 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.5:41000 10.9.0.100:80 10.9.0.13:80
  TCP SYN_RECV 172.16.0.6:40000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.7:40000 10.9.0.100:80 10.9.0.11:80
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 Route   1      1          0         |
    -> 10.9.0.12:80                 Route   1      1          0         |
    -> 10.9.0.13:80                 Route   1      6          0         |
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 1         1           1          0         |
    -> 10.9.0.12:80                 1         1           1          0         |
    -> 10.9.0.13:80                 1         1           6          0         |
