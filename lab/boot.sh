#!/bin/bash
# Becomes process 1 of a host, inside fresh namespaces: boot.sh HOST_FOLDER BASE NAME
set -euo pipefail
host=$1 base=$2 name=$3 root=$1/root
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$base,upperdir=$host/upper,workdir=$host/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"

mount -t tmpfs tmpfs "$root/dev" -o mode=755
for node in null zero full random urandom tty; do
  : > "$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666,mode=0620,gid=5
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs tmpfs "$root/run" -o mode=755

# Each control group hierarchy is mounted anew: the cgroup namespace shows only this host's part of it.
mount_version_1() {
  local hierarchy name
  mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
  for hierarchy in /sys/fs/cgroup/*/; do
    [ ! -L "${hierarchy%/}" ] || continue
    name=$(basename "$hierarchy")
    mkdir "$root/sys/fs/cgroup/$name"
    case $name in
      unified) mount -t cgroup2 cgroup "$root/sys/fs/cgroup/$name" ;;
      systemd) mount -t cgroup cgroup "$root/sys/fs/cgroup/$name" -o none,name=systemd ;;
      *) mount -t cgroup cgroup "$root/sys/fs/cgroup/$name" -o "$name" ;;
    esac
  done
}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
else
  mount_version_1
fi

# The host may set its own network's sysctls, never the machine's.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,ro "$root/proc/sys"

# Docker's data must not lie on overlayfs: it has its own disk, freed with the mount namespace.
mkdir -p "$root/var/lib/docker" "$root/var/lib/containerd"
mount -o loop "$host/docker.img" "$root/var/lib/docker"
mount --bind "$host/containerd" "$root/var/lib/containerd"

hostname "$name"
cd "$root"
mkdir -p .old
pivot_root . .old
# systemd 257 wants the word about cgroup v1 both in its environment and on its command line.
exec chroot . /bin/sh -c 'cd /; umount -l /.old; rmdir /.old
  export container=daoflow-lab SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1; unset HOME TMPDIR
  exec /lib/systemd/systemd --show-status=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 </dev/null >/dev/null 2>&1'
