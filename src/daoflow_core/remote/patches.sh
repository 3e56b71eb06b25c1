# Which package updates a host could take. Nothing here refreshes a list, waits for a lock, or writes a file: every
# manager is told to simulate, to stay with what it has, and to keep no cache of this.
#
# Steps: system (os-release and the manager found), lists (how old they are), reboot, and those of the manager:
# upgrade, all (held ones too), security, holds, installed, needs, restart, as far as it has them.
#
# DFT_ROOT   (environment) a folder whose etc/, var/ and run/ are read instead of the host's own; for the demo.

dft_manager() {
    if command -v apt-get >/dev/null 2>&1 && [ -e "${DFT_ROOT-}/var/lib/dpkg/status" ]; then
        dft_found=apt
    else
        dft_found=
        for dft_name in dnf yum zypper pacman apk; do
            [ -z "$dft_found" ] && command -v "$dft_name" >/dev/null 2>&1 && dft_found=$dft_name
        done
    fi
    dft_run_frame system 'read /etc/os-release; find the package manager'
    printf 'manager=%s\n' "${dft_found:-none}"
    for dft_file in /etc/os-release /usr/lib/os-release; do
        if [ -r "${DFT_ROOT-}$dft_file" ]; then
            while read -r dft_line || [ -n "$dft_line" ]; do
                case $dft_line in
                    PRETTY_NAME=*) printf '%s\n' "$dft_line" ;;
                esac
            done <"${DFT_ROOT-}$dft_file"
            break
        fi
    done
    printf 'now=%s\n' "$(date +%s)"
    printf 'kernel=%s\n' "$(uname -r)"
    dft_exit_frame system 0
}

# dft_lists PATH...: when each of these was written last, in seconds of the epoch; one that is not there is left out.
dft_lists() {
    dft_run_frame lists "stat -c '%Y %n' $*"
    for dft_file in "$@"; do
        [ -e "${DFT_ROOT-}$dft_file" ] && stat -c '%Y %n' "${DFT_ROOT-}$dft_file" </dev/null
    done
    dft_exit_frame lists 0
}

# What says that the host waits for a restart: the mark that package scripts leave, whether this host leaves such marks
# at all, and kernels that are installed beside the one that runs.
dft_reboot() {
    dft_run_frame reboot 'look for /run/reboot-required and newer kernels'
    if [ -e "${DFT_ROOT-}/run/reboot-required" ]; then
        printf 'required\n'
        [ -r "${DFT_ROOT-}/run/reboot-required.pkgs" ] && while read -r dft_line; do
            printf 'for=%s\n' "$dft_line"
        done <"${DFT_ROOT-}/run/reboot-required.pkgs"
    fi
    for dft_file in /usr/share/update-notifier/notify-reboot-required /etc/kernel/postinst.d/unattended-upgrades; do
        [ -e "${DFT_ROOT-}$dft_file" ] && printf 'marks\n'
    done
    for dft_file in "${DFT_ROOT-}"/boot/vmlinuz-*; do
        [ -e "$dft_file" ] && printf 'installed=%s\n' "${dft_file##*/vmlinuz-}"
    done
    dft_exit_frame reboot 0
}

dft_apt() {
    dft_lists /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists/partial /var/lib/apt/lists
    dft_run_frame indexes 'ls /var/lib/apt/lists'
    for dft_file in "${DFT_ROOT-}"/var/lib/apt/lists/*Packages*; do
        [ -e "$dft_file" ] && printf '%s\n' "${dft_file##*/}"
    done
    dft_exit_frame indexes 0
    # As root, a simulation would still replace the log of the last upgrade's planning.
    set -- -s -q -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o Dir::Log::Planner= -o Dir::Log::Solver= -o APT::Get::Show-User-Simulation-Note=false
    dft_step upgrade apt-get "$@" upgrade
    dft_step all apt-get "$@" --ignore-hold dist-upgrade
    dft_step holds dpkg-query -W -f '${db:Status-Want} ${binary:Package}\n'
    if [ "$(id -u)" = 0 ] && command -v needrestart >/dev/null 2>&1; then
        dft_step restart needrestart -b -r l
    fi
}

# dnf, yum and zypper write logs, locks and caches even when they only look, and as an ordinary user dnf makes a folder in
# /var/tmp. So they run in a mount namespace of their own: what they write goes to memory, and what the host keeps can't be
# written at all. Their locks are private too, so nobody waits for us.
dft_shield='
mount -t tmpfs none /tmp && mkdir /tmp/cache || exit 125
for d in /var/tmp /var/log /run; do [ ! -d $d ] || mount -t tmpfs none $d || exit 125; done
for d in /var/lib/rpm /var/cache; do [ ! -d $d ] || { mount --bind $d $d && mount -o remount,bind,ro $d; } || exit 125; done
[ ! -d "$1" ] || ln -s "$1"/* /tmp/cache/
shift
HOME=/tmp
export HOME
exec "$@"'

# A step `shield`: whether this host offers such a namespace; without it nothing is asked.
dft_find_shield() {
    [ -n "${dft_timeout-}" ] || dft_find_timeout
    dft_run_frame shield 'unshare --mount'
    if [ "$(id -u)" = 0 ]; then dft_unshare=-m; else dft_unshare=-Urm; fi
    dft_out=$(dft_limited unshare $dft_unshare sh -c "$dft_shield" sh /nonexistent true 2>&1 </dev/null)
    dft_status=$?
    [ -z "$dft_out" ] || printf '%s\n' "$dft_out" >&2
    dft_exit_frame shield "$dft_status"
    return "$dft_status"
}

# dft_shielded NAME CACHE COMMAND...: a step behind the shield, shown without it.
dft_shielded() {
    dft_step_name=$1 dft_cache_folder=$2
    shift 2
    dft_run_frame "$dft_step_name" "$*"
    dft_limited unshare $dft_unshare sh -c "$dft_shield" sh "$dft_cache_folder" "$@" </dev/null
    dft_exit_frame "$dft_step_name" $?
}

dft_rpm() {
    dft_folder=/var/cache/$dft_found
    dft_lists "$dft_folder" /var/cache/libdnf5
    dft_find_shield || return
    # Where a host skips repositories that it has no lists of, it would say that there is nothing to update.
    set -- -q -C '--setopt=*.skip_if_unavailable=0' --setopt=logdir=/tmp --setopt=cachedir=/tmp/cache --setopt=keepcache=1
    dft_shielded upgrade "$dft_folder" "$dft_found" "$@" check-update
    dft_shielded all "$dft_folder" "$dft_found" "$@" --disableexcludes=all check-update
    dft_shielded security "$dft_folder" "$dft_found" "$@" updateinfo list --security
    dft_shielded installed "$dft_folder" rpm -qa --qf '%{NAME}.%{ARCH} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n'
    if command -v needs-restarting >/dev/null 2>&1; then
        dft_shielded needs "$dft_folder" needs-restarting -r
    fi
}

dft_zypper() {
    dft_lists /var/cache/zypp/solv /var/cache/zypp/raw
    dft_find_shield || return
    set -- --non-interactive --no-refresh --xmlout
    dft_shielded upgrade /nonexistent zypper "$@" list-updates --all
    dft_shielded security /nonexistent zypper "$@" list-patches --category security
    dft_shielded holds /nonexistent zypper "$@" locks
}

dft_pacman() {
    dft_lists /var/lib/pacman/sync
    dft_step upgrade pacman -Qu
}

dft_apk() {
    dft_lists /var/cache/apk /lib/apk/db/installed
    dft_step upgrade apk --no-network version -l '<'
}

dft_manager
case $dft_found in
    apt) dft_apt ;;
    dnf | yum) dft_rpm ;;
    zypper) dft_zypper ;;
    pacman) dft_pacman ;;
    apk) dft_apk ;;
esac
dft_reboot
