# What the director answers for addresses that are virtual, and for segments that open nothing.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## no-service-on-the-port
On a virtual address, a port without a service is closed as on any host.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 df id=0
> gw udp 172.16.0.5:40000 > 10.9.0.100:81 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=29 quoting (udp 172.16.0.5:40000 > 10.9.0.100:81 ttl=64 id=77 data="q")

## segments-that-open-nothing
Only a SYN without other flags opens a connection; other segments that belong to none are answered as by a host, and resets by nothing.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=0 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA data="x"
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=0 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=0 win=0 ttl=64 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R
  (nothing)
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SA
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 UPF
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 FPU seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 -
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 - seq=1000 ttl=63 df id=77
conns
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80

## ping
The director answers a ping to the virtual address.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/1 data="ping"
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/1 ttl=64 data="ping"

## all-servers-quiesced
With weight 0 everywhere known connections go on, and new ones get an ICMP error.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40000 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40000 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.6:40000 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
> gw tcp 172.16.0.5:40000 > 10.9.0.100:80 A seq=1001
  rs2 tcp 172.16.0.5:40000 > 10.9.0.100:80 A seq=1001 ttl=63 df id=77
> gw tcp 172.16.0.7:40000 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.7 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.7:40000 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   0      1          0         |
    -> 10.9.0.12:80                 Route   0      1          0         |

## answers-have-the-type-of-service-of-the-question
A reset has the type of service of its segment without the ECN bits, an ICMP error the bits 0x1e of it and 0xc0, an ICMPv6 error none; an echo has all of it.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -A -t [fd00:9::100]:80 -s rr
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S tos=184
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 tos=184 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:81 S tos=187
  gw tcp 10.9.0.100:81 > 172.16.0.5:40001 RA seq=0 ack=1001 win=0 ttl=64 tos=184 df id=0
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A tos=31
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=0 win=0 ttl=64 tos=28 df id=0
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:81 S tc=187
  gw tcp [fd00:9::100]:81 > [2001:db8::5]:40001 RA seq=0 ack=1001 win=0 hlim=64 tc=184
> gw tcp [2001:db8::5]:40001 > [fd00:9::100]:80 A tc=31
  gw tcp [fd00:9::100]:80 > [2001:db8::5]:40001 R seq=0 win=0 hlim=64 tc=28
> gw udp 172.16.0.5:40001 > 10.9.0.100:81 tos=187 data="q"
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=218 quote=29 quoting (udp 172.16.0.5:40001 > 10.9.0.100:81 ttl=64 tos=187 id=77 data="q")
> gw udp [2001:db8::5]:40001 > [fd00:9::100]:81 tc=187 data="q"
  gw icmp fd00:9::100 > 2001:db8::5 1/4 hlim=64 quote=49 quoting (udp [2001:db8::5]:40001 > [fd00:9::100]:81 hlim=64 tc=187 data="q")
> gw icmp 172.16.0.5 > 10.9.0.100 8/0 echo=7/1 tos=187
  gw icmp 10.9.0.100 > 172.16.0.5 0/0 echo=7/1 ttl=64 tos=187
> gw icmp 2001:db8::5 > fd00:9::100 128/0 echo=7/1 tc=187
  gw icmp fd00:9::100 > 2001:db8::5 129/0 echo=7/1 hlim=64 tc=187
