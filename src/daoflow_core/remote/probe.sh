# What a readiness check asks of a host. POSIX sh, fed to a resident `sh` on its stdin, once; then one line a check:
#     dft_probe NONCE SECTION...          sections: os res docker compose swarm
# The answer is framed, so that whatever else a host prints can't be mistaken for it:
#     #dft NONCE begin
#     name|status|start|end|value         one line a section; times are seconds of /proc/uptime, `-` when unknown
#     #dft NONCE end
# A value is one line of at most 1000 bytes and stands last, so it may hold `|`.
# Status: 0 asked and answered, 124 timed out, 126 no permission, 127 missing, else the exit status of the tool.
# Nothing here reads the shell's own stdin, writes a file, or changes the host.
#
# It stands on ask.sh and docker.sh, which are fed before it.
# DFT_ROOT   (environment) a folder whose etc/ and proc/ are read instead of the host's own; for tests and the demo.

dft_probe() {
    dft_nonce=$1
    shift
    dft_engine_status=
    printf '\n#dft %s begin\n' "$dft_nonce"
    for dft_section in "$@"; do
        dft_status=0 dft_value=
        dft_uptime
        dft_start=$dft_now
        case $dft_section in
            os) dft_os ;;
            res) dft_res ;;
            docker) dft_docker ;;
            compose) dft_compose ;;
            swarm) dft_swarm ;;
            *) dft_status=2 dft_value='no such section' ;;
        esac
        dft_uptime
        printf '%s|%s|%s|%s|%.1000s\n' "$dft_section" "$dft_status" "$dft_start" "$dft_now" "${dft_value%%"$dft_nl"*}"
    done
    printf '#dft %s end\n' "$dft_nonce"
}

# ---- the host ----------------------------------------------------------------------------------------------------

# Value: kernel=RELEASE name=PRETTY NAME; a part that can't be read is `?`.
dft_os() {
    dft_first_line "${DFT_ROOT-}/proc/sys/kernel/osrelease"
    dft_kernel=${dft_line:-?}
    dft_name=
    for dft_file in "${DFT_ROOT-}/etc/os-release" "${DFT_ROOT-}/usr/lib/os-release"; do
        if [ -z "$dft_name" ] && [ -r "$dft_file" ]; then
            while read -r dft_line || [ -n "$dft_line" ]; do
                case $dft_line in
                    PRETTY_NAME=*) dft_name=${dft_line#PRETTY_NAME=} ;;
                esac
            done <"$dft_file"
        fi
    done
    case $dft_name in
        \"*\" | \'*\') dft_name=${dft_name#?} dft_name=${dft_name%?} ;;
    esac
    dft_value="kernel=$dft_kernel name=${dft_name:-?}"
}

# Value: cores=N load=1-MINUTE memtotal=KB memavailable=KB df=LAST LINE OF df -Pk /; what is not known is `?`, never 0.
dft_res() {
    dft_cores=$(nproc 2>/dev/null </dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null </dev/null)
    dft_first_line "${DFT_ROOT-}/proc/loadavg"
    dft_load=${dft_line%% *}
    dft_total= dft_available=
    if [ -r "${DFT_ROOT-}/proc/meminfo" ]; then
        while [ -z "$dft_total" ] || [ -z "$dft_available" ]; do
            read -r dft_key dft_amount dft_rest || break
            case $dft_key in
                MemTotal:) dft_total=$dft_amount ;;
                MemAvailable:) dft_available=$dft_amount ;;
            esac
        done <"${DFT_ROOT-}/proc/meminfo"
    fi
    dft_ask df -Pk /
    dft_disk=?
    if [ "$dft_status" -eq 0 ]; then
        dft_disk=${dft_out##*"$dft_nl"}
    fi
    dft_status=0
    dft_value="cores=${dft_cores:-?} load=${dft_load:-?} memtotal=${dft_total:-?}"
    dft_value="$dft_value memavailable=${dft_available:-?} df=${dft_disk:-?}"
}

# ---- Docker ----------------------------------------------------------------------------------------------------

# Value: plain, rootless or sudo, and the server's version; else what went wrong in the tool's words.
dft_docker() {
    dft_engine version --format 'dft={{.Server.Version}}'
    if [ "$dft_status" -eq 0 ]; then
        dft_value="${dft_way%%-*} $dft_value"
    fi
    dft_engine_status=$dft_status
}

# Value: STATE true|false (a manager or not), as `docker info` has it; then what is wrong in the engine's words, or for a
# manager `managers=N reachable=N`. Where the engine did not answer, `info` is not
# asked: it would only hang again, and Docker 20.10 hides the reason behind a template error.
dft_swarm() {
    if [ -z "$dft_engine_status" ]; then
        dft_docker
    elif [ "$dft_engine_status" -ne 0 ]; then
        dft_status=$dft_engine_status dft_value='not asked: Docker did not answer'
    fi
    if [ "$dft_engine_status" -eq 0 ]; then
        dft_engine info --format 'dft={{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.Error}}'
        dft_value=${dft_value%" "}
    fi
    if [ "$dft_status" -eq 0 ] && [ "$dft_value" = 'active true' ]; then
        dft_managers
    fi
}

# How many managers there are and answer: only the leader's books tell, so a manager that does not reach it says why.
dft_managers() {
    dft_run_docker "${dft_way:-plain}" node ls --filter role=manager --format 'dft={{.ManagerStatus}}'
    if [ "$dft_status" -ne 0 ]; then
        dft_first_words
        dft_value="active true ${dft_value:-no word about the managers}"
    else
        dft_count=0 dft_answering=0
        for dft_manager in $dft_out; do
            case $dft_manager in
                dft=Leader | dft=Reachable) dft_answering=$((dft_answering + 1)) dft_count=$((dft_count + 1)) ;;
                dft=*) dft_count=$((dft_count + 1)) ;;
            esac
        done
        dft_value='active true'
        [ "$dft_count" -eq 0 ] || dft_value="active true managers=$dft_count reachable=$dft_answering"
    fi
    dft_status=0
}

# ---- Compose -----------------------------------------------------------------------------------------------------

# Value: the plugin's version; with status 127 `none`, or `standalone VERSION` when only `docker-compose` is there.
# Asking costs the host 50 ms, or half a second for version 1, so an answer is kept until a binary changes.
dft_compose() {
    if ! command -v docker >/dev/null 2>&1; then
        dft_status=127 dft_value='docker: command not found'
        return
    fi
    dft_compose_binaries
    if [ -n "$dft_binaries" ] && [ "$dft_binaries" = "${dft_compose_seen-}" ]; then
        dft_status=$dft_compose_status dft_value=$dft_compose_value
        return
    fi
    dft_run_docker "${dft_way:-plain}" compose version --short
    dft_compose_verdict
    case $dft_status:$dft_value in
        0:* | 127:standalone*) dft_compose_seen=$dft_binaries dft_compose_status=$dft_status dft_compose_value=$dft_value ;;
    esac
}

# dft_binaries: inode, size and time of every place where Compose may lie; empty when it is in none of them.
dft_compose_binaries() {
    dft_old=$(command -v docker-compose 2>/dev/null)
    dft_binaries=$(
        ls -Lilnd "${HOME:-/}/.docker/cli-plugins/docker-compose" /usr/local/lib/docker/cli-plugins/docker-compose \
            /usr/local/libexec/docker/cli-plugins/docker-compose /usr/lib/docker/cli-plugins/docker-compose \
            /usr/libexec/docker/cli-plugins/docker-compose "${dft_old:-/nonexistent}" 2>/dev/null </dev/null
    )
}

dft_compose_verdict() {
    dft_first_words
    case $dft_status:$dft_out in
        0:*)
            dft_is_version || dft_status=1
            return
            ;;
        124:*)
            dft_value=$dft_out
            return
            ;;
        *'is not a docker command'* | *'unknown command'* | *'unknown flag: --short'*) ;;
        *) return ;;
    esac
    dft_value=none
    if [ -n "$dft_old" ]; then
        dft_ask docker-compose version --short
        dft_first_words
        dft_is_version || dft_value=?
        dft_value="standalone $dft_value"
    fi
    dft_status=127
}

dft_is_version() {
    case $dft_value in
        [0-9]* | v[0-9]*) return 0 ;;
        *) return 1 ;;
    esac
}
