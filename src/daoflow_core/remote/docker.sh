# How Docker is reached on a host: as it is, by a rootless socket, or by sudo without a password.

dft_way=   # how Docker answered last: plain, rootless or sudo; kept for the life of this shell

# Asks Docker in the way that worked last, else in the first that works. On success dft_value is what is marked.
dft_engine() {
    if [ -n "$dft_way" ]; then
        dft_engine_by "$dft_way" "$@" && return
        [ "$dft_status" -eq 124 ] && return
        dft_way=
    fi
    if ! command -v docker >/dev/null 2>&1; then
        dft_status=127 dft_value='docker: command not found'
        return
    fi
    dft_engine_by plain "$@" && return
    case $dft_status:$dft_out in
        124:*) return ;;
        *[Pp]'ermission denied'* | *'Cannot connect'* | *'failed to connect'*) ;;
        *) return ;;
    esac
    dft_plain_status=$dft_status dft_plain_out=$dft_out dft_plain_value=$dft_value
    for dft_socket in "${XDG_RUNTIME_DIR:-/nonexistent}/docker.sock" "/run/user/$(id -u)/docker.sock"; do
        if [ -S "$dft_socket" ]; then
            dft_engine_by rootless "$@" && return
            [ "$dft_status" -eq 124 ] && return
        fi
    done
    dft_status=$dft_plain_status dft_value=$dft_plain_value
    case $dft_plain_out in
        *[Pp]'ermission denied'*) dft_engine_as_root "$@" ;;
    esac
}

# After a refusal: the same by sudo, if it needs no password. `timeout` must be root's too, or it could end nothing;
# where sudo allows nothing but docker, docker runs under our own limit.
dft_engine_as_root() {
    dft_refusal=$dft_value
    if ! command -v sudo >/dev/null 2>&1; then
        dft_status=126 dft_value="$dft_refusal; and there is no sudo"
        return
    fi
    dft_engine_by sudo "$@" && return
    dft_root_refused || return
    dft_engine_by sudo-docker "$@" && return
    dft_root_refused || return
    dft_status=126 dft_value="$dft_refusal; and $dft_value"
}

# True when it was sudo that said no, not Docker.
dft_root_refused() {
    case $dft_value in
        sudo:* | *'not allowed to execute'* | *'not in the sudoers'* | *'may not run sudo'*) return 0 ;;
        *) return 1 ;;
    esac
}

dft_engine_by() {
    dft_by=$1
    shift
    dft_run_docker "$dft_by" "$@"
    if [ "$dft_status" -eq 0 ] && dft_marked; then
        dft_way=$dft_by
        return 0
    fi
    dft_first_words
    if [ "$dft_status" -eq 0 ]; then
        dft_status=1 dft_value=${dft_value:-docker answered nothing}
    fi
    return 1
}

dft_run_docker() {
    dft_by=$1
    shift
    case $dft_by in
        sudo)
            [ -n "${dft_timeout-}" ] || dft_find_timeout
            if [ "$dft_timeout" = new ]; then
                dft_kept=$dft_limit dft_limit=$((dft_limit + 2))
                dft_ask sudo -n timeout -k 1 "$dft_kept" docker "$@"
                dft_limit=$dft_kept
            else
                dft_ask sudo -n docker "$@"
            fi
            ;;
        sudo-docker) dft_ask sudo -n docker "$@" ;;
        rootless) dft_ask docker -H "unix://$dft_socket" "$@" ;;
        *) dft_ask docker "$@" ;;
    esac
}
