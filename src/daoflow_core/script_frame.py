"""How a script travels: on the standard input of a constant command, with a guard that ends it in time."""

from __future__ import annotations

import shlex

from daoflow_core.errors import InvalidInput

COMMAND = "exec sh -s"
"""The only command line ever sent: no login shell's quoting rules can change it."""

# The body reaches its own `sh` through a pipe, so it is in no argument list, has no length limit and needs
# no temporary file (a full disk is when people clean up). It runs with an empty standard input.
_BODY = """'__s=$(cat); eval "$__s" </dev/null'"""

# `read` meets the end of input when the channel closes, whatever closed it; then the body's session is ended:
# TERM, two seconds, KILL. TERM is ignored meanwhile: the main shell ends its guard when the body is gone.
# All of the session, not its first group only: `timeout` takes a group of its own for what it runs.
_GUARDED = """\
__dft() {
exec 3<&0
__end() {
kill -$1 $__of$__p
for __f in /proc/[0-9]*; do
read -r __s <$__f/stat || continue
set -- $1 ${__s##*) }
[ "$5" = $__p ] && kill -$1 ${__f#/proc/}
done
}
__on=setsid __of=-
command -v setsid >/dev/null 2>&1 || {
__on= __of=
echo 'note: there is no setsid on this host: child processes may outlive a lost connection' >&2
}
printf '%s\\n' BODY | $__on sh -c RUN 3<&- & __p=$!
{ while read -r __x; do :; done; trap '' TERM; __end TERM; sleep 2; __end KILL; } \
<&3 >/dev/null 2>&1 & __w=$!
wait $__p; __r=$?
kill $__w 2>/dev/null
exit $__r
}
__dft
"""

# A change that must not stop half-way: its own session, and relays that go on draining when nobody listens
# any more, so that it never meets a broken pipe. The status comes back through the command substitution.
_SURVIVING = """\
__dft() {
__on=setsid
command -v setsid >/dev/null 2>&1 || __on=
printf '%s\\n' BODY | $__on sh -c '
__s=$(cat); exec 3>&1 4>&2
__relay() { cat; cat >/dev/null; }
__r=$( { { { ( exec 3>&- 4>&- 8>&- 9>&-; eval "$__s" ) </dev/null; echo $? >&9
} 2>&1 >&8 8>&- | __relay >&4 2>/dev/null; } 8>&1 | __relay >&3 2>/dev/null; } 9>&1 )
exit $__r'
exit $?
}
__dft
"""


def wrap(body: str, *, survive: bool) -> bytes:
    """The bytes to send after `COMMAND` so that a POSIX sh body runs. Raises InvalidInput for a NUL byte.

    Without `survive` the body ends with the channel; with it, a lost connection lets the body finish.
    """
    if "\0" in body:
        raise InvalidInput(
            "A script can't hold a NUL byte.", why="A shell would cut it there.", field="script"
        )
    frame = _SURVIVING if survive else _GUARDED
    text = frame.replace("RUN", _BODY, 1).replace("BODY", shlex.quote(body), 1)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput("A script must be valid Unicode text.", field="script") from None
