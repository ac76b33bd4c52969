# The edges of thresholds: when a real server is full, and when no longer.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## back-below-three-quarters
Without a lower threshold, a full real server gets connections again with fewer than three quarters of the upper one:
of 4, with 2.

$ ipvsadm --set 0 0 6
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -x 4
picks 5 gw udp 172.16.0.5:{3001+} > 10.9.0.100:53 data=1
  1 1 1 1 gw
wait 4
picks 3 gw udp 172.16.0.5:{3001+} > 10.9.0.100:53 data=1
  1 1 1
wait 4
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          3         |
picks 1 gw udp 172.16.0.5:4001 > 10.9.0.100:53 data=1
  gw
picks 2 gw udp 172.16.0.5:{3001+} > 10.9.0.100:53 data=1
  1 1
wait 4
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr
    -> 10.9.0.11:53                 Route   1      0          2         |
picks 3 gw udp 172.16.0.5:{4001+} > 10.9.0.100:53 data=1
  1 1 gw

## back-below-the-lower
With a lower threshold it gets them again with fewer than that.

$ ipvsadm --set 0 0 6
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -x 3 -y 2
picks 4 gw udp 172.16.0.5:{3001+} > 10.9.0.100:53 data=1
  1 1 1 gw
wait 4
picks 2 gw udp 172.16.0.5:{3001+} > 10.9.0.100:53 data=1
  1 1
wait 4
picks 1 gw udp 172.16.0.5:4001 > 10.9.0.100:53 data=1
  gw
picks 1 gw udp 172.16.0.5:3001 > 10.9.0.100:53 data=1
  1
wait 4
picks 3 gw udp 172.16.0.5:{4001+} > 10.9.0.100:53 data=1
  1 1 gw

## upper-of-one
An upper threshold of 1 is one connection at a time.

$ ipvsadm --set 0 0 2
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -x 1
picks 2 gw udp 172.16.0.5:{3001+} > 10.9.0.100:53 data=1
  1 gw
wait 4
picks 2 gw udp 172.16.0.5:{4001+} > 10.9.0.100:53 data=1
  1 gw

## raised
A higher upper threshold opens the real server at once.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 2
picks 3 gw tcp 172.16.0.5:{3001+} > 10.9.0.100:80 S
  1 1 gw
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -x 3
picks 2 gw tcp 172.16.0.5:{4001+} > 10.9.0.100:80 S
  1 gw

## lowered
A lower upper threshold closes it, at the next connection.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 8
picks 4 gw tcp 172.16.0.5:{3001+} > 10.9.0.100:80 S
  1 1 1 1
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -x 2
picks 3 gw tcp 172.16.0.5:{4001+} > 10.9.0.100:80 S
  1 gw gw

## edited-without
An edit without -x takes the thresholds away, and opens the real server.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 2 -y 1
picks 3 gw tcp 172.16.0.5:{3001+} > 10.9.0.100:80 S
  1 1 gw
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g
picks 3 gw tcp 172.16.0.5:{4001+} > 10.9.0.100:80 S
  1 1 1
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 0          0          5          0         |

## weight-changed
A change of weight alone leaves it full.

$ ipvsadm -A -t 10.9.0.100:80 -s wlc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 2 -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
picks 5 gw tcp 172.16.0.5:{3001+} > 10.9.0.100:80 S
  2 1 2 1 2
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -x 2 -w 100
picks 2 gw tcp 172.16.0.5:{4001+} > 10.9.0.100:80 S
  2 2
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -x 2 -w 0
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 0
picks 1 gw tcp 172.16.0.5:5001 > 10.9.0.100:80 S
  gw

## of-each-service
Thresholds are of a real server in a service: the same host in another service is not full.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 1
$ ipvsadm -A -t 10.9.0.100:81 -s rr
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11 -g -x 1
picks 2 gw tcp 172.16.0.5:{3001+} > 10.9.0.100:80 S
  1 gw
picks 2 gw tcp 172.16.0.5:{3001+} > 10.9.0.100:81 S
  1 gw

## known-connections
A full real server's connections go on.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -x 1
> gw tcp 172.16.0.5:3001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:3001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:3002 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:3002 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:3001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:3001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:3001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:3001 > 10.9.0.11:8080 A seq=1001 ack=5001 ttl=63 df id=77

## one-packet-scheduling
Datagrams of one-packet scheduling are no connections: a threshold never comes.

$ ipvsadm -A -u 10.9.0.100:53 -s rr -o
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g -x 1
picks 5 gw udp 172.16.0.5:3001 > 10.9.0.100:53 data=1
  1 1 1 1 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:53 rr ops
    -> 10.9.0.11:53                 Route   1      0          0         |

## inactive-ones-count
Connections that are no longer active count as well, until they end.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 1
> gw tcp 172.16.0.5:3001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:3001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:3001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:3001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:3001 > 10.9.0.100:80 R seq=1001
  rs1 tcp 172.16.0.5:3001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          1         |
picks 1 gw tcp 172.16.0.5:3002 > 10.9.0.100:80 S
  gw
wait 12
picks 1 gw tcp 172.16.0.5:3002 > 10.9.0.100:80 S
  1

## persistent
A client with a template gets in beyond the threshold; the counts go beyond it, too.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 100
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 1
> gw tcp 172.16.0.5:3001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:3001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:3002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:3002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:3001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.6 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.6:3001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr persistent 100
    -> 10.9.0.11:80                 1          0          2          0         |

## what-schedulers-do
Each scheduler passes a full real server by, but dh, sh and mh: their clients get port unreachable.

$ ipvsadm -A -t 10.9.0.100:80 -s wrr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:81 -s lc
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:82 -s sed
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:82 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:83 -s nq
$ ipvsadm -a -t 10.9.0.100:83 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:83 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:84 -s fo
$ ipvsadm -a -t 10.9.0.100:84 -r 10.9.0.11 -g -x 1 -w 5
$ ipvsadm -a -t 10.9.0.100:84 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:85 -s ovf
$ ipvsadm -a -t 10.9.0.100:85 -r 10.9.0.11 -g -x 1 -w 5
$ ipvsadm -a -t 10.9.0.100:85 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:86 -s sh
$ ipvsadm -a -t 10.9.0.100:86 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:86 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:87 -s mh
$ ipvsadm -a -t 10.9.0.100:87 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:87 -r 10.9.0.12 -g -x 1
$ ipvsadm -A -t 10.9.0.100:88 -s dh
$ ipvsadm -a -t 10.9.0.100:88 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:88 -r 10.9.0.12 -g -x 1
picks 27 gw tcp 172.16.0.{5,5,5,5,5,5,5,5,5,6,6,6,6,6,6,6,6,6,7,7,7,7,7,7,7,7,7}:{3000+} > 10.9.0.100:{80,81,82,83,84,85,86,87,88} S
  2 2 2 2 1 1 1 2 2 1 1 1 1 2 2 gw 1 gw gw gw gw gw gw gw 2
  gw gw

## with-fallback
With their fallback flags sh and mh go on to the next one.

$ ipvsadm -A -t 10.9.0.100:80 -s sh -b sh-fallback
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g
$ ipvsadm -A -t 10.9.0.100:81 -s mh -b mh-fallback
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.11 -g -x 1
$ ipvsadm -a -t 10.9.0.100:81 -r 10.9.0.12 -g
picks 10 gw tcp 172.16.0.{1+}:3000 > 10.9.0.100:80 S
  2 2 1 2 2 2 2 2 2 2
picks 10 gw tcp 172.16.0.{1+}:3000 > 10.9.0.100:81 S
  2 2 2 1 2 2 2 2 2 2

## numbers
What -x and -y take, and what the kernel refuses: a lower threshold above the upper one, also where that is 0.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -x 5 -y 5
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -x 5 -y 6
  Numerical result out of range
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -y 1
  Numerical result out of range
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -x 2147483647 -y 2147483647
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -x 2147483648
  illegal u_threshold specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -x -1
  illegal u_threshold specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -x x
  illegal u_threshold specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -x 5 -y -1
  illegal l_threshold specified
  [2]
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -x 4 -y 5
  Numerical result out of range
  [255]
$ ipvsadm -A -t 10.9.0.100:81 -s rr -x 5
  Illegal 'u-threshold' option with the 'add-service' command
  [2]
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11 -x 5
  Illegal 'u-threshold' option with the 'delete-server' command
  [2]
$ ipvsadm -Ln --thresholds
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn |
    -> RemoteAddress:Port
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 5          5          0          0         |
    -> 10.9.0.12:80                 2147483647 2147483647 0          0         |
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr
  -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1
  -a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1
