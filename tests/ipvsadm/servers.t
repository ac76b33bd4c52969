# Recorded from ipvsadm 1.31 on a kernel with IPVS. $ arguments, < standard input, O| standard output, E| standard error,
# = exit status. Lines of output end with | so that trailing blanks show.
$ -A -t 10.9.0.100:80 -s wlc
= 0
$ -a -t 10.9.0.100:80 -r 192.0.2.80
= 0
$ -a -t 10.9.0.100:http -r 10.9.0.11:http -m -w 3
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 0
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
E|Destination already exists|
= 255
$ -a -t 10.9.0.100:80 -r 10.9.0.12:81 -g -x 1000 -y 500
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.13 -i -w 2147483647
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.14 -i --tun-type gue --tun-port 6080
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.15 -i --tun-type gue --tun-port 6080 --tun-csum
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.16 -i --tun-type gue --tun-port 6080 --tun-remcsum
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.17 -i --tun-type gre
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.18 -i --tun-type gre --tun-csum
= 0
$ -a -t 10.9.0.100:80 -r [fd00:9::b]:80 -i
= 0
$ -a -t 10.9.0.100:80 -r 172.16.0.1
= 0
$ -a -t 10.9.0.100:80 -r 10.9.0.19 -x 5 -y 9
E|Numerical result out of range|
= 255
$ -a -t 10.9.0.1:80 -r 10.9.0.11
E|Service not defined|
= 255
$ -e -t 10.9.0.1:80 -r 10.9.0.11
E|Service not defined|
= 255
$ -d -t 10.9.0.1:80 -r 10.9.0.11
E|Service not defined|
= 255
$ -e -t 10.9.0.100:80 -r 10.9.0.99
E|No such destination|
= 255
$ -d -t 10.9.0.100:80 -r 10.9.0.99
E|No such destination|
= 255
$ -A -f 5
= 0
$ -a -f 5 -r 10.9.0.11 -m
= 0
$ -a -f 5 -r 10.9.0.12:99
= 0
$ -a -f 5 -r [fd00:9::b]:80 -i
= 0
$ -A -t [fd00:9::100]:80
= 0
$ -a -t [fd00:9::100]:80 -r fd00:9::b
= 0
$ -a -t [fd00:9::100]:80 -r [fd00:9::c]:8080 -m
= 0
$ -Ln
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|TCP  10.9.0.100:80 wlc|
O|  -> 172.16.0.1:80                Route   1      0          0         |
O|  -> 192.0.2.80:80                Route   1      0          0         |
O|  -> [fd00:9::b]:80               Tunnel  1      0          0         |
O|  -> 10.9.0.11:80                 Masq    3      0          0         |
O|  -> 10.9.0.11:8080               Masq    0      0          0         |
O|  -> 10.9.0.12:80                 Route   1      0          0         |
O|  -> 10.9.0.13:80                 Tunnel  2147483647 0          0         |
O|  -> 10.9.0.14:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.15:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.16:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.17:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.18:80                 Tunnel  1      0          0         |
O|TCP  [fd00:9::100]:80 wlc|
O|  -> [fd00:9::b]:80               Route   1      0          0         |
O|  -> [fd00:9::c]:8080             Masq    1      0          0         |
O|FWM  5 wlc|
O|  -> [fd00:9::b]:80               Tunnel  1      0          0         |
O|  -> 10.9.0.11:0                  Masq    1      0          0         |
O|  -> 10.9.0.12:99                 Route   1      0          0         |
= 0
$ -L
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|TCP  10.9.0.100:http wlc|
O|  -> 172.16.0.1:http              Route   1      0          0         |
O|  -> 192.0.2.80:http              Route   1      0          0         |
O|  -> [fd00:9::b]:http             Tunnel  1      0          0         |
O|  -> 10.9.0.11:http               Masq    3      0          0         |
O|  -> 10.9.0.11:http-alt           Masq    0      0          0         |
O|  -> 10.9.0.12:http               Route   1      0          0         |
O|  -> 10.9.0.13:http               Tunnel  2147483647 0          0         |
O|  -> 10.9.0.14:http               Tunnel  1      0          0         |
O|  -> 10.9.0.15:http               Tunnel  1      0          0         |
O|  -> 10.9.0.16:http               Tunnel  1      0          0         |
O|  -> 10.9.0.17:http               Tunnel  1      0          0         |
O|  -> 10.9.0.18:http               Tunnel  1      0          0         |
O|TCP  [fd00:9::100]:http wlc|
O|  -> [fd00:9::b]:http             Route   1      0          0         |
O|  -> [fd00:9::c]:http-alt         Masq    1      0          0         |
O|FWM  5 wlc|
O|  -> [fd00:9::b]:80               Tunnel  1      0          0         |
O|  -> 10.9.0.11:0                  Masq    1      0          0         |
O|  -> 10.9.0.12:99                 Route   1      0          0         |
= 0
$ -L --tun-info
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn|
O|TCP  10.9.0.100:http wlc|
O|  -> 172.16.0.1:http              Route   n/a           1      0          0         |
O|  -> 192.0.2.80:http              Route   n/a           1      0          0         |
O|  -> [fd00:9::b]:http             Tunnel  ipip          1      0          0         |
O|  -> 10.9.0.11:http               Masq    n/a           3      0          0         |
O|  -> 10.9.0.11:http-alt           Masq    n/a           0      0          0         |
O|  -> 10.9.0.12:http               Route   n/a           1      0          0         |
O|  -> 10.9.0.13:http               Tunnel  ipip          2147483647 0          0         |
O|  -> 10.9.0.14:http               Tunnel  gue:6080:-c   1      0          0         |
O|  -> 10.9.0.15:http               Tunnel  gue:6080:+c   1      0          0         |
O|  -> 10.9.0.16:http               Tunnel  gue:6080:r+c  1      0          0         |
O|  -> 10.9.0.17:http               Tunnel  gre:-c        1      0          0         |
O|  -> 10.9.0.18:http               Tunnel  gre:+c        1      0          0         |
O|TCP  [fd00:9::100]:http wlc|
O|  -> [fd00:9::b]:http             Route   n/a           1      0          0         |
O|  -> [fd00:9::c]:http-alt         Masq    n/a           1      0          0         |
O|FWM  5 wlc|
O|  -> [fd00:9::b]:80               Tunnel  ipip          1      0          0         |
O|  -> 10.9.0.11:0                  Masq    n/a           1      0          0         |
O|  -> 10.9.0.12:99                 Route   n/a           1      0          0         |
= 0
$ -Ln --thresholds
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
O|  -> RemoteAddress:Port|
O|TCP  10.9.0.100:80 wlc|
O|  -> 172.16.0.1:80                0          0          0          0         |
O|  -> 192.0.2.80:80                0          0          0          0         |
O|  -> [fd00:9::b]:80               0          0          0          0         |
O|  -> 10.9.0.11:80                 0          0          0          0         |
O|  -> 10.9.0.11:8080               0          0          0          0         |
O|  -> 10.9.0.12:80                 1000       500        0          0         |
O|  -> 10.9.0.13:80                 0          0          0          0         |
O|  -> 10.9.0.14:80                 0          0          0          0         |
O|  -> 10.9.0.15:80                 0          0          0          0         |
O|  -> 10.9.0.16:80                 0          0          0          0         |
O|  -> 10.9.0.17:80                 0          0          0          0         |
O|  -> 10.9.0.18:80                 0          0          0          0         |
O|TCP  [fd00:9::100]:80 wlc|
O|  -> [fd00:9::b]:80               0          0          0          0         |
O|  -> [fd00:9::c]:8080             0          0          0          0         |
O|FWM  5 wlc|
O|  -> [fd00:9::b]:80               0          0          0          0         |
O|  -> 10.9.0.11:0                  0          0          0          0         |
O|  -> 10.9.0.12:99                 0          0          0          0         |
= 0
$ -Ln --persistent-conn
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
O|  -> RemoteAddress:Port|
O|TCP  10.9.0.100:80 wlc|
O|  -> 172.16.0.1:80                1         0           0          0         |
O|  -> 192.0.2.80:80                1         0           0          0         |
O|  -> [fd00:9::b]:80               1         0           0          0         |
O|  -> 10.9.0.11:80                 3         0           0          0         |
O|  -> 10.9.0.11:8080               0         0           0          0         |
O|  -> 10.9.0.12:80                 1         0           0          0         |
O|  -> 10.9.0.13:80                 2147483647 0           0          0         |
O|  -> 10.9.0.14:80                 1         0           0          0         |
O|  -> 10.9.0.15:80                 1         0           0          0         |
O|  -> 10.9.0.16:80                 1         0           0          0         |
O|  -> 10.9.0.17:80                 1         0           0          0         |
O|  -> 10.9.0.18:80                 1         0           0          0         |
O|TCP  [fd00:9::100]:80 wlc|
O|  -> [fd00:9::b]:80               1         0           0          0         |
O|  -> [fd00:9::c]:8080             1         0           0          0         |
O|FWM  5 wlc|
O|  -> [fd00:9::b]:80               1         0           0          0         |
O|  -> 10.9.0.11:0                  1         0           0          0         |
O|  -> 10.9.0.12:99                 1         0           0          0         |
= 0
$ -Ln --stats
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes|
O|  -> RemoteAddress:Port|
O|TCP  10.9.0.100:80                       0        0        0        0        0|
O|  -> 172.16.0.1:80                       0        0        0        0        0|
O|  -> 192.0.2.80:80                       0        0        0        0        0|
O|  -> [fd00:9::b]:80                      0        0        0        0        0|
O|  -> 10.9.0.11:80                        0        0        0        0        0|
O|  -> 10.9.0.11:8080                      0        0        0        0        0|
O|  -> 10.9.0.12:80                        0        0        0        0        0|
O|  -> 10.9.0.13:80                        0        0        0        0        0|
O|  -> 10.9.0.14:80                        0        0        0        0        0|
O|  -> 10.9.0.15:80                        0        0        0        0        0|
O|  -> 10.9.0.16:80                        0        0        0        0        0|
O|  -> 10.9.0.17:80                        0        0        0        0        0|
O|  -> 10.9.0.18:80                        0        0        0        0        0|
O|TCP  [fd00:9::100]:80                    0        0        0        0        0|
O|  -> [fd00:9::b]:80                      0        0        0        0        0|
O|  -> [fd00:9::c]:8080                    0        0        0        0        0|
O|FWM  5                                   0        0        0        0        0|
O|  -> [fd00:9::b]:80                      0        0        0        0        0|
O|  -> 10.9.0.11:0                         0        0        0        0        0|
O|  -> 10.9.0.12:99                        0        0        0        0        0|
= 0
$ -Ln --rate
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS|
O|  -> RemoteAddress:Port|
O|TCP  10.9.0.100:80                       0        0        0        0        0|
O|  -> 172.16.0.1:80                       0        0        0        0        0|
O|  -> 192.0.2.80:80                       0        0        0        0        0|
O|  -> [fd00:9::b]:80                      0        0        0        0        0|
O|  -> 10.9.0.11:80                        0        0        0        0        0|
O|  -> 10.9.0.11:8080                      0        0        0        0        0|
O|  -> 10.9.0.12:80                        0        0        0        0        0|
O|  -> 10.9.0.13:80                        0        0        0        0        0|
O|  -> 10.9.0.14:80                        0        0        0        0        0|
O|  -> 10.9.0.15:80                        0        0        0        0        0|
O|  -> 10.9.0.16:80                        0        0        0        0        0|
O|  -> 10.9.0.17:80                        0        0        0        0        0|
O|  -> 10.9.0.18:80                        0        0        0        0        0|
O|TCP  [fd00:9::100]:80                    0        0        0        0        0|
O|  -> [fd00:9::b]:80                      0        0        0        0        0|
O|  -> [fd00:9::c]:8080                    0        0        0        0        0|
O|FWM  5                                   0        0        0        0        0|
O|  -> [fd00:9::b]:80                      0        0        0        0        0|
O|  -> 10.9.0.11:0                         0        0        0        0        0|
O|  -> 10.9.0.12:99                        0        0        0        0        0|
= 0
$ -S
O|-A -t 10.9.0.100:http -s wlc|
O|-a -t 10.9.0.100:http -r 172.16.0.1:http -g -w 1|
O|-a -t 10.9.0.100:http -r 192.0.2.80:http -g -w 1|
O|-a -t 10.9.0.100:http -r [fd00:9::b]:http -i -w 1 --tun-type ipip|
O|-a -t 10.9.0.100:http -r 10.9.0.11:http -m -w 3|
O|-a -t 10.9.0.100:http -r 10.9.0.11:http-alt -m -w 0|
O|-a -t 10.9.0.100:http -r 10.9.0.12:http -g -w 1|
O|-a -t 10.9.0.100:http -r 10.9.0.13:http -i -w 2147483647 --tun-type ipip|
O|-a -t 10.9.0.100:http -r 10.9.0.14:http -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum|
O|-a -t 10.9.0.100:http -r 10.9.0.15:http -i -w 1 --tun-type gue --tun-port 6080 --tun-csum|
O|-a -t 10.9.0.100:http -r 10.9.0.16:http -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum|
O|-a -t 10.9.0.100:http -r 10.9.0.17:http -i -w 1 --tun-type gre --tun-nocsum|
O|-a -t 10.9.0.100:http -r 10.9.0.18:http -i -w 1 --tun-type gre --tun-csum|
O|-A -t [fd00:9::100]:http -s wlc|
O|-a -t [fd00:9::100]:http -r [fd00:9::b]:http -g -w 1|
O|-a -t [fd00:9::100]:http -r [fd00:9::c]:http-alt -m -w 1|
O|-A -f 5 -s wlc|
O|-a -f 5 -r [fd00:9::b]:80 -i -w 1 --tun-type ipip|
O|-a -f 5 -r 10.9.0.11:0 -m -w 1|
O|-a -f 5 -r 10.9.0.12:99 -g -w 1|
= 0
$ -Sn
O|-A -t 10.9.0.100:80 -s wlc|
O|-a -t 10.9.0.100:80 -r 172.16.0.1:80 -g -w 1|
O|-a -t 10.9.0.100:80 -r 192.0.2.80:80 -g -w 1|
O|-a -t 10.9.0.100:80 -r [fd00:9::b]:80 -i -w 1 --tun-type ipip|
O|-a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 3|
O|-a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 0|
O|-a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1|
O|-a -t 10.9.0.100:80 -r 10.9.0.13:80 -i -w 2147483647 --tun-type ipip|
O|-a -t 10.9.0.100:80 -r 10.9.0.14:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum|
O|-a -t 10.9.0.100:80 -r 10.9.0.15:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum|
O|-a -t 10.9.0.100:80 -r 10.9.0.16:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum|
O|-a -t 10.9.0.100:80 -r 10.9.0.17:80 -i -w 1 --tun-type gre --tun-nocsum|
O|-a -t 10.9.0.100:80 -r 10.9.0.18:80 -i -w 1 --tun-type gre --tun-csum|
O|-A -t [fd00:9::100]:80 -s wlc|
O|-a -t [fd00:9::100]:80 -r [fd00:9::b]:80 -g -w 1|
O|-a -t [fd00:9::100]:80 -r [fd00:9::c]:8080 -m -w 1|
O|-A -f 5 -s wlc|
O|-a -f 5 -r [fd00:9::b]:80 -i -w 1 --tun-type ipip|
O|-a -f 5 -r 10.9.0.11:0 -m -w 1|
O|-a -f 5 -r 10.9.0.12:99 -g -w 1|
= 0
$ -Ln -t 10.9.0.100:80 --nosort
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|TCP  10.9.0.100:80 wlc|
O|  -> 172.16.0.1:80                Route   1      0          0         |
O|  -> [fd00:9::b]:80               Tunnel  1      0          0         |
O|  -> 10.9.0.18:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.17:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.16:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.15:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.14:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.13:80                 Tunnel  2147483647 0          0         |
O|  -> 10.9.0.12:80                 Route   1      0          0         |
O|  -> 10.9.0.11:8080               Masq    0      0          0         |
O|  -> 10.9.0.11:80                 Masq    3      0          0         |
O|  -> 192.0.2.80:80                Route   1      0          0         |
= 0
$ -e -t 10.9.0.100:80 -r 192.0.2.80 -w 7
= 0
$ -d -t 10.9.0.100:80 -r 10.9.0.11:8080
= 0
$ -d -t 10.9.0.100:80 -r 10.9.0.13
= 0
$ -Ln -t 10.9.0.100:80
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|TCP  10.9.0.100:80 wlc|
O|  -> 172.16.0.1:80                Route   1      0          0         |
O|  -> 192.0.2.80:80                Route   7      0          0         |
O|  -> [fd00:9::b]:80               Tunnel  1      0          0         |
O|  -> 10.9.0.11:80                 Masq    3      0          0         |
O|  -> 10.9.0.12:80                 Route   1      0          0         |
O|  -> 10.9.0.14:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.15:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.16:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.17:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.18:80                 Tunnel  1      0          0         |
= 0
$ -E -t 10.9.0.100:80 -s rr
= 0
$ -Ln -t 10.9.0.100:80
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|TCP  10.9.0.100:80 rr|
O|  -> 172.16.0.1:80                Route   1      0          0         |
O|  -> 192.0.2.80:80                Route   7      0          0         |
O|  -> [fd00:9::b]:80               Tunnel  1      0          0         |
O|  -> 10.9.0.11:80                 Masq    3      0          0         |
O|  -> 10.9.0.12:80                 Route   1      0          0         |
O|  -> 10.9.0.14:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.15:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.16:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.17:80                 Tunnel  1      0          0         |
O|  -> 10.9.0.18:80                 Tunnel  1      0          0         |
= 0
$ -C
= 0
$ -Ln
O|IP Virtual Server version 1.2.1 (size=4096)|
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
= 0
