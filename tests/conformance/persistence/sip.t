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
What a real server sends unasked to a client port that has no connection opens one, if it comes from the server's port.

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

## new-call-from-server
A real server may speak first, of a call that nobody knows: it becomes a call of that server, assured at once.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: new\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#80ab
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
timers
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060 59s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060 299s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     1        0        1        0      106
    -> 10.9.0.11:5060                      1        0        1        0      106
    -> 10.9.0.12:5060                      0        0        0        0        0
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr persistent 60 pe sip
    -> 10.9.0.11:5060               1         1           0          1         |
    -> 10.9.0.12:5060               1         0           0          0         |
> gw udp 172.16.0.5:40009 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: new\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40009 > 10.9.0.11:5060 ttl=63 id=77 data=86#8f8a
> gw udp 172.16.0.5:40010 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: new\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40010 > 10.9.0.11:5060 ttl=63 id=77 data=86#8f8a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40010 10.9.0.100:5060 10.9.0.11:5060

## no-call-id
What a real server says unasked without Call-ID is routed as it is.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=64#cc6a
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40001 ttl=63 id=77 data=64#cc6a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060

## same-server
What the call's own real server says to another port of the client opens a connection to there.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060
timers
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060 59s
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060 299s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060 299s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     2        1        1      114      106
    -> 10.9.0.11:5060                      0        0        0        0        0
    -> 10.9.0.12:5060                      2        1        1      114      106
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr persistent 60 pe sip
    -> 10.9.0.11:5060               1         0           0          0         |
    -> 10.9.0.12:5060               1         1           0          2         |
> gw udp 172.16.0.5:40009 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40009 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40011 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40011 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40011 10.9.0.100:5060 10.9.0.12:5060

## other-server
A call that another real server speaks of is that server's from then on.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
timers
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060 59s
  UDP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535 59s
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060 299s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060 299s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     2        1        1      114      106
    -> 10.9.0.11:5060                      1        0        1        0      106
    -> 10.9.0.12:5060                      1        1        0      114        0
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr persistent 60 pe sip
    -> 10.9.0.11:5060               1         1           0          1         |
    -> 10.9.0.12:5060               1         1           0          1         |
> gw udp 172.16.0.5:40009 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40009 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40012 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40012 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40012 10.9.0.100:5060 10.9.0.11:5060

## other-server-same-port
A connection that another real server opens takes the client's packets over; replies of both go on.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40001 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40001 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40001 ttl=63 id=77 data=78#899a
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40001 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP ASSURED 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr persistent 60 pe sip
    -> 10.9.0.11:5060               1         1           0          1         |
    -> 10.9.0.12:5060               1         1           0          1         |

## direct-speaks-first
Only NAT real servers may speak first.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -g
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -g
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.100:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060

## one-packet-speaks-first
With one-packet scheduling a real server that speaks first needs no connection; its call is assured.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip -o
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40001 ttl=63 id=77 data=78#899a
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP ASSURED 172.16.0.5:0 10.9.0.100:65535 10.9.0.12:65535
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     4        1        3      114      318
    -> 10.9.0.11:5060                      1        0        1        0      106
    -> 10.9.0.12:5060                      3        1        2      114      212
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr persistent 60 pe sip ops
    -> 10.9.0.11:5060               1         1           0          0         |
    -> 10.9.0.12:5060               1         1           0          0         |

## without-p
Without persistence the engine is kept and saved, but not listed; requests are scheduled as ever, and real servers may speak first of anything.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> gw udp 172.16.0.5:40002 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40002 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=64#cc6a
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40010 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40010 ttl=63 id=77 data=64#cc6a
conns
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40010 10.9.0.100:5060 10.9.0.11:5060
timers
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060 299s
  UDP UDP 172.16.0.5:40002 10.9.0.100:5060 10.9.0.11:5060 299s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060 299s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060 299s
  UDP UDP 172.16.0.5:40010 10.9.0.100:5060 10.9.0.11:5060 299s
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     5        2        3      228      290
    -> 10.9.0.11:5060                      3        1        2      114      184
    -> 10.9.0.12:5060                      2        1        1      114      106
$ ipvsadm -Ln --persistent-conn
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn |
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060 rr
    -> 10.9.0.11:5060               1         0           0          3         |
    -> 10.9.0.12:5060               1         0           0          2         |
$ ipvsadm -Ln
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port Scheduler Flags
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
  UDP  10.9.0.100:5060 rr
    -> 10.9.0.11:5060               Masq    1      0          3         |
    -> 10.9.0.12:5060               Masq    1      0          2         |
$ ipvsadm -Sn
  -A -u 10.9.0.100:5060 -s rr --pe sip
  -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m -w 1
  -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m -w 1

## quiesced-speaks-first
A quiesced real server may speak first.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
$ ipvsadm -e -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m -w 0
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
> gw udp 172.16.0.5:40011 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs1 udp 172.16.0.5:40011 > 10.9.0.11:5060 ttl=63 id=77 data=86#9879
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.11:5060
  UDP UDP 172.16.0.5:40011 10.9.0.100:5060 10.9.0.11:5060

## deleted-speaks-first
A real server that was deleted may not speak first.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
$ ipvsadm -d -u 10.9.0.100:5060 -r 10.9.0.12:5060
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40001 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40001 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060

## mark-speaks-first
Services by mark have no real servers that speak first.

$ mark add --dst 10.9.0.100 --proto udp --dports 5060 --set-mark 7
$ ipvsadm -A -f 7 -s rr -p 60 --pe sip
$ ipvsadm -a -f 7 -r 10.9.0.11:5060 -m
$ ipvsadm -a -f 7 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40010 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.11:5060 > 172.16.0.5:40010 ttl=63 id=77 data=78#899a
conns
  IP NONE 172.16.0.5:0 0.0.0.7:0 10.9.0.12:0
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  FWM  7                                   1        1        0      114        0
    -> 10.9.0.11:5060                      0        0        0        0        0
    -> 10.9.0.12:5060                      1        1        0      114        0

## mask-speaks-first
The call of a real server that speaks first is that of the receiver's network.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 -M 255.255.255.0 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.99:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.99:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.0:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.99:40009 10.9.0.100:5060 10.9.0.12:5060

## engine-off
Without the engine no real server speaks first.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
$ ipvsadm -E -u 10.9.0.100:5060 -s rr -p 60
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -E -u 10.9.0.100:5060 -s rr -p 60 --pe sip
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060

## icmp-send
nat_icmp_send forbids what no engine allows.

$ sysctl nat_icmp_send=1
$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40010 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 icmp 10.9.0.2 > 10.9.0.12 3/3 ttl=64 tos=192 quote=92 quoting (udp 10.9.0.12:5060 > 172.16.0.5:40010 ttl=63 id=77 data=64#cc6a)
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060

## timeouts
What a real server says first begins a call's time anew; what follows does not.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
wait 5
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
timers
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060 59s
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060 294s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060 299s
wait 5
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
timers
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060 54s
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060 289s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060 299s
> gw udp 172.16.0.5:40009 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40009 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
timers
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060 54s
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060 289s
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060 299s

## ttl
What a router would not send on opens nothing.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n" ttl=1
  rs2 icmp 10.9.0.2 > 10.9.0.12 11/0 ttl=64 tos=192 quote=106 quoting (udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=1 id=77 data=78#899a)
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     1        1        0      114        0
    -> 10.9.0.11:5060                      0        0        0        0        0
    -> 10.9.0.12:5060                      1        1        0      114        0

## forwarding-off
On a host that is no router no real server speaks first.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
forwarding off
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  (nothing)
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060

## port-zero-service
A real server of all ports does not speak first.

$ ipvsadm -A -u 10.9.0.100:0 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:0 -r 10.9.0.11 -m
$ ipvsadm -a -u 10.9.0.100:0 -r 10.9.0.12 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs1 udp 10.9.0.11:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.11:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.12:0
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060

## other-rport
A real server speaks first from its own port only.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:6060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:6060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:6060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:6060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40010 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40010 ttl=63 id=77 data=78#899a
> rs1 udp 10.9.0.11:6060 > 172.16.0.5:40010 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: two\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.100:5060 > 172.16.0.5:40010 ttl=63 id=77 data=78#92a9
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.11:6060
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:6060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:6060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:6060
  UDP UDP 172.16.0.5:40010 10.9.0.100:5060 10.9.0.11:6060

## two-services
Of two services with one real server that decides which it was added to last.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
$ ipvsadm -A -u 10.9.0.101:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.101:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.101:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.101:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.101:5060 10.9.0.12:5060
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.101:5060 10.9.0.12:5060

## two-services-no-engine
Of two services with one real server that decides which it was added to last, also if it has no engine.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
$ ipvsadm -A -u 10.9.0.101:5060 -s rr 
$ ipvsadm -a -u 10.9.0.101:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.101:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  gw udp 10.9.0.12:5060 > 172.16.0.5:40009 ttl=63 id=77 data=78#899a
conns
  UDP NONE 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060

## fragmented
A datagram in fragments may speak first.

$ ipvsadm -A -u 10.9.0.100:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.11:5060 -m
$ ipvsadm -a -u 10.9.0.100:5060 -r 10.9.0.12:5060 -m
> gw udp 172.16.0.5:40001 > 10.9.0.100:5060 data="INVITE sip:bob@biloxi SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
  rs2 udp 172.16.0.5:40001 > 10.9.0.12:5060 ttl=63 id=77 data=86#9879
> rs2 udp 10.9.0.12:5060 > 172.16.0.5:40009 data="BYE sip:alice SIP/2.0\r\nVia: SIP/2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n" fragment=64
  gw udp 10.9.0.100:5060 > 172.16.0.5:40009 ttl=63 frag=0+ id=77 data="BYE sip:alice SIP/2.0\r\nVia: SIP/"
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=40+ id=77 data="2.0/UDP pc33\r\nCall-ID: one\r\nCSeq: 1 INVI"
  gw ip 10.9.0.100 > 172.16.0.5 proto=17 ttl=63 frag=80 id=77 data="TE\r\n\r\n" (last)
conns
  UDP ASSURED 172.16.0.5:0 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40001 10.9.0.100:5060 10.9.0.12:5060
  UDP UDP 172.16.0.5:40009 10.9.0.100:5060 10.9.0.12:5060
$ ipvsadm -Ln --stats
  IP Virtual Server version 1.2.1 (size=4096)
  Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
    -> RemoteAddress:Port
  UDP  10.9.0.100:5060                     2        1        1      114      106
    -> 10.9.0.11:5060                      0        0        0        0        0
    -> 10.9.0.12:5060                      2        1        1      114      106

## fragments-of-ipv6-without-a-connection
What a NAT real server sends in fragments, and is no call.
differs: ipv6-fragments-to-sip

$ ipvsadm -A -u [fd00:9::100]:5060 -s rr -p 60 --pe sip
$ ipvsadm -a -u [fd00:9::100]:5060 -r [fd00:9::d]:5060 -m
> rs3 udp [fd00:9::d]:5060 > [2001:db8::2]:40002 data=1200 fragment=576 order=1,2,3
  gw udp [fd00:9::d]:5060 > [2001:db8::2]:40002 hlim=63 frag=0 data=1200
~ gw udp [fd00:9::d]:5060 > [2001:db8::2]:40002 hlim=63 frag=0+ data=520
~ gw ip fd00:9::d > 2001:db8::2 proto=17 hlim=63 frag=528+ data=528#919e
~ gw ip fd00:9::d > 2001:db8::2 proto=17 hlim=63 frag=1056 data=152#77c3 (last)
