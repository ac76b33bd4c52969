# Errors that go elsewhere than one would expect: what they quote decides, not whom they are for.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## about-a-tunnel-to-the-vip
"Fragmentation needed" about our tunnel, sent to the VIP instead of the director's own address.

$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.15 -i -w 3
> gw tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1300 quote=60 quoting recent
  gw icmp 10.9.0.100 > 172.16.0.1 3/4 mtu=1480 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.2 3/4 mtu=1300 quote=60 quoting recent
  gw icmp 10.9.0.100 > 172.16.0.1 3/4 mtu=1280 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:81                       1        2        4       80      216
    -> 10.9.0.15:81                        1        2        4       80      216

## about-a-tunnel-to-another-vip
To a VIP of another service.

$ mark add --dst 10.9.0.100 --proto tcp --dports 81 --set-mark 11
$ ipvsadm -A -t 10.9.0.100:9 -s rr
$ ipvsadm -A -t 10.9.0.101:9 -s rr
$ ipvsadm -A -f 11 -s nq
$ ipvsadm -a -f 11 -r 10.9.0.15 -i -w 3
> gw tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.101 3/1 quote=60 quoting recent
  gw icmp 10.9.0.100 > 172.16.0.1 3/1 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:9                        0        0        0        0        0
  TCP  10.9.0.101:9                        0        0        0        0        0
  FWM  11                                  1        1        2       40      108
    -> 10.9.0.15:0                         1        1        2       40      108

## about-no-tunnel-to-the-vip
What quotes the tunnel of somebody else is about nothing of ours.

$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.15 -i -w 3
> gw tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.1:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw tcp 172.16.0.2:40002 > 10.9.0.100:81 SA seq=1000 ack=5000
  rs5 ipip 10.9.0.2 > 10.9.0.15 ttl=63 df (tcp 172.16.0.2:40002 > 10.9.0.100:81 SA seq=1000 ack=5000 ttl=63 df id=77)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=60 quoting (ipip 10.9.0.2 > 10.9.0.15 (tcp 172.16.0.9:40002 > 10.9.0.100:81 A))
  (nothing)
> gw icmp 192.0.2.1 > 10.9.0.100 3/1 quote=60 quoting (ipip 10.9.0.2 > 10.9.0.99 (tcp 172.16.0.1:40002 > 10.9.0.100:81 A))
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:81                       2        2        0       80        0
    -> 10.9.0.15:81                        2        2        0       80        0

## about-a-request-to-another-client
A NAT real server's error gets the virtual address, though it goes to another client than the quoted one.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 172.16.0.2 3/3 quoting recent
  gw icmp 10.9.0.100 > 172.16.0.2 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=63 df id=77 (cut))
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.99 > 172.16.0.2 3/3 quoting recent
  gw icmp 10.9.0.100 > 172.16.0.2 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.1:40000 > 10.9.0.100:80 seq=1 ttl=63 df id=77 (cut))
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        2        2       80      112
    -> 10.9.0.11:8080                      1        2        2       80      112

## about-a-nat-request-to-the-vip
A NAT real server's error that goes to the VIP.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 10.9.0.100 3/3 quoting recent
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:8080                      1        1        1       40       56

## about-a-nat-request-to-the-director
A NAT real server's error that goes to the director's own address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 icmp 10.9.0.11 > 10.9.0.2 3/3 quoting recent
  (nothing)
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        1       40       56
    -> 10.9.0.11:8080                      1        1        1       40       56

## about-a-reply-to-another-address
An error about a reply of the VIP that goes to another VIP.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -A -t 10.9.0.101:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.1:40000 SA seq=1
  gw tcp 10.9.0.100:80 > 172.16.0.1:40000 SA seq=1 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.101 3/3 quoting recent
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/3 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.11:8080 > 172.16.0.1:40000 seq=1 ttl=63 df id=77 (cut))
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        2        1       96       40
    -> 10.9.0.11:8080                      1        2        1       96       40
  TCP  10.9.0.101:80                       0        0        0        0        0

## about-a-reply-to-others
An error about a reply of the VIP that goes to the director itself, or to a host behind it.
differs: errors-to-others

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.1:40000 > 10.9.0.100:80 S seq=1
  rs1 tcp 172.16.0.1:40000 > 10.9.0.11:8080 S seq=1 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.2 3/3 quoting (tcp 10.9.0.100:80 > 172.16.0.1:40000 SA)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/3 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.11:8080 > 172.16.0.1:40000 seq=1000 ttl=64 df id=77 (cut))
~ (nothing)
> gw icmp 192.0.2.1 > 10.9.0.99 3/3 quoting (tcp 10.9.0.100:80 > 172.16.0.1:40000 SA)
  rs1 icmp 192.0.2.1 > 10.9.0.11 3/3 ttl=62 id=77 quote=28 quoting (tcp 10.9.0.11:8080 > 172.16.0.1:40000 seq=1000 ttl=64 df id=77 (cut))
~ (nothing)
