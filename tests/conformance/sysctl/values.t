# Which values tunables take, and what they read back as.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## defaults
What they are unless somebody sets them.

$ sysctl am_droprate
  10
$ sysctl amemthresh
  1024
$ sysctl cache_bypass
  0
$ sysctl conn_reuse_mode
  1
$ sysctl drop_entry
  0
$ sysctl drop_packet
  0
$ sysctl expire_nodest_conn
  0
$ sysctl expire_quiescent_template
  0
$ sysctl lblc_expiration
  86400
$ sysctl lblcr_expiration
  86400
$ sysctl nat_icmp_send
  0
$ sysctl pmtu_disc
  1
$ sysctl run_estimation
  1
$ sysctl schedule_icmp
  0
$ sysctl secure_tcp
  0
$ sysctl sloppy_sctp
  0
$ sysctl sloppy_tcp
  0

## levels
Defences have the levels 0 to 3; other numbers are refused, and the level stays.

$ sysctl drop_entry=3
$ sysctl drop_entry=4
  [1]
$ sysctl drop_entry=-1
  [1]
$ sysctl drop_entry
  3
$ sysctl drop_packet=3
$ sysctl drop_packet=4
  [1]
$ sysctl drop_packet=-1
  [1]
$ sysctl drop_packet
  3
$ sysctl secure_tcp=3
$ sysctl secure_tcp=4
  [1]
$ sysctl secure_tcp=-1
  [1]
$ sysctl secure_tcp
  3
$ sysctl drop_entry=0
$ sysctl drop_entry
  0

## no-numbers
What is no number is refused.

$ sysctl conn_reuse_mode=x
  [1]
$ sysctl conn_reuse_mode=1x
  [1]
$ sysctl expire_nodest_conn=on
  [1]
$ sysctl sloppy_tcp=true
  [1]
$ sysctl drop_entry=three
  [1]
$ sysctl conn_reuse_mode=1.5
  [1]
$ sysctl conn_reuse_mode
  1

## bases
Numbers may be hexadecimal and octal.

$ sysctl conn_reuse_mode=0x10
$ sysctl conn_reuse_mode
  16
$ sysctl am_droprate=010
$ sysctl am_droprate
  8
$ sysctl am_droprate=-0x10
$ sysctl am_droprate
  -16
$ sysctl am_droprate=08
  [1]
$ sysctl am_droprate
  -16

## too-large
A number beyond 31 bits is refused.

$ sysctl conn_reuse_mode=2147483647
$ sysctl conn_reuse_mode
  2147483647
$ sysctl conn_reuse_mode=2147483648
  [1]
$ sysctl conn_reuse_mode=-2147483648
$ sysctl conn_reuse_mode
  -2147483648
$ sysctl conn_reuse_mode=99999999999999999999
  [1]
$ sysctl conn_reuse_mode
  -2147483648

## unknown
There are no others.

$ sysctl nonesuch=1
  [1]
$ sysctl nonesuch
  [1]
$ sysctl timeout_established=100
  [1]

## seconds
lblc_expiration is set in seconds.

$ sysctl lblc_expiration=60
$ sysctl lblc_expiration
  60
$ sysctl lblcr_expiration=21474836
$ sysctl lblcr_expiration
  21474836
$ sysctl lblc_expiration=x
  [1]
$ sysctl lblc_expiration
  60

## estimation-stopped
Without run_estimation listed counters stand still, though packets go on.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11 -g
> gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
$ sysctl run_estimation=0
> gw tcp 172.16.0.5:40002 > 10.9.0.100:80 S
  rs1 tcp 172.16.0.5:40002 > 10.9.0.100:80 S seq=1000 ttl=63 df id=77
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       1        1        0       40        0
    -> 10.9.0.11:80                        1        1        0       40        0
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      2          0         |
$ sysctl run_estimation=1
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  TCP  10.9.0.100:80                       2        2        0       80        0
    -> 10.9.0.11:80                        2        2        0       80        0

## switches-read-back
A switch takes any number, and keeps it.

$ sysctl cache_bypass=2
$ sysctl cache_bypass
  2
$ sysctl pmtu_disc=-1
$ sysctl pmtu_disc
  -1
$ sysctl sloppy_tcp=0x100
$ sysctl sloppy_tcp
  256

## several-numbers
Of several numbers the kernel takes the first; ulvs refuses them.
differs: tunables

$ sysctl conn_reuse_mode=2 1
~ [1]
$ sysctl conn_reuse_mode
  2
~ 1

## what-would-do-nothing
ulvs has no tunables that would do nothing: there is no netfilter to track its connections, and its replies are always
routed anew.
differs: tunables

$ sysctl conntrack=1
~ [1]
$ sysctl conntrack
  1
~ [1]
$ sysctl snat_reroute=0
~ [1]
$ sysctl ignore_tunneled=1
~ [1]

## synchronisation
Of the tunables of synchronisation, these values are no good.

$ sysctl sync_version=2
  [1]
$ sysctl sync_retries=4
  [1]
$ sysctl sync_retries=-1
  [1]
$ sysctl sync_threshold=3 2
  [1]
$ sysctl sync_threshold=-1 50
  [1]
$ sysctl sync_refresh_period=x
  [1]
