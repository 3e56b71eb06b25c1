# Whether a program runs in the one terminal of our connection: `idle`, or `busy` and the program's name.
#
# The shell that leads the terminal's session and this script have the same ancestor: what serves the connection.
# Nothing is printed where that can't be told, or where the connection has more than one terminal.

exec 2>/dev/null
dft_up=$$ dft_found=
for dft_level in 1 2 3 4; do
    read -r dft_line </proc/$dft_up/stat || exit 3
    set -- ${dft_line##*) }
    dft_up=$2
    [ "$dft_up" -gt 1 ] || exit 3
    for dft_stat in /proc/[0-9]*/stat; do
        read -r dft_line <"$dft_stat" || continue
        dft_pid=${dft_stat#/proc/} dft_pid=${dft_pid%/stat}
        set -- ${dft_line##*) } # state, parent, group, session, terminal, the group in front
        if [ "$2" = "$dft_up" ] && [ "$4" = "$dft_pid" ] && [ "$5" != 0 ]; then
            [ -z "$dft_found" ] || exit 3
            dft_found=$3 dft_front=$6
        fi
    done
    [ -z "$dft_found" ] || break
done
[ -n "$dft_found" ] && [ "$dft_front" -gt 0 ] || exit 3
if [ "$dft_front" = "$dft_found" ]; then
    echo idle
else
    dft_name=
    read -r dft_name </proc/$dft_front/comm || :
    echo "busy $dft_name"
fi
