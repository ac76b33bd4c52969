# cache_bypass: without a real server, marked packets go on to where they were bound.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## not-to-the-host-itself
What is for an address of the host does not go on.

$ sysctl cache_bypass=1
$ mark add --dst 10.9.0.0/24 --proto tcp --dports 80 --set-mark 7
deliver mark 7
$ ipvsadm -A -f 7 -s rr
> gw tcp 172.16.0.1:40000 > 10.9.0.2:80 S seq=1
  gw icmp 10.9.0.2 > 172.16.0.1 3/3 ttl=64 tos=192 quote=40 quoting (tcp 172.16.0.1:40000 > 10.9.0.2:80 S seq=1 ttl=64 df id=77)
> gw tcp 172.16.0.1:40000 > 10.9.0.99:80 S seq=1
  (nothing)
conns
  TCP SYN_RECV 172.16.0.1:40000 10.9.0.99:80 0.0.0.0:0
