# What becomes of a scheduler's turn when services and real servers are edited.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## another-scheduler
A service may get another scheduler while it works; connections stay where they are.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 7 gw tcp 172.16.0.{1+}:{21000+} > 10.9.0.100:80 S
  3 2 1 3 2 1 3
$ ipvsadm -E -t 10.9.0.100:80 -s wrr
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.12 -g -w 3
picks 15 gw tcp 172.16.0.{1+}:{22000+} > 10.9.0.100:80 S
  3 2 1 2 2 3 2 1 2 2 3 2 1 2 2
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
picks 8 gw tcp 172.16.0.{1+}:{23000+} > 10.9.0.100:80 S
  2 3 2 2 2 3 2 2
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.14 -g -w 2
picks 12 gw tcp 172.16.0.{1+}:{24000+} > 10.9.0.100:80 S
  2 4 2 4 3 2 2 4 2 4 3 2
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wrr
    -> 10.9.0.12:80                 Route   3      23         0         |
    -> 10.9.0.13:80                 Route   1      10         0         |
    -> 10.9.0.14:80                 Route   2      4          0         |

## rr-server-added-in-between
A real server that is added goes to the head of the list; the turn goes on from where it was.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 4 gw tcp 172.16.0.{1+}:{21000+} > 10.9.0.100:80 S
  3 2 1 3
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.14 -g
picks 9 gw tcp 172.16.0.{1+}:{22000+} > 10.9.0.100:80 S
  2 1 4 3 2 1 4 3 2

## rr-chosen-server-deleted
Deleting the real server that was chosen last skips nobody.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.13 -g -w 1
picks 2 gw tcp 172.16.0.{1+}:{21000+} > 10.9.0.100:80 S
  3 2
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.12
picks 6 gw tcp 172.16.0.{1+}:{22000+} > 10.9.0.100:80 S
  1 3 1 3 1 3

## rr-last-server-deleted
Without real servers new connections get nothing, and the client is told by an ICMP error.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=64 df id=77)
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr

## weight-changed
A weight that is changed counts from the next connection on.

$ ipvsadm -A -t 10.9.0.100:80 -s wlc
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
picks 6 gw tcp 172.16.0.{1+}:{21000+} > 10.9.0.100:80 S
  2 1 2 1 2 1
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 0
picks 4 gw tcp 172.16.0.{1+}:{22000+} > 10.9.0.100:80 S
  2 2 2 2
$ ipvsadm -e -t 10.9.0.100:80 -r 10.9.0.11 -g -w 5
picks 10 gw tcp 172.16.0.{1+}:{23000+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1 1 1
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 wlc
    -> 10.9.0.11:80                 Route   5      13         0         |
    -> 10.9.0.12:80                 Route   1      7          0         |
