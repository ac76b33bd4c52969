# Fragments that concern no service.
# Recorded from Linux 6.1.176 (user-mode Linux), ipvsadm v1.31

## between-strangers-incomplete
A first fragment between two hosts that have nothing to do with the director. IPVS waits for the others all the same.
differs: fragments-of-others

$ ipvsadm -A -t 10.9.0.100:80 -s rr
> rs6 tcp 10.9.0.16:80 > 172.16.0.1:40001 A seq=1001 nodf data=1200 fragment=576 order=1
  (nothing)
~ gw tcp 10.9.0.16:80 > 172.16.0.1:40001 A seq=1001 ttl=63 frag=0+ id=77 data=532

## between-strangers-in-disorder
They leave in order; the host sends on what ulvs leaves to it as it came.

$ ipvsadm -A -t 10.9.0.100:80 -s rr
> rs6 tcp 10.9.0.16:80 > 172.16.0.1:40001 A seq=1001 nodf data=1200 fragment=576 order=3,1,2
  gw tcp 10.9.0.16:80 > 172.16.0.1:40001 A seq=1001 ttl=63 frag=0+ id=77 data=532
  gw ip 10.9.0.16 > 172.16.0.1 proto=6 ttl=63 frag=552+ id=77 data=552#556e
  gw ip 10.9.0.16 > 172.16.0.1 proto=6 ttl=63 frag=1104 id=77 data=116#2963 (last)
