/// What -h prints below the version.
pub const TEXT: &str = "\
Commands (the first option must be one of these):
  -A, --add-service SERVICE       add a virtual service     [-s -p -M --pe -o -b]
  -E, --edit-service SERVICE      replace its settings      [-s -p -M --pe -o -b]
  -D, --delete-service SERVICE    delete it with its real servers
  -a, --add-server SERVICE -r RS  add a real server         [-g|-i|-m -w -x -y --tun-*]
  -e, --edit-server SERVICE -r RS replace its settings      [-g|-i|-m -w -x -y --tun-*]
  -d, --delete-server SERVICE -r RS
                                  delete it
  -L, -l, --list [SERVICE]        list services             [-n --stats --rate --thresholds
                                  --persistent-conn --tun-info --exact --nosort]
  -L -c | --timeout | --daemon    list connections, timeouts or sync daemons
  -Z, --zero [SERVICE]            set counters to zero
  -C, --clear                     delete everything
  -S, --save [-n]                 print the table as rules
  -R, --restore                   carry out rules from standard input
  --set TCP TCPFIN UDP            set timeouts in seconds (0 keeps what is)
  --start-daemon, --stop-daemon   connection synchronization (master or backup)
  -h, --help                      this text
  -v, --version                   the version

SERVICE:
  -t, --tcp-service HOST:PORT     TCP
  -u, --udp-service HOST:PORT     UDP
  --sctp-service HOST:PORT        SCTP
  -f, --fwmark-service MARK [-6]  packets with this firewall mark (IPv6 with -6)

Options:
  -s, --scheduler NAME            rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh (default: wlc)
  -b, --sched-flags FLAGS         its flags, separated by commas
  -p, --persistent [SECONDS]      clients stay with their real server (default: 360)
  -M, --netmask MASK              clients that agree under this mask count as one
  --pe NAME                       persistence engine
  -o, --ops                       one-packet scheduling (UDP)
  -r, --real-server HOST[:PORT]   the real server
  -g, --gatewaying                direct routing (default)
  -i, --ipip                      tunnelling
  -m, --masquerading              NAT
  -w, --weight N                  its weight (default: 1; 0: no new connections)
  -x, --u-threshold N             no new connections at this many
  -y, --l-threshold N             new connections again below this many
  --tun-type ipip|gue|gre  --tun-port PORT  --tun-nocsum  --tun-csum  --tun-remcsum
                                  the tunnel
  -n, --numeric                   numbers instead of names
  -c, --connection                connections instead of services
  -X, --exact                     numbers in full
";
