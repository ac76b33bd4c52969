# How long templates live.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## begins-anew-with-each-connection
The template's time begins anew with every new connection, not with packets of those that exist.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
wait 5
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
timers
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 54s
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s
wait 5
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 59s
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 894s
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 59s

## outlived-by-its-children
A template whose time ends while it has connections lives on for 60 seconds, and 60 again, until they have gone.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 3
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 2s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
wait 5
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 57s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 54s
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 54s
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 59s

## sixty-seconds-once-are-for-good
A template that had to wait for its connections keeps 60 seconds as its time also for connections that come later.

$ ipvsadm --set 0 0 3
$ ipvsadm -A -u 10.9.0.100:53 -s rr -p 2
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data="q"
timers
  UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.11:53 1s
  UDP UDP 172.16.0.5:40001 10.9.0.100:53 10.9.0.11:53 2s
wait 5
timers
  UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.11:53 57s
> gw udp 172.16.0.5:40002 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:40002 > 10.9.0.100:53 ttl=63 id=77 data="q"
timers
  UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.11:53 59s
  UDP UDP 172.16.0.5:40002 10.9.0.100:53 10.9.0.11:53 2s

## ends-without-children
A template without connections ends with its time; the next connection is scheduled.

$ ipvsadm --set 0 0 2
$ ipvsadm -A -u 10.9.0.100:53 -s rr -p 5
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.12 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:53 data="q"
  rs2 udp 172.16.0.5:40001 > 10.9.0.100:53 ttl=63 id=77 data="q"
wait 3
timers
  UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.12:53 1s
wait 4
conns
> gw udp 172.16.0.5:40002 > 10.9.0.100:53 data="q"
  rs1 udp 172.16.0.5:40002 > 10.9.0.100:53 ttl=63 id=77 data="q"

## ends-with-its-only-connection
A template that was never ASSURED goes with its last connection, if that is ended before its time: here because its server was deleted.

$ sysctl expire_nodest_conn=1
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
wait 2
conns

## assured-outlives-its-connection
Where the server was deleted, an ASSURED template goes with its connections, too.

$ sysctl expire_nodest_conn=1
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11
wait 2
conns

## timeout-of-an-edited-service
A new timeout is for new templates: those that exist keep theirs, also when they are renewed.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 60
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -E -t 10.9.0.100:80 -s rr -p 600
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.6:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.6:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 59s
  TCP NONE 172.16.0.6:0 10.9.0.100:80 10.9.0.11:80 599s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.6:40002 10.9.0.100:80 10.9.0.11:80 59s

## default
`-p` without a number is 360 seconds.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 359s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr persistent 360
    -> 10.9.0.11:80                 Route   1      1          0         |

## longest
A day is possible.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 86400
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
timers
  TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80 86399s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
