# What ldirectord's own reader makes of files: loads the program, but for its main part, and prints one line for each
# service and real server, or REFUSED and its line.
# usage: PERLIO=perlio perl original.pl /usr/sbin/ldirectord FILE...
use strict;
my $program = shift @ARGV;
our @files = @ARGV;
@ARGV = ();
open(my $in, '<', $program) or die "$program: $!";
my $text = do { local $/; <$in> };
$text =~ s/^__END__$.*//ms;
my $harness = <<'EOF';
$opt_d = 1;
$DEBUG = 0;
{ no warnings; *main::ld_exit = sub { die "refused\n" }; }
my $said;
{ no warnings; *main::__config_log = sub { my ($line, $prefix, $msg) = @_; $said .= "$prefix $line " if $line > 0; }; }
for my $file (@main::files) {
	$CONFIG = $file;
	$CFGNAME = "original";
	$said = "";
	@REAL = ();
	my $fine = eval { local $SIG{'__DIE__'} = 'DEFAULT'; local $SIG{'ALRM'} = 'DEFAULT'; read_config(); 1 };
	close(CFGFILE);
	print "FILE $file ", $fine ? "fine" : "REFUSED", " $said\n";
	next unless $fine;
	ld_setup();
	for my $v (@VIRTUAL) {
		print "  virtual $$v{flags}| $$v{checktype} $$v{num_connects} $$v{service} $$v{checktimeout} $$v{negotiatetimeout} $$v{failurecount} $$v{checkcount}\n";
		for my $r (@{$$v{real}}) {
			my $l = $$r{'l-threshold'} || 0;
			my $u = $$r{'u-threshold'} || 0;
			my $port = ld_checkport($v, $r) || 0;
			print "    real $$r{server}:$$r{port} $$r{forward} $$r{weight} $u $l $port request=[$$r{request}] receive=[$$r{receive}]\n";
		}
		my $f = fallback_find($v);
		print "    fallback $$f{server}:$$f{port} $$f{forward}\n" if defined $f and defined $$f{server};
	}
}
EOF
$text =~ s/^ld_init\(\);.*?^# functions$/$harness/ms or die "main part not found";
eval $text;
die $@ if $@;
