# Recorded from ipvsadm 1.31 on a kernel with IPVS. $ arguments, < standard input, O| standard output, E| standard error,
# = exit status. Lines of output end with | so that trailing blanks show.
$
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
= 0
$ -A -t 10.9.0.100:http -s rr
= 0
$ -A -t 10.9.0.100:http -s rr
E|Service already exists|
= 255
$ -A -u 10.9.0.100:domain -s sh -b sh-port,sh-fallback
= 0
$ -A -u 10.9.0.100:tftp -s sh -b flag-1,flag-3
= 0
$ -A -u 10.9.0.101:53 -o -b flag-1,flag-3
= 0
$ -A -t 10.9.0.101:443 -s mh -b mh-fallback
= 0
$ -A --sctp-service 10.9.0.100:80
= 0
$ -A -t 10.9.0.102:80 -p
= 0
$ -A -t 10.9.0.103:80 -p 300 -M 255.255.255.0
= 0
$ -A -t 10.9.0.104:0 -p 60 -M 0.0.0.0
= 0
$ -A -t [fd00:9::100]:80 -p -M 64
= 0
$ -A -t [fd00:9::101]:http
= 0
$ -A -f 7
= 0
$ -A -f 7 -6 -s rr
= 0
$ -A -f 4294967295 -p -o
= 0
$ -A -t 10.9.0.105:80 -s nosuch
E|Scheduler or persistence engine not found|
= 255
$ -A -t 10.9.0.105:80 -p --pe sip
E|Scheduler or persistence engine not found|
= 255
$ -E -t 10.9.0.105:80
E|No such service|
= 255
$ -E -t 10.9.0.100:80 -s wrr
= 0
$ -E -t 10.9.0.100:80 -s nosuch
E|Scheduler or persistence engine not found|
= 255
$ -D -t 10.9.0.105:80
E|No such service|
= 255
$ -Z -t 10.9.0.105:80
E|No such service|
= 255
$ -L -n -t 10.9.0.105:80
E|No such service|
= 1
$ -Ln
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|FWM  -1 wlc persistent 360 ops|
O|TCP  10.9.0.100:80 wrr|
O|TCP  10.9.0.101:443 mh (mh-fallback)|
O|TCP  10.9.0.102:80 wlc persistent 360|
O|TCP  10.9.0.103:80 wlc persistent 300 mask 255.255.255.0|
O|TCP  10.9.0.104:0 wlc persistent 60 mask 0.0.0.0|
O|UDP  10.9.0.100:53 sh (sh-fallback,sh-port)|
O|UDP  10.9.0.100:69 sh (sh-fallback)|
O|UDP  10.9.0.101:53 wlc (flag-1,flag-3) ops|
O|SCTP 10.9.0.100:80 wlc|
O|TCP  [fd00:9::100]:80 wlc persistent 360 mask 64|
O|TCP  [fd00:9::101]:80 wlc|
O|FWM  7 wlc|
O|FWM  7 IPv6 rr|
= 0
$ -l
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|FWM  -1 wlc persistent 360 ops|
O|TCP  10.9.0.100:http wrr|
O|TCP  10.9.0.101:https mh (mh-fallback)|
O|TCP  10.9.0.102:http wlc persistent 360|
O|TCP  10.9.0.103:http wlc persistent 300 mask 255.255.255.0|
O|TCP  10.9.0.104:0 wlc persistent 60 mask 0.0.0.0|
O|UDP  10.9.0.100:domain sh (sh-fallback,sh-port)|
O|UDP  10.9.0.100:tftp sh (sh-fallback)|
O|UDP  10.9.0.101:domain wlc (flag-1,flag-3) ops|
O|SCTP 10.9.0.100:80 wlc|
O|TCP  [fd00:9::100]:http wlc persistent 360 mask 64|
O|TCP  [fd00:9::101]:http wlc|
O|FWM  7 wlc|
O|FWM  7 IPv6 rr|
= 0
$ -L --tun-info
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn|
O|FWM  -1 wlc persistent 360 ops|
O|TCP  10.9.0.100:http wrr|
O|TCP  10.9.0.101:https mh (mh-fallback)|
O|TCP  10.9.0.102:http wlc persistent 360|
O|TCP  10.9.0.103:http wlc persistent 300 mask 255.255.255.0|
O|TCP  10.9.0.104:0 wlc persistent 60 mask 0.0.0.0|
O|UDP  10.9.0.100:domain sh (sh-fallback,sh-port)|
O|UDP  10.9.0.100:tftp sh (sh-fallback)|
O|UDP  10.9.0.101:domain wlc (flag-1,flag-3) ops|
O|SCTP 10.9.0.100:80 wlc|
O|TCP  [fd00:9::100]:http wlc persistent 360 mask 64|
O|TCP  [fd00:9::101]:http wlc|
O|FWM  7 wlc|
O|FWM  7 IPv6 rr|
= 0
$ -L --thresholds
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
O|  -> RemoteAddress:Port|
O|FWM  -1 wlc persistent 360 ops|
O|TCP  10.9.0.100:http wrr|
O|TCP  10.9.0.101:https mh (mh-fallback)|
O|TCP  10.9.0.102:http wlc persistent 360|
O|TCP  10.9.0.103:http wlc persistent 300 mask 255.255.255.0|
O|TCP  10.9.0.104:0 wlc persistent 60 mask 0.0.0.0|
O|UDP  10.9.0.100:domain sh (sh-fallback,sh-port)|
O|UDP  10.9.0.100:tftp sh (sh-fallback)|
O|UDP  10.9.0.101:domain wlc (flag-1,flag-3) ops|
O|SCTP 10.9.0.100:80 wlc|
O|TCP  [fd00:9::100]:http wlc persistent 360 mask 64|
O|TCP  [fd00:9::101]:http wlc|
O|FWM  7 wlc|
O|FWM  7 IPv6 rr|
= 0
$ -L --persistent-conn -n
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
O|  -> RemoteAddress:Port|
O|FWM  -1 wlc persistent 360 ops|
O|TCP  10.9.0.100:80 wrr|
O|TCP  10.9.0.101:443 mh (mh-fallback)|
O|TCP  10.9.0.102:80 wlc persistent 360|
O|TCP  10.9.0.103:80 wlc persistent 300 mask 255.255.255.0|
O|TCP  10.9.0.104:0 wlc persistent 60 mask 0.0.0.0|
O|UDP  10.9.0.100:53 sh (sh-fallback,sh-port)|
O|UDP  10.9.0.100:69 sh (sh-fallback)|
O|UDP  10.9.0.101:53 wlc (flag-1,flag-3) ops|
O|SCTP 10.9.0.100:80 wlc|
O|TCP  [fd00:9::100]:80 wlc persistent 360 mask 64|
O|TCP  [fd00:9::101]:80 wlc|
O|FWM  7 wlc|
O|FWM  7 IPv6 rr|
= 0
$ -Ln --stats
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes|
O|  -> RemoteAddress:Port|
O|FWM  -1                                  0        0        0        0        0|
O|TCP  10.9.0.100:80                       0        0        0        0        0|
O|TCP  10.9.0.101:443                      0        0        0        0        0|
O|TCP  10.9.0.102:80                       0        0        0        0        0|
O|TCP  10.9.0.103:80                       0        0        0        0        0|
O|TCP  10.9.0.104:0                        0        0        0        0        0|
O|UDP  10.9.0.100:53                       0        0        0        0        0|
O|UDP  10.9.0.100:69                       0        0        0        0        0|
O|UDP  10.9.0.101:53                       0        0        0        0        0|
O|SCTP 10.9.0.100:80                       0        0        0        0        0|
O|TCP  [fd00:9::100]:80                    0        0        0        0        0|
O|TCP  [fd00:9::101]:80                    0        0        0        0        0|
O|FWM  7                                   0        0        0        0        0|
O|FWM  7 IPv6                              0        0        0        0        0|
= 0
$ -Ln --rate --exact
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS|
O|  -> RemoteAddress:Port|
O|FWM  -1                                  0        0        0        0        0|
O|TCP  10.9.0.100:80                       0        0        0        0        0|
O|TCP  10.9.0.101:443                      0        0        0        0        0|
O|TCP  10.9.0.102:80                       0        0        0        0        0|
O|TCP  10.9.0.103:80                       0        0        0        0        0|
O|TCP  10.9.0.104:0                        0        0        0        0        0|
O|UDP  10.9.0.100:53                       0        0        0        0        0|
O|UDP  10.9.0.100:69                       0        0        0        0        0|
O|UDP  10.9.0.101:53                       0        0        0        0        0|
O|SCTP 10.9.0.100:80                       0        0        0        0        0|
O|TCP  [fd00:9::100]:80                    0        0        0        0        0|
O|TCP  [fd00:9::101]:80                    0        0        0        0        0|
O|FWM  7                                   0        0        0        0        0|
O|FWM  7 IPv6                              0        0        0        0        0|
= 0
$ -L -n -t 10.9.0.103:80
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|TCP  10.9.0.103:80 wlc persistent 300 mask 255.255.255.0|
= 0
$ -L -f 7 -6
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|FWM  7 IPv6 rr|
= 0
$ -Ln -f 7
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|FWM  7 wlc|
= 0
$ -S
O|-A -f -1 -s wlc -p 360 -o|
O|-A -t 10.9.0.100:http -s wrr|
O|-A -t 10.9.0.101:https -s mh -b mh-fallback|
O|-A -t 10.9.0.102:http -s wlc -p 360|
O|-A -t 10.9.0.103:http -s wlc -p 300 -M 255.255.255.0|
O|-A -t 10.9.0.104:0 -s wlc -p 60 -M 0.0.0.0|
O|-A -u 10.9.0.100:domain -s sh -b sh-fallback,sh-port|
O|-A -u 10.9.0.100:tftp -s sh -b sh-fallback|
O|-A -u 10.9.0.101:domain -s wlc -o -b flag-1,flag-3|
O|-A --sctp-service 10.9.0.100:80 -s wlc|
O|-A -t [fd00:9::100]:http -s wlc -p 360 -M 64|
O|-A -t [fd00:9::101]:http -s wlc|
O|-A -f 7 -s wlc|
O|-A -f 7 -6 -s rr|
= 0
$ -Sn
O|-A -f -1 -s wlc -p 360 -o|
O|-A -t 10.9.0.100:80 -s wrr|
O|-A -t 10.9.0.101:443 -s mh -b mh-fallback|
O|-A -t 10.9.0.102:80 -s wlc -p 360|
O|-A -t 10.9.0.103:80 -s wlc -p 300 -M 255.255.255.0|
O|-A -t 10.9.0.104:0 -s wlc -p 60 -M 0.0.0.0|
O|-A -u 10.9.0.100:53 -s sh -b sh-fallback,sh-port|
O|-A -u 10.9.0.100:69 -s sh -b sh-fallback|
O|-A -u 10.9.0.101:53 -s wlc -o -b flag-1,flag-3|
O|-A --sctp-service 10.9.0.100:80 -s wlc|
O|-A -t [fd00:9::100]:80 -s wlc -p 360 -M 64|
O|-A -t [fd00:9::101]:80 -s wlc|
O|-A -f 7 -s wlc|
O|-A -f 7 -6 -s rr|
= 0
$ -D -t 10.9.0.103:80
= 0
$ -D -f 7 -6
= 0
$ -Z
= 0
$ -Z -t 10.9.0.104:0
= 0
$ -Ln --sort
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|FWM  -1 wlc persistent 360 ops|
O|TCP  10.9.0.100:80 wrr|
O|TCP  10.9.0.101:443 mh (mh-fallback)|
O|TCP  10.9.0.102:80 wlc persistent 360|
O|TCP  10.9.0.104:0 wlc persistent 60 mask 0.0.0.0|
O|UDP  10.9.0.100:53 sh (sh-fallback,sh-port)|
O|UDP  10.9.0.100:69 sh (sh-fallback)|
O|UDP  10.9.0.101:53 wlc (flag-1,flag-3) ops|
O|SCTP 10.9.0.100:80 wlc|
O|TCP  [fd00:9::100]:80 wlc persistent 360 mask 64|
O|TCP  [fd00:9::101]:80 wlc|
O|FWM  7 wlc|
= 0
$ -L --daemon
= 0
$ -L -c
O|IPVS connection entries|
O|pro expire state       source             virtual            destination|
= 0
$ -Lnc --persistent-conn
O|IPVS connection entries|
O|pro expire state       source             virtual            destination        pe name          pe_data|
= 0
$ --set 5 0 7
= 0
$ -L --timeout
O|Timeout (tcp tcpfin udp): 5 120 7|
= 0
$ --set 1 2
E|--set option requires 3 timeout values|
= 2
$ --set a 1 2
E|invalid timeout value `a' specified|
= 2
$ --stop-daemon master
E|No daemon is running|
= 255
$ -v
O|ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)|
= 0
$ -C
= 0
$ -Ln
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
= 0
$ -S
= 0
