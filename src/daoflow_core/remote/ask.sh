# How anything is asked of a host: with a time limit, in the C locale, and never on our standard input.
#
# dft_limit  seconds that one question may take; a line `dft_limit=N` before it changes it.

LC_ALL=C DOCKER_CLI_HINTS=false
export LC_ALL DOCKER_CLI_HINTS
dft_limit=4
dft_nl='
'

# dft_now: seconds since boot with two decimals, without a fork.
dft_uptime() {
    dft_now=-
    if [ -r /proc/uptime ]; then
        read -r dft_now dft_rest </proc/uptime || dft_now=-
    fi
}

# dft_line: the first line of a file, or nothing.
dft_first_line() {
    dft_line=
    if [ -r "$1" ]; then
        read -r dft_line <"$1" || :
    fi
}

# ---- asking with a time limit ------------------------------------------------------------------------------------

# Which `timeout` this host has: `new` (coreutils, busybox since 1.30), `old` (busybox -t), or `none`. Asked once.
dft_find_timeout() {
    if timeout -k 1 5 true; then
        dft_timeout=new
    elif timeout -t 5 true; then
        dft_timeout=old
    else
        dft_timeout=none
    fi </dev/null >/dev/null 2>&1
}

dft_limited() {
    case $dft_timeout in
        new) timeout -k 1 "$dft_limit" "$@" ;;
        old) timeout -t "$dft_limit" "$@" ;;
        *) dft_watched "$@" ;;
    esac
}

# Without `timeout`: the command in the background, and a dog that ends it. The dog holds none of our pipes.
dft_watched() {
    "$@" </dev/null &
    dft_child=$!
    (
        exec >/dev/null 2>&1
        trap 'kill "$dft_nap"; exit' TERM
        sleep "$dft_limit" & dft_nap=$!
        wait "$dft_nap"
        kill -TERM "$dft_child"
        sleep 1 & dft_nap=$!
        wait "$dft_nap"
        kill -KILL "$dft_child"
    ) </dev/null &
    dft_dog=$!
    wait "$dft_child"
    dft_ended=$?
    kill -TERM "$dft_dog" 2>/dev/null
    wait "$dft_dog" 2>/dev/null
    return "$dft_ended"
}

# dft_out, dft_status: both streams of a command and how it ended, 124 when it was the limit that ended it.
dft_ask() {
    [ -n "${dft_timeout-}" ] || dft_find_timeout
    dft_uptime
    dft_asked=$dft_now
    dft_out=$(dft_limited "$@" 2>&1 </dev/null)
    dft_status=$?
    case $dft_status in
        137 | 143)  # ended by a signal: ours, unless it came before the limit
            dft_uptime
            if [ "$dft_now" = - ] || [ $((${dft_now%.*} - ${dft_asked%.*} + 1)) -ge "$dft_limit" ]; then
                dft_status=124
            fi
            ;;
    esac
    if [ "$dft_status" -eq 124 ]; then
        dft_out="no answer within ${dft_limit} s"
    fi
}

# dft_value: the first line of dft_out that says something; warnings and our own marked line don't.
dft_first_words() {
    dft_rest=$dft_out$dft_nl
    dft_value=
    while [ -n "$dft_rest" ]; do
        dft_value=${dft_rest%%"$dft_nl"*}
        dft_rest=${dft_rest#*"$dft_nl"}
        case $dft_value in
            '' | dft=* | WARNING:* | [Ww]arning:*) dft_value= ;;
            *) return ;;
        esac
    done
}

# dft_value: what stands behind `dft=` in dft_out. A template prints it, so warnings around it do no harm.
dft_marked() {
    dft_value=
    case "$dft_nl$dft_out" in
        *"${dft_nl}dft="*)
            dft_value="$dft_nl$dft_out"
            dft_value=${dft_value#*"${dft_nl}dft="}
            dft_value=${dft_value%%"$dft_nl"*}
            ;;
    esac
    [ -n "$dft_value" ]
}
