# What a resource check asks of a host, every question a step of its own (steps.sh): system, cores, load, memory,
# disk, engine, docker_df. A step that can't be answered ends with a status, and says on stderr why.
# Nothing here writes a file, takes a lock or changes the host.
#
# DFT_ROOT   (environment) a folder whose etc/ and proc/ are read instead of the host's own; for tests and the demo.

dft_df_limit=25   # seconds for `docker system df`: with many images and volumes the engine has to count

# dft_told NAME FUNCTION FILE...: a step that this shell answers from files, without a process.
dft_told() {
    dft_step_name=$1 dft_teller=$2
    shift 2
    dft_run_frame "$dft_step_name" "read $*"
    "$dft_teller" "$@"
    dft_status=$?
    dft_exit_frame "$dft_step_name" "$dft_status"
}

# dft_unreadable FILE: true, and said, when a file can't be read.
dft_unreadable() {
    [ -r "${DFT_ROOT-}$1" ] && return 1
    printf '%s: cannot be read\n' "$1" >&2
}

dft_system() {
    dft_first_line "${DFT_ROOT-}/proc/sys/kernel/osrelease"
    printf 'kernel=%s\n' "$dft_line"
    dft_first_line "${DFT_ROOT-}/proc/uptime"
    printf 'uptime=%s\n' "${dft_line%% *}"
    for dft_file in /etc/os-release /usr/lib/os-release; do
        [ -r "${DFT_ROOT-}$dft_file" ] || continue
        while read -r dft_line || [ -n "$dft_line" ]; do
            case $dft_line in
                PRETTY_NAME=*) printf '%s\n' "$dft_line" ;;
            esac
        done <"${DFT_ROOT-}$dft_file"
        break
    done
}

dft_load() {
    dft_unreadable "$1" && return 1
    dft_first_line "${DFT_ROOT-}$1"
    printf '%s\n' "$dft_line"
}

dft_memory() {
    dft_unreadable "$1" && return 1
    while read -r dft_key dft_rest; do
        case $dft_key in
            MemTotal: | MemAvailable: | SwapTotal: | SwapFree:) printf '%s %s\n' "$dft_key" "$dft_rest" ;;
        esac
    done <"${DFT_ROOT-}$1"
}

# Where no program counts the cores: one line for each of them.
dft_cpuinfo() {
    dft_unreadable "$1" && return 1
    dft_count=0
    while read -r dft_key dft_rest; do
        [ "$dft_key" = processor ] && dft_count=$((dft_count + 1))
    done <"${DFT_ROOT-}$1"
    [ "$dft_count" -gt 0 ] && printf '%s\n' "$dft_count"
}

dft_cores() {
    unset OMP_NUM_THREADS OMP_THREAD_LIMIT   # nproc would take them for the number of cores
    if command -v nproc >/dev/null 2>&1; then
        dft_step cores nproc
    elif command -v getconf >/dev/null 2>&1; then
        dft_step cores getconf _NPROCESSORS_ONLN
    else
        dft_told cores dft_cpuinfo /proc/cpuinfo
    fi
}

dft_told system dft_system /proc/sys/kernel/osrelease /proc/uptime /etc/os-release
dft_cores
dft_told load dft_load /proc/loadavg
dft_told memory dft_memory /proc/meminfo
dft_step disk df -Pk /
if dft_reach_docker; then
    dft_limit=$dft_df_limit
    dft_docker_step docker_df system df --format '{{json .}}'
fi
