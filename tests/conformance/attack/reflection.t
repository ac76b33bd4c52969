# What the director answers by itself, and to whom it does not.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## pings-of-odd-sources
Pings from 0.0.0.0, 127.0.0.1, groups, everybody and the virtual address get no answer.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw icmp 0.0.0.0 > 10.9.0.100 8/0 echo=7/1 data=8
  (nothing)
> gw icmp 127.0.0.1 > 10.9.0.100 8/0 echo=7/1 data=8
  (nothing)
> gw icmp 224.0.0.5 > 10.9.0.100 8/0 echo=7/1 data=8
  (nothing)
> gw icmp 255.255.255.255 > 10.9.0.100 8/0 echo=7/1 data=8
  (nothing)
> gw icmp 10.9.0.100 > 10.9.0.100 8/0 echo=7/1 data=8
  (nothing)
> gw icmp 10.9.0.2 > 10.9.0.100 8/0 echo=7/1 data=8
  (nothing)

## closed-ports-of-odd-sources
Neither do packets to closed ports from there.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 0.0.0.0:9 > 10.9.0.100:54 data=8
  (nothing)
> gw tcp 0.0.0.0:9 > 10.9.0.100:81 S
  (nothing)
> gw udp 127.0.0.1:9 > 10.9.0.100:54 data=8
  (nothing)
> gw tcp 127.0.0.1:9 > 10.9.0.100:81 S
  (nothing)
> gw udp 224.0.0.5:9 > 10.9.0.100:54 data=8
  (nothing)
> gw tcp 224.0.0.5:9 > 10.9.0.100:81 S
  (nothing)
> gw udp 255.255.255.255:9 > 10.9.0.100:54 data=8
  (nothing)
> gw tcp 255.255.255.255:9 > 10.9.0.100:81 S
  (nothing)
> gw udp 10.9.0.100:9 > 10.9.0.100:54 data=8
  (nothing)
> gw tcp 10.9.0.100:9 > 10.9.0.100:81 S
  (nothing)
> gw udp 10.9.0.2:9 > 10.9.0.100:54 data=8
  (nothing)
> gw tcp 10.9.0.2:9 > 10.9.0.100:81 S
  (nothing)

## unknown-protocols-of-odd-sources
Nor protocols that nobody speaks.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw ip 0.0.0.0 > 10.9.0.100 proto=99 data=8
  (nothing)
> gw ip 127.0.0.1 > 10.9.0.100 proto=99 data=8
  (nothing)
> gw ip 224.0.0.5 > 10.9.0.100 proto=99 data=8
  (nothing)
> gw ip 10.9.0.100 > 10.9.0.100 proto=99 data=8
  (nothing)

## no-server-and-odd-sources
And a service without servers.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -e -u 10.9.0.100:53 -r 10.9.0.11 -g -w 0
> gw udp 0.0.0.0:9 > 10.9.0.100:53 data=8
  (nothing)
> gw udp 224.0.0.5:9 > 10.9.0.100:53 data=8
  (nothing)
> gw udp 172.16.0.5:9 > 10.9.0.100:53 data=8
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=36 quoting (udp 172.16.0.5:9 > 10.9.0.100:53 ttl=64 id=77 hex=0001020304050607)

## ipv6-odd-sources
In IPv6, too.
differs: ipv6-own-source

$ ipvsadm -A -t [fd00:9::100]:80 -s rr
$ ipvsadm -a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g
> gw icmp :: > fd00:9::100 128/0 echo=7/1 data=8
  gw icmp fd00:9::100 > :: 129/0 echo=7/1 hlim=64 data="\x00\x01\x02\x03\x04\x05\x06\x07"
~ (nothing)
> gw udp [::]:9 > [fd00:9::100]:54 data=8
  (nothing)
> gw tcp [::]:9 > [fd00:9::100]:81 S
  gw tcp [fd00:9::100]:81 > [::]:9 RA seq=0 ack=1001 win=0 hlim=64
~ (nothing)
> gw icmp ::1 > fd00:9::100 128/0 echo=7/1 data=8
  (nothing)
> gw udp [::1]:9 > [fd00:9::100]:54 data=8
  (nothing)
> gw tcp [::1]:9 > [fd00:9::100]:81 S
  (nothing)
> gw icmp ff02::5 > fd00:9::100 128/0 echo=7/1 data=8
  (nothing)
> gw udp [ff02::5]:9 > [fd00:9::100]:54 data=8
  (nothing)
> gw tcp [ff02::5]:9 > [fd00:9::100]:81 S
  (nothing)
