# ipvsadm --set and what it does.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## set
0 keeps a timeout, negative numbers and words are refused.

$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 900 120 300
$ ipvsadm --set 5 10 300
$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 5 10 300
$ ipvsadm --set 0 3 0
$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 5 3 300
$ ipvsadm --set 1 2
  --set option requires 3 timeout values
  [2]
$ ipvsadm --set a b c
  invalid timeout value `a' specified
  [2]
$ ipvsadm --set -1 0 0
  -1: unknown option
  [255]
$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 5 3 300

## established-ends
An established connection ends when its timeout has gone by without a packet.

$ ipvsadm --set 3 2 2
$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=5001 ttl=63 df id=77
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80
wait 5
conns
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          0         |
    -> 10.9.0.12:80                 Route   1      0          0         |

## udp-ends
A UDP connection ends when its timeout has gone by without a datagram; each one begins it anew.

$ ipvsadm --set 0 0 4
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g -w 1
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
wait 3
> gw udp 172.16.0.5:3333 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:3333 > 10.9.0.100:53 ttl=63 id=77 data="q"
wait 2
conns
  UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:53
wait 4
conns
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          0         |
    -> 10.9.0.12:53                 Route   1      0          0         |

## longer-timeouts-come-with-the-next-packet
A timeout that is set is taken by a connection with its next packet.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=5001 ttl=63 df id=77
$ ipvsadm --set 100 0 0
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 899s
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A ack=5001
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1000 ack=5001 ttl=63 df id=77
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80 99s
