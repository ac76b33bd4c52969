# ICMP errors about connections.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat-port-unreachable-from-the-server
An error from a NAT real server gets the virtual address, inside and outside.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> rs2 icmp 10.9.0.12 > 172.16.0.5 3/3 quoting last
  gw icmp 10.9.0.100 > 172.16.0.5 3/3 ttl=63 id=77 quote=28 quoting (tcp 172.16.0.5:40001 > 10.9.0.100:80 seq=1000 ttl=63 df id=77 (cut))
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77

## nat-fragmentation-needed-from-a-router
An error from the client's side about a reply goes to the real server, with its address inside.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.12:8080 S seq=1000 ttl=63 df id=77
> rs2 tcp 10.9.0.12:8080 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:80 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1400 quoting last
  rs2 icmp 192.0.2.1 > 10.9.0.12 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.12:8080 > 172.16.0.5:40001 seq=5000 ttl=63 df id=77 (cut))

## dr-fragmentation-needed-from-a-router
With direct routing an error about a reply goes to the real server as it is.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs2 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1400 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  rs2 icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1400 ttl=63 id=77 quote=28 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 seq=5001 ttl=60 df id=77 (cut))

## no-connection
An error about no connection is the host's own affair.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g -w 1
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12 -g -w 1
> gw icmp 192.0.2.1 > 10.9.0.100 3/4 mtu=1400 quoting (tcp 10.9.0.100:80 > 172.16.0.5:40001 A seq=5001 ttl=60)
  (nothing)
