# Names in place of numbers.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## ports-by-name
Without -n, ports have the names of /etc/services by protocol; addresses without a name stay numbers.

$ ipvsadm -A -t 10.9.0.100:http -s rr
$ ipvsadm -a -t 10.9.0.100:http -r 10.9.0.11:ftp -m
$ ipvsadm -A -u 10.9.0.100:domain -s rr
$ ipvsadm -A -t 10.9.0.100:54321 -s rr
$ ipvsadm -L
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:http rr
    -> 10.9.0.11:ftp                Masq    1      0          0         |
  TCP  10.9.0.100:54321 rr
  UDP  10.9.0.100:domain rr
$ ipvsadm -S
  -A -t 10.9.0.100:http -s rr
  -a -t 10.9.0.100:http -r 10.9.0.11:ftp -m -w 1
  -A -t 10.9.0.100:54321 -s rr
  -A -u 10.9.0.100:domain -s rr
$ ipvsadm -L --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:http                     0        0        0        0        0
    -> 10.9.0.11:ftp                       0        0        0        0        0
  TCP  10.9.0.100:54321                    0        0        0        0        0
  UDP  10.9.0.100:domain                   0        0        0        0        0

## ipv6-by-name
IPv6 services, too.

$ ipvsadm -A -t [fd00:9::100]:http -s rr
$ ipvsadm -a -t [fd00:9::100]:http -r fd00:9::b -g
$ ipvsadm -L
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  [fd00:9::100]:http rr
    -> [fd00:9::b]:http             Route   1      0          0         |
$ ipvsadm -S
  -A -t [fd00:9::100]:http -s rr
  -a -t [fd00:9::100]:http -r [fd00:9::b]:http -g -w 1

## unknown-names
A port's name of another protocol, or of none, is no port; a host that nobody knows is none.

$ ipvsadm -A -t 10.9.0.100:nonesuch -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t nonesuch.invalid:80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t localhost:80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -L
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn

## connections
Connections are listed with names as well; -c and -n together with numbers.

$ ipvsadm -A -t 10.9.0.100:http -s rr
$ ipvsadm -L -c
  IPVS connection entries
  pro expire state       source             virtual            destination
$ ipvsadm -L -n -c
  IPVS connection entries
  pro expire state       source             virtual            destination
$ ipvsadm -L -c --persistent-conn
  IPVS connection entries
  pro expire state       source             virtual            destination        pe name          pe_data
$ ipvsadm -L --connection --numeric --sort
  IPVS connection entries
  pro expire state       source             virtual            destination
$ ipvsadm -L -c --exact
  IPVS connection entries
  pro expire state       source             virtual            destination

## long-options
Long names of options do the same, with a blank or = before the value.

$ ipvsadm --add-service --tcp-service 10.9.0.100:80 --scheduler=wlc --persistent=100 --netmask 255.255.0.0
$ ipvsadm --add-server --tcp-service=10.9.0.100:80 --real-server 10.9.0.11:8080 --masquerading --weight=7 --u-threshold 9 --l-threshold=3
$ ipvsadm --add-server --tcp-service=10.9.0.100:80 --real-server 10.9.0.12 --gatewaying
$ ipvsadm --add-server --tcp-service=10.9.0.100:80 --real-server 10.9.0.13 --ipip
$ ipvsadm --list --numeric
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc persistent 100 mask 255.255.0.0
    -> 10.9.0.11:8080               Masq    7      0          0         |
    -> 10.9.0.12:80                 Route   1      0          0         |
    -> 10.9.0.13:80                 Tunnel  1      0          0         |
$ ipvsadm --edit-server --tcp-service 10.9.0.100:80 --real-server 10.9.0.12 --gatewaying --weight 0
$ ipvsadm --edit-service --tcp-service 10.9.0.100:80 --scheduler rr
$ ipvsadm --delete-server --tcp-service 10.9.0.100:80 --real-server 10.9.0.13
$ ipvsadm --save --numeric
  -A -t 10.9.0.100:80 -s rr
  -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 7
  -a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 0
$ ipvsadm --zero
$ ipvsadm --delete-service --tcp-service 10.9.0.100:80
$ ipvsadm --add-service --udp-service 10.9.0.100:53 --ops
$ ipvsadm --add-service --fwmark-service 7 --ipv6 --scheduler sh --sched-flags sh-port
$ ipvsadm --list -n
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 wlc ops
  FWM  7 IPv6 sh (sh-port)
$ ipvsadm --clear
$ ipvsadm --list -n
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn

## short-options-together
Short options may stand together, and with their values.

$ ipvsadm -At 10.9.0.100:80 -srr -p60
$ ipvsadm -at 10.9.0.100:80 -r10.9.0.11 -mw5
$ ipvsadm -at10.9.0.100:80 -r 10.9.0.12 -gw 3 -x9 -y2
$ ipvsadm -Lnt 10.9.0.100:80
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 Masq    5      0          0         |
    -> 10.9.0.12:80                 Route   3      0          0         |
$ ipvsadm -ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 60
    -> 10.9.0.11:80                 0          0          0          0         |
    -> 10.9.0.12:80                 9          2          0          0         |
$ ipvsadm -dt 10.9.0.100:80 -r 10.9.0.12
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr -p 60
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 5
$ ipvsadm -Dt 10.9.0.100:80
$ ipvsadm -nL
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
