# FTP: sequence numbers after a changed reply.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## several-changes
Each changed reply moves what follows by its own.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S opts=sackok
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 opts=sackok,eol ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 opts=sackok
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 opts=sackok,eol ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5029
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5028 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1007 ack=5029 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1007 ack=5028 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5028 ack=1013 data="227 ok (10,9,0,11,19,138)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5029 ack=1013 ttl=63 df id=77 data="227 ok (10,9,0,100,19,138)\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1013 ack=5057
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1013 ack=5055 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5055 ack=1013 data="226 done\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5057 ack=1013 ttl=63 df id=77 data="226 done\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1013 ack=5067 data="QUIT\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1013 ack=5065 ttl=63 df id=77 data="QUIT\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5065 ack=1019 data="221 bye\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5067 ack=1019 ttl=63 df id=77 data="221 bye\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 FA seq=5074 ack=1019
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 FA seq=5076 ack=1019 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 FA seq=1019 ack=5077
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 FA seq=1019 ack=5075 ttl=63 df id=77

## reply-sent-again
A reply that is sent again, before or after the next segment, is read as it was the first time.
differs: ftp-reply-sent-again

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,19,137)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5029
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5028 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5028 ack=1007 data="226 done\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5029 ack=1007 ttl=63 df id=77 data="226 done\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,11,19,137)\r\n"
~ gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## older-data-again
What came before the change is sent again.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 data="220 ready\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 ttl=63 df id=77 data="220 ready\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5012 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5012 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5012 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5012 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="220 ready\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="220 ready\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5039 ack=1007 data="226 done\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5040 ack=1007 ttl=63 df id=77 data="226 done\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5012
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5012 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5013
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5012 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5039
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5038 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5040
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5039 ttl=63 df id=77

## selective-acknowledgements
SACK blocks of the client are moved, too.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S opts=sackok
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 opts=sackok,eol ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 opts=sackok
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 opts=sackok,eol ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5028 ack=1007 data="226 a\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5029 ack=1007 ttl=63 df id=77 data="226 a\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5035 ack=1007 data="226 b\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5036 ack=1007 ttl=63 df id=77 data="226 b\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5029 opts=nop,nop,hex:050a000013ac000013b3
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5028 opts=nop,nop,hex:050a000013ab000013b2 ttl=63 df id=77

## two-old-states
After two changes only the last two lengths are known.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 data="220 ready\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1001 ttl=63 df id=77 data="220 ready\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5012 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5012 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5012 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5012 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5039 ack=1007 data="226 a\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5040 ack=1007 ttl=63 df id=77 data="226 a\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1007 ack=5047 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1007 ack=5046 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5046 ack=1013 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5047 ack=1013 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5073 ack=1013 data="226 b\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5075 ack=1013 ttl=63 df id=77 data="226 b\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1013 data="220 ready\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5002 ack=1013 ttl=63 df id=77 data="220 ready\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5039 ack=1013 data="226 a\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5040 ack=1013 ttl=63 df id=77 data="226 a\r\n"
conns
  TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21
  TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001

## shorter
A reply that becomes shorter.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (010,009,000,011,019,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5035 ack=1007 data="226 done\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5029 ack=1007 ttl=63 df id=77 data="226 done\r\n"
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1007 ack=5038
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1007 ack=5044 ttl=63 df id=77

## urgent-and-empty
Bare acknowledgements and resets are moved as well.

$ ipvsadm -A -t 10.9.0.100:21 -s rr
$ ipvsadm -a -t 10.9.0.100:21 -r 10.9.0.11:21 -m
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 S
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 S seq=1000 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 SA seq=5000 ack=1001
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 SA seq=5000 ack=1001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 A seq=1001 ack=5001
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 A seq=1001 ack=5001 ttl=63 df id=77
> gw tcp 172.16.0.5:40001 > 10.9.0.100:21 PA seq=1001 ack=5001 data="PASV\r\n"
  rs1 tcp 172.16.0.5:40001 > 10.9.0.11:21 PA seq=1001 ack=5001 ttl=63 df id=77 data="PASV\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 data="227 ok (10,9,0,11,19,137)\r\n"
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 PA seq=5001 ack=1007 ttl=63 df id=77 data="227 ok (10,9,0,100,19,137)\r\n"
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 A seq=5028 ack=1007
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 A seq=5029 ack=1007 ttl=63 df id=77
> rs1 tcp 10.9.0.11:21 > 172.16.0.5:40001 R seq=5028 ack=0
  gw tcp 10.9.0.100:21 > 172.16.0.5:40001 R seq=5029 ttl=63 df id=77
