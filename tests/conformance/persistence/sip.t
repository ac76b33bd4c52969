# Persistence by Call-ID: the engine sip.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## by-call
Packets of one call go to one real server, from whatever client port; other calls are scheduled.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40003 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40003 > 10.9.0.11:5060 ttl=63 id=77 data=86#a188
> gw udp 172.16.0.5:40004 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40004 > 10.9.0.11:5060 ttl=63 id=77 data=86#a188
> gw udp 172.16.0.5:40005 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: three\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40005 > 10.9.0.12:5060 ttl=63 id=77 data=88#f7f0
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40003 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40004 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40005 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:5060 rr persistent 60 pe sip
    -> 10.9.0.11:5060               Masq    1      0          2         |
    -> 10.9.0.12:5060               Masq    1      0          3         |
$ ipvsadm -Sn
  -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
  -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m -w 1
  -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m -w 1
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr persistent 60 pe sip
    -> 10.9.0.11:5060               1         1           0          2         |
    -> 10.9.0.12:5060               1         2           0          3         |

## another-client
The same call from another client address has a template of its own.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.6:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.6:40001 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP NONE 172.16.0.6:0 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.6:40001 10.9.0.100:5060 10.9.0.11:5060

## without-call-id
A packet without Call-ID is dropped.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="hello"
  (nothing)
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data=""
  (nothing)
conns

## known-connection
A packet of a known connection needs no Call-ID, nor does another one move it.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="hello"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data="hello"
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#a188
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40002 > 10.9.0.11:5060 ttl=63 id=77 data=86#a188
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.11:5060

## read-compact-form
The header in its compact form.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\ni: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=80#e062
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\ni: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=80#e062
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-compact-form-capital
The compact form with a capital letter.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nI: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=80#c062
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nI: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=80#c062
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-small-letters
The header in small letters.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\ncall-id: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#d899
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\ncall-id: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=86#d899
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-no-blank
No blank behind the colon.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID:one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=85#af42
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID:one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=85#af42
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-blanks
Blanks around the colon, and tabs.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID 	: 	 one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=90#c1a2
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID 	: 	 one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=90#c1a2
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-blank-behind
A blank behind the identifier.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one \r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one \r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-folded
The identifier on a line of its own.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID:\r\n one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=88#a583
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID:\r\n one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=88#a583
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-bare-newlines
Lines that end with a newline only.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\nVia: SIP/2.0/UDP pc33\nCall-ID: one\nCSeq: 1 INVITE\n\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=81#fed1
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\nVia: SIP/2.0/UDP pc33\nCall-ID: one\nCSeq: 1 INVITE\n\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=81#fed1
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-bare-returns
Lines that end with a carriage return only.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\rVia: SIP/2.0/UDP pc33\rCall-ID: one\rCSeq: 1 INVITE\r\r"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=81#04db
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\rVia: SIP/2.0/UDP pc33\rCall-ID: one\rCSeq: 1 INVITE\r\r"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=81#04db
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-first-line
The first line is not looked at.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="Call-ID: one\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="Call-ID: one\r\n\r\n"
  (nothing)
conns

## read-second-line
The second line may be a header, whatever the first one is.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="x\r\nCall-ID: one\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data="x\r\nCall-ID: one\r\n\r\n"
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="x\r\nCall-ID: one\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data="x\r\nCall-ID: one\r\n\r\n"
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-in-the-body
The body is read as the headers are.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\nCall-ID: one\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\nCall-ID: one\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-no-end
The last line without an end.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="x\r\nCall-ID: one"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="x\r\nCall-ID: one"
  (nothing)
conns

## read-empty
An empty identifier.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID:\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID:\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-empty-blank
An identifier of a blank.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: \r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: \r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-two
Two of them: the first counts.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=100#5eb8
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=100#5eb8
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-answer
An answer of SIP is as good as a question.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=71#9d4b
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=71#9d4b
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060

## read-prefix
A header whose name is longer.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-IDs: one\r\nX-Call-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-IDs: one\r\nX-Call-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-odd-characters
Characters that no word of SIP has.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: a b;c,d\"e<f>\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: a b;c,d\"e<f>\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-two-ats
Two signs @.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: a@b@c\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: a@b@c\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-semicolon
An identifier followed by a semicolon.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: abc;def\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: abc;def\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## read-len-255
255 bytes of identifier.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=338#ede0
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=338#ede0

## read-len-256
256 bytes of identifier.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns

## one-packet
With one-packet scheduling each packet asks its call's template.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip -o
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5060 ttl=63 id=77 data=86#a188
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5060 ttl=63 id=77 data=86#a188
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060

## mask
With a mask clients of a network share templates.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 -M 255.255.255.0 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.6:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.6:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.1.6:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.1.6:40001 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
conns
  UDP NONE 172.16.0.0:0 10.9.0.100:5060 10.9.0.12:5060
  UDP NONE 172.16.1.0:0 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.6:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.1.6:40001 10.9.0.100:5060 10.9.0.11:5060

## port-zero
A service of all ports.

$ ipvsadm -A -u 10.9.0.100:0 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:0 -r 10.9.0.11:0 -m
$ ipvsadm -a -u 10.9.0.100:0 -r 10.9.0.12:0 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40001 > 10.9.0.100:5070 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5070 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40001 > 10.9.0.100:5070 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5070 ttl=63 id=77 data=86#a188
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.12:0
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5070 10.9.0.12:5070

## edited
The engine comes and goes by editing.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
$ ipvsadm -E -u 10.9.0.100:5060 -s rr -p 60 --pe sip
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40002 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40003 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40003 > 10.9.0.12:5060 ttl=63 id=77 data=86#a188
$ ipvsadm -E -u 10.9.0.100:5060 -s rr -p 60
> gw udp 172.16.0.5:40004 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40004 > 10.9.0.12:5060 ttl=63 id=77 data=86#a188
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40003 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40004 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -Sn
  -A -u 10.9.0.100:5060 -s rr -p 60
  -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m -w 1
  -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m -w 1

## refusals
There is one engine; another is refused. With TCP it is accepted.

$ ipvsadm -A -t 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe nonsense
  Scheduler or persistence engine not found
  [255]
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  TCP  10.9.0.100:5060 rr persistent 60 pe sip
$ ipvsadm -Sn
  -A -t 10.9.0.100:5060 -s rr -p 60 --pe sip

## tcp
The engine reads UDP only: with TCP no connection is opened.

$ ipvsadm -A -t 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -t 10.9.0.100:5060 -r 10.9.0.11:5060 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:5060 S
  (nothing)
conns

## by-mark
A firewall mark's service with the engine.

$ mark add --dst 10.9.0.100 --proto udp --dports 5060,5070 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 60 --pe sip
$ ipvsadm -a -f 7 -r 10.9.0.11 -g
$ ipvsadm -a -f 7 -r 10.9.0.12 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.100:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40002 > 10.9.0.100:5070 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.100:5070 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40003 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40003 > 10.9.0.100:5060 ttl=63 id=77 data=86#a188
> gw udp 172.16.0.5:40004 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.11:0
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.12:0
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5070 10.9.0.12:5070
  UDP UDP 172.16.0.5:40003 10.9.0.100:5060 10.9.0.11:5060

## quiesced
A call stays with its real server when its weight is 0.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
$ ipvsadm -e -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m -w 0
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40002 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
$ ipvsadm -d -u 10.9.0.100:5060 -r 10.9.0.12:5060
> gw udp 172.16.0.5:40003 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40003 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40003 10.9.0.100:5060 10.9.0.11:5060

## answer-of-the-server
What the real server sends for a known call to a client port that has no connection.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs2 udp 10.9.0.12:7000 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:7000 > 172.16.0.5:40001 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP ASSURED 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060
