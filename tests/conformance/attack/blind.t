# Segments of somebody who guesses: right addresses and ports, wrong sequence numbers.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## reset
A RST with any sequence number ends a connection in the kernel: 15 minutes become 10 seconds. ulvs wants the right one.
differs: reset-guard

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=3000000000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=3000000000 ttl=63 df id=77
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 900s

## right-reset
A RST with the right sequence number ends it in both.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 R seq=1001 ttl=63 df id=77
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s

## fin
A FIN with any sequence number makes FIN_WAIT of a one-sided connection in the kernel: 15 minutes become 2.
differs: reset-guard

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=3000000000 ack=7
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 FA seq=3000000000 ack=7 ttl=63 df id=77
timers
  TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
~ TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 900s

## syn
A SYN with any sequence number leaves an established connection established.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=3000000000
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=3000000000 ttl=63 df id=77
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s

## syn-ack
SYN+ACK, too.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=3000000000 ack=7
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 SA seq=3000000000 ack=7 ttl=63 df id=77
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s

## data
Data with any sequence number begin the 15 minutes anew.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
$ ipvsadm -A -u 10.9.0.100:53 -s rr
$ ipvsadm -a -u 10.9.0.100:53 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001 ttl=63 df id=77
wait 5
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=3000000000 ack=7 data=10
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 PA seq=3000000000 ack=7 ttl=63 df id=77 data=10
timers
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s

## servers-reset
A RST from the server's side ends a NAT connection, whatever its sequence number.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:8080 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:8080 > 172.16.0.5:40001 R seq=3000000000
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 R seq=3000000000 ttl=63 df id=77
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080 9s
