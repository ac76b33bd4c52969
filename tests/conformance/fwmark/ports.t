# Services by firewall mark.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## http-and-https-together
A firewall mark makes one service of several ports; what is not marked is no part of it.

$ mark add --dst 10.9.0.100 --proto tcp --dports 80,443 --set-mark 10
$ ipvsadm -A -f 10 -s wrr
$ ipvsadm -a -f 10 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -f 10 -r 10.9.0.12 -g -w 3
picks 8 gw tcp 172.16.0.{1+}:{27000+} > 10.9.0.100:80 S
  2 1 2 2 2 1 2 2
picks 8 gw tcp 172.16.0.{1+}:{28000+} > 10.9.0.100:443 S
  2 1 2 2 2 1 2 2
> gw tcp 172.16.0.5:29000 > 10.9.0.100:22 S
  gw tcp 10.9.0.100:22 > 172.16.0.5:29000 RA seq=0 ack=1001 win=0 ttl=64 df id=0
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  FWM  10 wrr
    -> 10.9.0.11:0                  Route   1      4          0         |
    -> 10.9.0.12:0                  Route   3      12         0         |
conns
  TCP SYN_RECV 172.16.0.1:27000 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.1:28000 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.2:27001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.2:28001 10.9.0.100:443 10.9.0.11:443
  TCP SYN_RECV 172.16.0.3:27002 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.3:28002 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.4:27003 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.4:28003 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.5:27004 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.5:28004 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.6:27005 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.6:28005 10.9.0.100:443 10.9.0.11:443
  TCP SYN_RECV 172.16.0.7:27006 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.7:28006 10.9.0.100:443 10.9.0.12:443
  TCP SYN_RECV 172.16.0.8:27007 10.9.0.100:80 10.9.0.12:80
  TCP SYN_RECV 172.16.0.8:28007 10.9.0.100:443 10.9.0.12:443
