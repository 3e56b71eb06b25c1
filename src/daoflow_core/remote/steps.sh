# The steps of an operation, each framed on both streams so that whatever a host prints can't be mistaken for a frame:
#     #dft NONCE run NAME COMMAND         stdout; on stderr the same line without the command
#     ...the step's own output...
#     #dft NONCE exit NAME STATUS START END     both streams; times are seconds of /proc/uptime, `-` when unknown
#     #dft NONCE end                            the script came to its last line
# A frame begins with a line end of its own, so that output without one stays whole.
# Status: 124 timed out, 127 missing, else the exit status of the command.
#
# dft_nonce  letters and digits that no host can know beforehand; the first line of a script sets it.

dft_run_frame() {
    printf '\n#dft %s run %s\n' "$dft_nonce" "$1" >&2
    printf '\n#dft %s run %s %s\n' "$dft_nonce" "$1" "$2"
    dft_uptime
    dft_start=$dft_now
}

dft_exit_frame() {
    dft_uptime
    printf '\n#dft %s exit %s %s %s %s\n' "$dft_nonce" "$1" "$2" "$dft_start" "$dft_now" >&2
    printf '\n#dft %s exit %s %s %s %s\n' "$dft_nonce" "$1" "$2" "$dft_start" "$dft_now"
}

# dft_step NAME COMMAND [WORD...]: one command with its time limit (`dft_limit`); dft_status is how it ended.
dft_step() {
    dft_step_name=$1
    shift
    [ -n "${dft_timeout-}" ] || dft_find_timeout
    dft_run_frame "$dft_step_name" "$*"
    dft_limited "$@" </dev/null
    dft_status=$?
    case $dft_status in
        137 | 143)  # ended by a signal: ours, unless it came before the limit
            dft_uptime
            if [ "$dft_now" = - ] || [ $((${dft_now%.*} - ${dft_start%.*} + 1)) -ge "$dft_limit" ]; then
                dft_status=124
            fi
            ;;
    esac
    dft_exit_frame "$dft_step_name" "$dft_status"
    return "$dft_status"
}

# dft_docker_step NAME WORD...: the same for a docker command, in the way that `dft_reach_docker` found.
dft_docker_step() {
    dft_step_name=$1
    shift
    [ -n "${dft_timeout-}" ] || dft_find_timeout
    case $dft_way:$dft_timeout in
        sudo:new)  # `timeout` must be root's too, or it could end nothing
            dft_kept=$dft_limit dft_limit=$((dft_limit + 2))
            dft_step "$dft_step_name" sudo -n timeout -k 1 "$dft_kept" docker "$@"
            dft_limit=$dft_kept
            ;;
        sudo:* | sudo-docker:*) dft_step "$dft_step_name" sudo -n docker "$@" ;;
        rootless:*) dft_step "$dft_step_name" docker -H "unix://$dft_socket" "$@" ;;
        *) dft_step "$dft_step_name" docker "$@" ;;
    esac
    return "$dft_status"
}

# A step `engine`: how Docker is reached and which version it is, `WAY VERSION`, or why it is not. Sets dft_way.
dft_reach_docker() {
    dft_run_frame engine 'docker version'
    dft_engine version --format 'dft={{.Server.Version}}'
    dft_reached=$dft_status
    if [ "$dft_reached" -eq 0 ]; then
        printf '%s %s\n' "${dft_way%%-*}" "$dft_value"
    else
        printf '%s\n' "$dft_value" >&2
    fi
    dft_exit_frame engine "$dft_reached"
    return "$dft_reached"
}

dft_end() {
    printf '\n#dft %s end\n' "$dft_nonce"
}
