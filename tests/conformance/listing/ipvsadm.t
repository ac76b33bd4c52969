# What ipvsadm prints.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## restore
Rules from standard input are carried out line by line; a line that cannot be read ends it.

$ ipvsadm -R
| -A -t 10.9.0.100:80 -s wrr
| -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1
| -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 3
| -A -f 3 -s lblcr
| -a -f 3 -r 10.9.0.13:0 -i -w 2
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s wrr
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1
  -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 3
  -A -f 3 -s lblcr
  -a -f 3 -r 10.9.0.13:0 -i -w 2 --tun-type ipip
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Masq    3      0          0         |
  FWM  3 lblcr
    -> 10.9.0.13:0                  Tunnel  2      0          0         |
$ ipvsadm -R
| -A -t 10.9.0.100:90 -s rr
| nonsense
| -A -t 10.9.0.100:91 -s rr
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s wrr
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1
  -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 3
  -A -t 10.9.0.100:90 -s rr
  -A -f 3 -s lblcr
  -a -f 3 -r 10.9.0.13:0 -i -w 2 --tun-type ipip

## names
Ports have names unless -n is given.

$ ipvsadm -A -t 10.9.0.100:http -s rr
$ ipvsadm -a -t 10.9.0.100:http -r 10.9.0.11:http -m
$ ipvsadm -A -t 10.9.0.100:telnet -s rr
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:23 rr
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      0          0         |
$ ipvsadm -Sn
  -A -t 10.9.0.100:23 -s rr
  -A -t 10.9.0.100:80 -s rr
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 1

## counters
Connections, packets and bytes are counted in both directions, and -Z begins anew.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=1001 ack=5001 data=100
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:80 PA seq=1001 ack=5001 ttl=63 df id=77 data=100
> rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 PA seq=5001 ack=1101 data=1000
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 PA seq=5001 ack=1101 ttl=63 df id=77 data=1000
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        2        2      180     1080
    -> 10.9.0.11:80                        1        2        2      180     1080
$ ipvsadm -Ln --stats --exact
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        2        2      180     1080
    -> 10.9.0.11:80                        1        2        2      180     1080
$ ipvsadm -Z
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       0        0        0        0        0
    -> 10.9.0.11:80                        0        0        0        0        0

## zeroed-at-once
-Z takes back what the estimator has seen: what came within the last two seconds shows up after all.
differs: counters-of-this-moment

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
wait 5
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Z
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
~ IP Virtual Server version 1.2.1 (size=4096)
~ Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
~   -> RemoteAddress:Port
~ TCP  10.9.0.100:80                       0        0        0        0        0
~   -> 10.9.0.11:80                        0        0        0        0        0

## counters-stand-still
With run_estimation=0 listings show what the estimator saw last; later, what came meanwhile counts.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
wait 5
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ sysctl run_estimation=0
> gw tcp 172.16.0.5:40003 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40003 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
$ sysctl run_estimation=1
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       3        3        0      120        0
    -> 10.9.0.11:80                        3        3        0      120        0

## empty
An empty table has its two lines of head.

$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
$ ipvsadm
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
$ ipvsadm -Sn
$ ipvsadm -Lnc
  IPVS connection entries
  pro expire state       source             virtual            destination
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port

## every-flag
Scheduler flags, persistence, netmask and one-packet scheduling are shown behind the scheduler.

$ ipvsadm -A -t 10.9.0.100:80 -s sh -b sh-port,sh-fallback
$ ipvsadm -A -t 10.9.0.100:81 -s mh -b mh-port,mh-fallback
$ ipvsadm -A -t 10.9.0.100:82 -s rr -p 120
$ ipvsadm -A -t 10.9.0.100:83 -s rr -p 120 -M 255.255.255.0
$ ipvsadm -A -u 10.9.0.100:84 -s rr -o
$ ipvsadm -A -f 7 -s rr -p
$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 60 -M 64
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh (sh-fallback,sh-port)
  TCP  10.9.0.100:81 mh (mh-fallback,mh-port)
  TCP  10.9.0.100:82 rr persistent 120
  TCP  10.9.0.100:83 rr persistent 120 mask 255.255.255.0
  UDP  10.9.0.100:84 rr ops
  TCP  [fd00:9::100]:80 rr persistent 60 mask 64
  FWM  7 rr persistent 360
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s sh -b sh-fallback,sh-port
  -A -t 10.9.0.100:81 -s mh -b mh-fallback,mh-port
  -A -t 10.9.0.100:82 -s rr -p 120
  -A -t 10.9.0.100:83 -s rr -p 120 -M 255.255.255.0
  -A -u 10.9.0.100:84 -s rr -o
  -A -t [fd00:9::100]:80 -s rr -p 60 -M 64
  -A -f 7 -s rr -p 360

## refusals
What the kernel refuses, in ipvsadm's words.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -A -t 10.9.0.100:80 -s wrr
  Service already exists
  [255]
$ ipvsadm -E -t 10.9.0.100:81 -s rr
  No such service
  [255]
$ ipvsadm -D -t 10.9.0.100:81
  No such service
  [255]
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11
  Service not defined
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m
  Destination already exists
  [255]
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12
  No such destination
  [255]
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
  No such destination
  [255]
$ ipvsadm -A -t 10.9.0.100:82 -s nonesuch
  Scheduler or persistence engine not found
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -x 2 -y 3
  Numerical result out of range
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -w -1
  illegal weight specified
  [2]
$ ipvsadm -L -t 10.9.0.100:99
  No such service
  [1]
$ ipvsadm -Z -t 10.9.0.100:99
  No such service
  [255]
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
