# The states of a TCP connection, and how long each lasts: each event in each state.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## nat-client-syn
A SYN from the client leaves ESTABLISHED as it is and leads SYN_SENT there; all other states begin anew with SYN_RECV.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S seq={1001,1001,1001,1002,1001,1002,1001} ack=5001
  1 1 1 1 1 1 1
timers
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP ESTABLISHED 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 899s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 59s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      7          0         |

## nat-client-fin
A FIN from the client leads ESTABLISHED to CLOSE_WAIT, SYN_RECV and FIN_WAIT to TIME_WAIT; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 FA seq={1001,1001,1001,1002,1001,1002,1001} ack=5001
  1 1 1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 59s
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      1          6         |

## nat-client-ack
An ACK from the client leads SYN_RECV to ESTABLISHED; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 A seq={1001,1001,1001,1002,1001,1002,1001} ack=5001
  1 1 1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 59s
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      3          4         |

## nat-client-reset
A reset from the client leads every state to CLOSE but SYN_RECV, which stays.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 R seq={1001,1001,1001,1002,1001,1002,1001} ack=5001
  1 1 1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 9s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      1          6         |

## nat-client-nothing
A segment from the client without SYN, FIN, ACK and RST leads every state to CLOSE.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 - seq={1001,1001,1001,1002,1001,1002,1001} ack=5001
  1 1 1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 9s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      0          7         |

## nat-server-syn
A SYN from the real server leads FIN_WAIT, TIME_WAIT, CLOSE and CLOSE_WAIT to SYN_SENT; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} S seq=5001 ack=1001
  gw gw gw gw gw gw gw
timers
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_SENT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      7          0         |

## nat-server-syn-ack
A SYN with ACK from the real server does what a SYN does.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} SA seq=5001 ack=1001
  gw gw gw gw gw gw gw
timers
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_SENT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      7          0         |

## nat-server-fin
A FIN from the real server leads ESTABLISHED to FIN_WAIT, SYN_RECV and CLOSE_WAIT to TIME_WAIT; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} FA seq=5001 ack=1001
  gw gw gw gw gw gw gw
timers
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP FIN_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 119s
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      1          6         |

## nat-server-ack
An ACK from the real server leads SYN_RECV to ESTABLISHED; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} A seq=5001 ack=1001
  gw gw gw gw gw gw gw
timers
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 59s
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      3          4         |

## nat-server-reset
A reset from the real server leads every state to CLOSE but SYN_SENT and TIME_WAIT, which stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} R seq=5001 ack=1001
  gw gw gw gw gw gw gw
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 9s
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      1          6         |

## nat-server-nothing
A segment from the real server without SYN, FIN, ACK and RST leads every state to CLOSE.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl conn_reuse_mode=0
picks 7 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1
picks 6 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40002+} SA seq=5000 ack=1001
  gw gw gw gw gw gw
picks 6 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1 1 1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 FA seq=5001 ack=1001
  gw
picks 2 gw tcp 172.16.0.5:{40004,40006} > 10.9.0.100:80 FA seq=1001 ack=5001
  1 1
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 FA seq=5001 ack=1002
  gw
picks 2 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005,40007} R seq=5001
  gw gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 S seq=7000
  gw
conns
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP CLOSE_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_SENT 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 7 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40001+} - seq=5001 ack=1001
  gw gw gw gw gw gw gw
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 9s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Masq    1      0          7         |

## one-sided-syn
Where only the client is seen, its SYN leaves ESTABLISHED as it is; all other states begin anew with SYN_RECV.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
$ sysctl conn_reuse_mode=0
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1
picks 3 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
conns
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S seq={1001,1001,1002,1001,1002} ack=5001
  1 1 1 1 1
timers
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 59s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      5          0         |

## one-sided-fin
Where only the client is seen, its FIN leads ESTABLISHED to FIN_WAIT and SYN_RECV to TIME_WAIT; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
$ sysctl conn_reuse_mode=0
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1
picks 3 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
conns
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 FA seq={1001,1001,1002,1001,1002} ack=5001
  1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP FIN_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 119s
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          5         |

## one-sided-ack
Where only the client is seen, its ACK leads SYN_RECV to ESTABLISHED; other states stay.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
$ sysctl conn_reuse_mode=0
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1
picks 3 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
conns
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 A seq={1001,1001,1002,1001,1002} ack=5001
  1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 899s
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 899s
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      2          3         |

## one-sided-reset
Where only the client is seen, its reset leads every state to CLOSE but SYN_RECV, which stays.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
$ sysctl conn_reuse_mode=0
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1
picks 3 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
conns
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 R seq={1001,1001,1002,1001,1002} ack=5001
  1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      1          4         |

## one-sided-nothing
Where only the client is seen, its segment without SYN, FIN, ACK and RST leads every state to CLOSE.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
$ sysctl conn_reuse_mode=0
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1
picks 3 gw tcp 172.16.0.5:{40002+} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1 1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
conns
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
  TCP ESTABLISHED 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP TIME_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
picks 5 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 - seq={1001,1001,1002,1001,1002} ack=5001
  1 1 1 1 1
timers
  TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 9s
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:80 rr
    -> 10.9.0.11:80                 Route   1      0          5         |

## secure-nat-client
With secure_tcp the client's ACK leads neither SYN_RECV nor SYNACK any further, nor does its FIN lead SYNACK; its reset
ends SYNACK, not SYN_RECV.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl secure_tcp=3
$ sysctl conn_reuse_mode=0
picks 8 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1
picks 4 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005+} SA seq=5000 ack=1001
  gw gw gw gw
conns
  TCP SYNACK 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40008 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 1 gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1001
  1
picks 1 gw tcp 172.16.0.5:40002 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 A seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 S seq=1001
  1
picks 1 gw tcp 172.16.0.5:40006 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40007 > 10.9.0.100:80 A seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40008 > 10.9.0.100:80 R seq=1001
  1
timers
  TCP CLOSE 172.16.0.5:40008 10.9.0.100:80 10.9.0.11:80 9s
  TCP SYNACK 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYNACK 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYNACK 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 59s
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 59s
  TCP TIME_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 119s

## secure-nat-server
With secure_tcp the real server's SYN leads SYN_RECV to SYNACK, its ACK both to ESTABLISHED, its FIN both to TIME_WAIT,
its reset both to CLOSE.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -m
$ sysctl secure_tcp=3
$ sysctl conn_reuse_mode=0
picks 8 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1 1 1
picks 4 rs1 tcp 10.9.0.11:80 > 172.16.0.5:{40005+} SA seq=5000 ack=1001
  gw gw gw gw
conns
  TCP SYNACK 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40008 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40001 S seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40002 FA seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40003 A seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40004 R seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40005 S seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40006 FA seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40007 A seq=5001 ack=1001
  gw
picks 1 rs1 tcp 10.9.0.11:80 > 172.16.0.5:40008 R seq=5001 ack=1001
  gw
timers
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP CLOSE 172.16.0.5:40008 10.9.0.100:80 10.9.0.11:80 9s
  TCP ESTABLISHED 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 899s
  TCP ESTABLISHED 172.16.0.5:40007 10.9.0.100:80 10.9.0.11:80 899s
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYNACK 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 119s

## secure-one-sided
With secure_tcp, where only the client is seen, a SYN leads all states to SYNACK but ESTABLISHED; from there an ACK
leads to ESTABLISHED, a FIN to TIME_WAIT, a reset to CLOSE.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
$ ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.11:80 -g
$ sysctl secure_tcp=3
$ sysctl conn_reuse_mode=0
picks 6 gw tcp 172.16.0.5:{40001+} > 10.9.0.100:80 S
  1 1 1 1 1 1
picks 2 gw tcp 172.16.0.5:{40005,40006} > 10.9.0.100:80 A seq=1001 ack=5001
  1 1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40006 > 10.9.0.100:80 R seq=1001
  1
conns
  TCP CLOSE 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80
  TCP FIN_WAIT 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80
  TCP SYNACK 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80
picks 1 gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S seq=1001
  1
picks 1 gw tcp 172.16.0.5:40002 > 10.9.0.100:80 FA seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40003 > 10.9.0.100:80 A seq=1001 ack=5001
  1
picks 1 gw tcp 172.16.0.5:40004 > 10.9.0.100:80 R seq=1001
  1
picks 1 gw tcp 172.16.0.5:40005 > 10.9.0.100:80 S seq=1002
  1
picks 1 gw tcp 172.16.0.5:40006 > 10.9.0.100:80 S seq=1001
  1
timers
  TCP CLOSE 172.16.0.5:40004 10.9.0.100:80 10.9.0.11:80 9s
  TCP ESTABLISHED 172.16.0.5:40003 10.9.0.100:80 10.9.0.11:80 899s
  TCP SYNACK 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYNACK 172.16.0.5:40005 10.9.0.100:80 10.9.0.11:80 119s
  TCP SYNACK 172.16.0.5:40006 10.9.0.100:80 10.9.0.11:80 119s
  TCP TIME_WAIT 172.16.0.5:40002 10.9.0.100:80 10.9.0.11:80 119s
