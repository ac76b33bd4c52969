#!/bin/sh
# Makes what a real IPVS needs to boot as an ordinary program: linux.uml, its modules, and a small root file system with
# ipvsadm. Everything comes from Debian's packages; nothing is built. Needs root (for apt-get) only when a package is
# missing. $1: the folder to do it in. $2: the services file that the directors share.
set -eu
cd "$1"
export DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"

modules='ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_lblc ip_vs_lblcr ip_vs_dh ip_vs_sh ip_vs_sed ip_vs_nq ip_vs_fo
    ip_vs_ovf ip_vs_mh ip_vs_ftp ip_vs_pe_sip ipip sit ip6_tunnel ip_gre ip6_gre fou fou6 dummy
    iptable_mangle iptable_filter ip6table_mangle ip6table_filter xt_multiport xt_mark'
programs='ipvsadm ip ethtool xtables-legacy-multi busybox cpio depmod modprobe'

missing() {
    for program in $programs; do
        command -v "$program" >/dev/null || return 0
    done
    return 1
}
install() {
    apt-get install -y -q ipvsadm busybox-static iproute2 iptables ethtool cpio kmod
}
if missing; then install || { apt-get update -q && install; }; fi
if [ ! -x uml/usr/bin/linux.uml ]; then
    rm -rf download uml
    mkdir download
    (cd download && { apt-get download user-mode-linux || { apt-get update -q && apt-get download user-mode-linux; }; })
    dpkg -x download/user-mode-linux_*.deb uml
    rm -rf download
fi

release=$(ls uml/usr/lib/uml/modules)
rm -rf root tree
for folder in bin sbin proc sys dev etc run tmp usr/bin usr/sbin modules var/run; do
    mkdir -p "root/$folder"
done
cp "$(command -v busybox)" root/bin/busybox
copy() {
    mkdir -p "root$(dirname "$2")"
    cp -L "$1" "root$2"
}
for program in ipvsadm ip ethtool xtables-legacy-multi; do
    path=$(command -v "$program")
    copy "$path" "/usr/sbin/$program"
    for library in $(ldd "$path" | grep -o '/[^ ]*'); do
        copy "$library" "$library"
    done
done
for extension in /usr/lib/*/xtables/libxt_mark.so /usr/lib/*/xtables/libxt_MARK.so \
    /usr/lib/*/xtables/libxt_multiport.so /usr/lib/*/xtables/libxt_tcp.so /usr/lib/*/xtables/libxt_udp.so; do
    if [ -e "$extension" ]; then copy "$extension" "$extension"; fi
done
cp /etc/protocols root/etc/protocols
cp "$2" root/etc/services

mkdir -p tree/lib/modules
cp -r "uml/usr/lib/uml/modules/$release" tree/lib/modules/
depmod -b tree "$release"
for module in $modules; do
    # Some are built in, some this kernel does not have; then a scenario that needs them fails.
    modprobe -d tree -S "$release" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' || true
done | awk '!seen[$0]++' >order
while read -r path; do
    cp "$path" root/modules/
    basename "$path" >>root/modules/order
done <order

cat >root/init <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /run /tmp
for module in $(cat /modules/order); do insmod "/modules/$module" 2>/dev/null; done
ip link set lo up
echo CONFORMANCE-READY
exec setsid sh -c 'exec sh </dev/tty0 >/dev/tty0 2>&1'
INIT
chmod 755 root/init
(cd root && find . | cpio -o -H newc 2>/dev/null | gzip -1) >initrd.gz
rm -rf root tree order
echo "$release" >release
