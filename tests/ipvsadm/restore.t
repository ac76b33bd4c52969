# Recorded from ipvsadm 1.31 on a kernel with IPVS. $ arguments, < standard input, O| standard output, E| standard error,
# = exit status. Lines of output end with | so that trailing blanks show.
$ -R
< -A -t 10.9.0.100:80 -s wrr
< -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1
<
< ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 3
<   -A -f 3   -s lblcr
< -a -f 3 -r 10.9.0.13:0 -i -w 2
= 0
$ -Sn
O|-A -t 10.9.0.100:80 -s wrr|
O|-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1|
O|-a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 3|
O|-A -f 3 -s lblcr|
O|-a -f 3 -r 10.9.0.13:0 -i -w 2 --tun-type ipip|
= 0
$ -R
< -A -t 10.9.0.100:90 -s rr
< nonsense
< -A -t 10.9.0.100:91 -s rr
E|Try `ipvsadm -h' or 'ipvsadm --help' for more information.|
= 255
$ -R
< -A -t 10.9.0.100:80
< -A -t 10.9.0.100:92 -s rr
E|Service already exists|
= 0
$ -R
< -A -t 10.9.0.100:93 -s rr
< -A -t 10.9.0.100:80
E|Service already exists|
= 255
$ -R
< -A -t 10.9.0.100
< -A -t 10.9.0.100:94
E|Zero port specified for non-persistent service|
= 2
$ -R
< # comment
< -A -t 10.9.0.100:95
E|Try `ipvsadm -h' or 'ipvsadm --help' for more information.|
= 255
$ -R
< -R
< -A -t 10.9.0.100:96
E|Try `ipvsadm -h' or 'ipvsadm --help' for more information.|
= 255
$ -R
< -v
< -A -t 10.9.0.100:97
O|ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)|
= 0
$ -R
< -L -n -f 3
< -Z -f 99
< -A -t 10.9.0.100:98
O|Prot LocalAddress:Port Scheduler Flags|
O|  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn|
O|FWM  3 lblcr|
O|  -> 10.9.0.13:0                  Tunnel  2      0          0         |
E|No such service|
= 0
$ -R
= 0
$ -Sn
O|-A -t 10.9.0.100:80 -s wrr|
O|-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1|
O|-a -t 10.9.0.100:80 -r 10.9.0.12:80 -m -w 3|
O|-A -t 10.9.0.100:90 -s rr|
O|-A -t 10.9.0.100:92 -s rr|
O|-A -t 10.9.0.100:93 -s rr|
O|-A -t 10.9.0.100:98 -s wlc|
O|-A -f 3 -s lblcr|
O|-a -f 3 -r 10.9.0.13:0 -i -w 2 --tun-type ipip|
= 0
