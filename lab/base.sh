#!/bin/bash
# Turns a fresh Debian root file system into the base of a lab host: base.sh ROOT
set -euo pipefail
root=$1

# A host shares the machine's kernel: nothing in it may load modules, rename devices or set the machine's own sysctls.
for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
  systemd-networkd.service systemd-resolved.service systemd-timesyncd.service systemd-sysctl.service \
  systemd-remount-fs.service systemd-modules-load.service kmod-static-nodes.service sys-kernel-debug.mount \
  sys-kernel-tracing.mount sys-kernel-config.mount dev-hugepages.mount dev-mqueue.mount getty@.service \
  console-getty.service apt-daily.timer apt-daily-upgrade.timer
do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"

# Every host gets its own identity at its first boot, and no way out of the lab.
rm -rf "$root"/etc/ssh/ssh_host_* "$root"/etc/resolv.conf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
: > "$root/etc/machine-id"
: > "$root/etc/resolv.conf"

# The sshd log proves what a client offered, so it names every request and journald may drop none of it.
echo 'LogLevel DEBUG1' > "$root/etc/ssh/sshd_config.d/lab.conf"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nRateLimitIntervalSec=0\nRateLimitBurst=0\n' > "$root/etc/systemd/journald.conf.d/lab.conf"

# Three ways of being let near Docker: by group, by passwordless sudo, not at all.
chroot "$root" useradd -u 2001 -m -s /bin/bash -G docker deploy
chroot "$root" useradd -u 2002 -m -s /bin/bash sudoer
chroot "$root" useradd -u 2003 -m -s /bin/bash outsider
echo 'sudoer ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/lab"
chmod 440 "$root/etc/sudoers.d/lab"
