# What ipvsadm says to commands that it does not take.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## missing-options
Each command has options that it needs.

$ ipvsadm -A
  You need to supply the 'service-address' option for the 'add-service' command
  [2]
$ ipvsadm -A -s rr
  You need to supply the 'service-address' option for the 'add-service' command
  [2]
$ ipvsadm -E
  You need to supply the 'service-address' option for the 'edit-service' command
  [2]
$ ipvsadm -D
  You need to supply the 'service-address' option for the 'delete-service' command
  [2]
$ ipvsadm -a
  You need to supply the 'service-address' option for the 'add-server' command
  [2]
$ ipvsadm -a -t 10.9.0.100:80
  You need to supply the 'real-server' option for the 'add-server' command
  [2]
$ ipvsadm -a -r 10.9.0.11
  You need to supply the 'service-address' option for the 'add-server' command
  [2]
$ ipvsadm -e -t 10.9.0.100:80
  You need to supply the 'real-server' option for the 'edit-server' command
  [2]
$ ipvsadm -d -t 10.9.0.100:80
  You need to supply the 'real-server' option for the 'delete-server' command
  [2]

## options-of-others
An option that is not the command's.

$ ipvsadm -A -t 10.9.0.100:80 -r 10.9.0.11
  Illegal 'real-server' option with the 'add-service' command
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -w 5
  Illegal 'weight' option with the 'add-service' command
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -m
  Illegal 'forwarding-method' option with the 'add-service' command
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -n
  Illegal 'numeric' option with the 'add-service' command
  [2]
$ ipvsadm -D -t 10.9.0.100:80 -s rr
  Illegal 'scheduler' option with the 'delete-service' command
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -s rr
  Illegal 'scheduler' option with the 'add-server' command
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -p 5
  Illegal 'persistent' option with the 'add-server' command
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -o
  Illegal 'ops' option with the 'add-server' command
  [2]
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11 -w 5
  Illegal 'weight' option with the 'delete-server' command
  [2]
$ ipvsadm -d -t 10.9.0.100:80 -r 10.9.0.11 -m
  Illegal 'forwarding-method' option with the 'delete-server' command
  [2]
$ ipvsadm -C -t 10.9.0.100:80
  Illegal 'service-address' option with the 'flush' command
  [2]
$ ipvsadm -C -n
  Illegal 'numeric' option with the 'flush' command
  [2]
$ ipvsadm -Z -n
  Illegal 'numeric' option with the 'zero' command
  [2]
$ ipvsadm -Z -s rr
  Illegal 'scheduler' option with the 'zero' command
  [2]
$ ipvsadm -L -s rr
  Illegal 'scheduler' option with the 'list' command
  [2]
$ ipvsadm -L -r 10.9.0.11
  Illegal 'real-server' option with the 'list' command
  [2]
$ ipvsadm -L -w 1
  Illegal 'weight' option with the 'list' command
  [2]
$ ipvsadm -S -t 10.9.0.100:80
  Illegal 'service-address' option with the 'save' command
  [2]
$ ipvsadm -S -c
  Illegal 'connection' option with the 'save' command
  [2]
$ ipvsadm -R -n
  Illegal 'numeric' option with the 'restore' command
  [2]
$ ipvsadm --set 1 2 3 -n
  Illegal 'numeric' option with the 'set' command
  [2]

## twice
An option may be said once; so may one of the methods.

$ ipvsadm -A -t 10.9.0.100:80 -u 10.9.0.100:80
  multiple 'service-address' options specified
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s rr -s wrr
  multiple 'scheduler' options specified
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -p 5 -p 6
  multiple 'persistent' options specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -r 10.9.0.12
  multiple 'real-server' options specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m -g
  multiple 'forwarding-method' options specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -m -m
  multiple 'forwarding-method' options specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -w 1 -w 2
  multiple 'weight' options specified
  [2]
$ ipvsadm -A -f 5 -t 10.9.0.100:80
  multiple 'service-address' options specified
  [2]
$ ipvsadm -L -n -n
  multiple 'numeric' options specified
  [2]

## listing-conflicts
What -L does not take together.

$ ipvsadm -L -c -t 10.9.0.100:80
  The option 'service-address' conflicts with the 'connection' option in the 'list' command
  [2]
$ ipvsadm -L -c --timeout
  The option 'timeout' conflicts with the 'connection' option in the 'list' command
  [2]
$ ipvsadm -L -c --stats
  options conflicts in the list command
  [2]
$ ipvsadm -L -c --rate
  options conflicts in the list command
  [2]
$ ipvsadm -L -c --thresholds
  options conflicts in the list command
  [2]
$ ipvsadm -L --timeout --daemon
  The option 'daemon' conflicts with the 'timeout' option in the 'list' command
  [2]
$ ipvsadm -L --timeout --stats
  options conflicts in the list command
  [2]
$ ipvsadm -L --daemon --persistent-conn
  options conflicts in the list command
  [2]
$ ipvsadm -L --timeout -t 10.9.0.100:80
  The option 'timeout' conflicts with the 'service-address' option in the 'list' command
  [2]
$ ipvsadm -L --daemon -c
  The option 'daemon' conflicts with the 'connection' option in the 'list' command
  [2]
$ ipvsadm -L --timeout --exact
  Timeout (tcp tcpfin udp): 900 120 300

## no-command
The first word is the command.

$ ipvsadm -t 10.9.0.100:80
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm -n
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm -x
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm nonsense
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm --nonsense
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm -A -D -t 10.9.0.100:80
  invalid option `-D'
  [2]
$ ipvsadm -L -A
  invalid option `-A'
  [2]
$ ipvsadm -A -t 10.9.0.100:80 nonsense
  unexpected argument nonsense
  [2]
$ ipvsadm -L nonsense
  unexpected argument nonsense
  [2]
$ ipvsadm -A -t
  -t: missing argument
  [255]
$ ipvsadm -A -t 10.9.0.100:80 --nonsense
  --nonsense: unknown option
  [255]
$ ipvsadm -A -t 10.9.0.100:80 -q
  -q: unknown option
  [255]

## addresses
What is no address of a service.

$ ipvsadm -A -t 10.9.0.100 -s rr
  Zero port specified for non-persistent service
  [2]
$ ipvsadm -A -t 10.9.0.100:0 -s rr
  Zero port specified for non-persistent service
  [2]
$ ipvsadm -A -t 10.9.0.100:65536 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t 10.9.0.100:-1 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t 10.9.0.100:x -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t 10.9.0.100: -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t 10.9.0.256:80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t 10.9.0:80 -s rr
$ ipvsadm -A -t 1234 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t :80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t fd00:9::100:80 -s rr
  Zero port specified for non-persistent service
  [2]
$ ipvsadm -A -t [fd00:9::100] -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t [fd00:9::100]80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t [fd00:9::100:80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t [fd00:9::zz]:80 -s rr
  illegal virtual server address[:port] specified
  [2]
$ ipvsadm -A -t [10.9.0.100]:80 -s rr
  Zero port specified for non-persistent service
  [2]
$ ipvsadm -Sn
  -A -t 10.9.0.0:80 -s rr

## server-addresses
What is no address of a real server.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.256
  illegal real server address[:port] specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:65536 -m
  illegal real server address[:port] specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11: -m
  illegal real server address[:port] specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 1234 -m
  illegal real server address[:port] specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r [fd00:9::b] -i
  illegal real server address[:port] specified
  [2]
$ ipvsadm -a -t 10.9.0.100:80 -r 224.0.0.1 -m
  Invalid operation.  Possibly wrong module version, address not unicast, ...
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 255.255.255.255 -m
  Invalid operation.  Possibly wrong module version, address not unicast, ...
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 0.0.0.0 -m
  Invalid operation.  Possibly wrong module version, address not unicast, ...
  [255]
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:0 -m
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr
  -a -t 10.9.0.100:80 -r 10.9.0.12:0 -m -w 1

## persistence-and-masks
What -p and -M take.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 0
  invalid timeout value `0' specified
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 2678401
  invalid timeout value `2678401' specified
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p x
  invalid timeout value `x' specified
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s rr -p 2678400
$ ipvsadm -A -t 10.9.0.100:81 -s rr -M 255.255.255.0
$ ipvsadm -A -t 10.9.0.100:82 -s rr -p 5 -M 24
$ ipvsadm -A -t 10.9.0.100:83 -s rr -p 5 -M x
  illegal virtual server persistent mask specified
  [2]
$ ipvsadm -A -M 255.255.255.0 -t 10.9.0.100:83 -s rr -p 5
$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 5 -M 0
  illegal ipv6 netmask specified
  [2]
$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 5 -M 129
  illegal ipv6 netmask specified
  [2]
$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 5 -M x
  illegal ipv6 netmask specified
  [2]
$ ipvsadm -A -t [fd00:9::100]:80 -s rr -p 5 -M 128
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr -p 2678400
  -A -t 10.9.0.100:81 -s rr
  -A -t 10.9.0.100:82 -s rr -p 5 -M 0.0.0.24
  -A -t 10.9.0.100:83 -s rr -p 5 -M 255.255.255.0
  -A -t [fd00:9::100]:80 -s rr -p 5

## one-packet-and-flags
What -o, -b and --pe take.

$ ipvsadm -A -t 10.9.0.100:80 -s rr -o
  One-Packet Scheduling is only for UDP virtual services
  [2]
$ ipvsadm -A --sctp-service 10.9.0.100:80 -s rr -o
  One-Packet Scheduling is only for UDP virtual services
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s rr -b sh-port
  incompatible scheduler flag `sh-port'
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s sh -b mh-port
  incompatible scheduler flag `mh-port'
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s mh -b sh-port
  incompatible scheduler flag `sh-port'
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s sh -b nonsense
  invalid scheduler flag `nonsense'
  [2]
$ ipvsadm -A -t 10.9.0.100:80 -s sh -b sh-port,
$ ipvsadm -A -t 10.9.0.100:81 -s rr -b flag-1
$ ipvsadm -A -t 10.9.0.100:82 -s rr -b flag-1,flag-2,flag-3
$ ipvsadm -A -t 10.9.0.100:83 -s sh -b flag-1,flag-2
$ ipvsadm -A -u 10.9.0.100:85 -s rr -p 5 --pe nonesuch
  Scheduler or persistence engine not found
  [255]
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 sh (sh-port)
  TCP  10.9.0.100:81 rr (flag-1)
  TCP  10.9.0.100:82 rr (flag-1,flag-2,flag-3)
  TCP  10.9.0.100:83 sh (sh-fallback,sh-port)
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s sh -b sh-port
  -A -t 10.9.0.100:81 -s rr -b flag-1
  -A -t 10.9.0.100:82 -s rr -b flag-1,flag-2,flag-3
  -A -t 10.9.0.100:83 -s sh -b sh-fallback,sh-port

## engine-without-persistence
A persistence engine without persistence is saved and not listed.

$ ipvsadm -A -u 10.9.0.100:84 -s rr --pe sip
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:84 rr
$ ipvsadm -Sn
  -A -u 10.9.0.100:84 -s rr --pe sip

## set
--set takes three numbers from 0 to a month in seconds.

$ ipvsadm --set
  --set option requires 3 timeout values
  [2]
$ ipvsadm --set 1
  --set option requires 3 timeout values
  [2]
$ ipvsadm --set 1 2
  --set option requires 3 timeout values
  [2]
$ ipvsadm --set 1 2 3 4
  unexpected argument 4
  [2]
$ ipvsadm --set x 2 3
  invalid timeout value `x' specified
  [2]
$ ipvsadm --set 1 -2 3
  -2: unknown option
  [255]
$ ipvsadm --set 1 2 2678401
  invalid timeout value `2678401' specified
  [2]
$ ipvsadm --set 1 2 2678400
$ ipvsadm -L --timeout
  Timeout (tcp tcpfin udp): 1 2 2678400

## daemons
What --start-daemon and --stop-daemon do not take.

$ ipvsadm --start-daemon nonsense
  illegal start-daemon parameter specified
  [2]
$ ipvsadm --stop-daemon nonsense
  illegal start_daemon specified
  [2]
$ ipvsadm --start-daemon master --syncid 256
  illegal syncid specified
  [2]
$ ipvsadm --start-daemon master --mcast-port 0
  illegal mcast-port specified
  [2]
$ ipvsadm --start-daemon master --mcast-ttl 256
  illegal mcast-ttl specified
  [2]
$ ipvsadm --start-daemon master --sync-maxlen 0
  illegal sync-maxlen specified
  [2]
$ ipvsadm --start-daemon master --mcast-group nonsense
  invalid IPv4 mcast-group `nonsense'
  [2]
$ ipvsadm --stop-daemon master
  No daemon is running
  [255]
$ ipvsadm --stop-daemon backup --syncid 5
  No daemon is running
  [255]

## restore
A line of -R is a command like any other: the first that cannot be read ends it, what the kernel refuses does not.

$ ipvsadm -R
| -A -t 10.9.0.100:80 -s rr
| -A -t 10.9.0.100:80 -s rr
|
| ipvsadm -A -t 10.9.0.100:81 -s rr
| -d -t 10.9.0.100:81 -r 10.9.0.11
  Service already exists
  No such destination
  [255]
$ ipvsadm -R
| -A -t 10.9.0.100:82 -s rr
| # A comment is none.
| -A -t 10.9.0.100:83 -s rr
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm -R
| -R
  Try `ipvsadm -h' or 'ipvsadm --help' for more information.
  [255]
$ ipvsadm -R
| -A -t 10.9.0.100:84 -s rr
| -A -t 10.9.0.100:85 -w 5
| -A -t 10.9.0.100:86 -s rr
  Illegal 'weight' option with the 'add-service' command
  [2]
$ ipvsadm -R
| -L -n
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
  TCP  10.9.0.100:81 rr
  TCP  10.9.0.100:82 rr
  TCP  10.9.0.100:84 rr
$ ipvsadm -Sn
  -A -t 10.9.0.100:80 -s rr
  -A -t 10.9.0.100:81 -s rr
  -A -t 10.9.0.100:82 -s rr
  -A -t 10.9.0.100:84 -s rr
