# The last service.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## replies-after-the-last-service
In the kernel no packet goes by IPVS once the last service of its family is deleted: a real server's reply leaves with the real server's own address, and the reset with which its client answers ends the connection at the real server. ulvs goes on translating replies: when the services are back (`ipvsadm-restore`), so are the connections.
differs: after-the-last-service

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 SA seq=1
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 SA seq=1 ttl=63 df id=77
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 A seq=2
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 A seq=2 ttl=63 df id=77
$ ipvsadm -C
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 A seq=2
  gw tcp 10.9.0.11:8080 > 172.16.0.1:40000 A seq=2 ttl=63 df id=77
~ gw tcp 10.9.0.100:80 > 172.16.0.1:40000 A seq=2 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:8080
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 A seq=2
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 A seq=2 ttl=63 df id=77
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 A seq=2
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 A seq=2 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:8080

## requests-after-the-last-service
A VIP without services is, in the kernel, an address of the host like any other, which resets what it does not know. One that ulvs claims is gone with its last service.
differs: after-the-last-service

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 A seq=2
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 R seq=0 win=0 ttl=64 df id=0
~ (nothing)
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:80

## the-other-family
Services of the other family are no reason to go on.
differs: after-the-last-service

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -A -t [fd09::100]:80 -s rr
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 SA seq=1
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 SA seq=1 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 A seq=2
  gw tcp 10.9.0.11:8080 > 172.16.0.1:40000 A seq=2 ttl=63 df id=77
~ gw tcp 10.9.0.100:80 > 172.16.0.1:40000 A seq=2 ttl=63 df id=77

## another-service-of-the-family
Any service of the family keeps replies translated, also in the kernel; requests of the deleted one are dropped.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
$ ipvsadm -A -u 10.9.0.100:53 -s rr
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 SA seq=1
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 SA seq=1 ttl=63 df id=77
$ ipvsadm -D -t 10.9.0.100:80
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 A seq=2
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 A seq=2 ttl=63 df id=77
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 A seq=2
  (nothing)
conns
  TCP ESTABLISHED 172.16.0.1:40000 10.9.0.100:80 10.9.0.11:8080
