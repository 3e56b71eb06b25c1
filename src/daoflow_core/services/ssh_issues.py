"""What can stand between this program and a server's shell, and what to do about each."""

from __future__ import annotations

import shlex

from daoflow_core.errors import DaoflowError
from daoflow_core.jump_errors import JumpHostUnusable
from daoflow_core.model.readiness import Issue
from daoflow_core.model.server import Server
from daoflow_core.services.issues import Words, said

HOST_KEY_UNAPPROVED = Words(
    "host-key-unapproved",
    "No host key of {name} is approved yet, so nothing was sent to it.",
    "Compare the scanned fingerprint with the one on the server's own console "
    "(`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`), then approve it: "
    "`daoflow-tui server host-key approve --server {quoted} --fingerprint SHA256:… --yes`.",
)
HOST_KEY_CHANGED = Words(
    "host-key-changed",
    "{name} shows another host key than the approved one, so nothing was sent to it.",
    "Find out why before you trust it: a rebuilt server has a new key, and so has an impostor. "
    "When its fingerprint is the one on the server's own console: "
    "`daoflow-tui server host-key rotate --server {quoted} --fingerprint SHA256:… --yes`.",
)
NO_KEY = Words(
    "ssh-no-key",
    "{name} has no SSH key attached, so no login was tried.",
    "Attach one: `{change} --ssh-key PATH`.",
)
KEY_REFUSED = Words(
    "ssh-key-refused",
    "{name} refused the login of {user} with the attached SSH key.",
    "Let the key in: `ssh-copy-id -i KEY.pub -p {port} {user}@{host}`; "
    "or correct the user or the key: `{change} --ssh-user USER`, `{change} --ssh-key PATH`.",
)
TIMED_OUT = Words(
    "ssh-timed-out",
    "{name} was reached, but the check got no answer in time.",
    "Look at the server's own console for load or a full disk (`uptime`, `df -h /`), then check again.",
)
LINK_LOST = Words(
    "ssh-link-lost",
    "The connection to {name} ended before the check was answered.",
    "Check again; if it happens again, `journalctl -u ssh -u sshd` on the server says who ended it.",
)
UNREACHABLE = {
    "refused": Words(
        "ssh-refused",
        "Nothing listens for SSH on {address}: the connection was refused.",
        "Start SSH on the server (`sudo systemctl start ssh`, or `sshd`), "
        "or correct the port: `{change} --ssh-port PORT`.",
    ),
    "timeout": Words(
        "ssh-unreachable",
        "{address} does not answer: no connection came about in time.",
        "See that the server is up and that no firewall drops the port: `nc -vz -w 5 {host} {port}`.",
    ),
    "dns": Words(
        "ssh-unknown-host",
        "The name {host} can't be resolved.",
        "Look at its spelling and at DNS (`getent hosts {host}`), "
        "or register its address: `{change} --host ADDRESS`.",
    ),
    "route": Words(
        "ssh-no-route",
        "There is no route from this machine to {host}.",
        "Look at this machine's network and VPN: `ip route get {host}`.",
    ),
    "not-ssh": Words(
        "ssh-not-ssh",
        "What answers on {address} is not an SSH server.",
        "Correct the port: `{change} --ssh-port PORT`.",
    ),
    "closed": Words(
        "ssh-closed",
        "{address} closed the connection before a login was possible.",
        "It may limit logins for a while (MaxStartups, fail2ban, or PerSourcePenalties after many host key "
        "scans or failed logins): wait a minute and check again; `journalctl -u ssh -u sshd` on the server says why.",
    ),
    "kex": Words(
        "ssh-no-common-algorithm",
        "{address} and this program have no SSH algorithm in common.",
        "Update OpenSSH on the server; `sudo sshd -T | grep -i algorithms` there shows what it allows.",
    ),
}
"""By the `reason` of an Unreachable error."""
NOT_FORWARDED = Words(
    "ssh-unreachable-from-jump-host",
    "{hop}, through which {name} is reached, can't connect to {address}.",
    "See that {name} is up, that SSH runs there, and that its firewall lets {hop} in: on {hop}, "
    "`nc -vz -w 5 {host} {port}`.",
)
_CHECK_HOP = "`daoflow-tui server check --server {hop_quoted}`"
JUMP_HOST = {
    "unapproved": Words(
        "jump-host-unapproved",
        "The host key of the jump host {hop} is not approved, so nothing was sent to {name}.",
        "Compare the fingerprint of {hop} with its own console, then approve it: "
        "`daoflow-tui server host-key approve --server {hop_quoted} --fingerprint SHA256:… --yes`.",
    ),
    "changed": Words(
        "jump-host-changed",
        "The jump host {hop} shows another host key than the approved one, so nothing was sent to {name}.",
        f"Find out why before you trust it: {_CHECK_HOP} shows both fingerprints; when the new one is that on "
        "the console of {hop}: `daoflow-tui server host-key rotate --server {hop_quoted} "
        "--fingerprint SHA256:… --yes`.",
    ),
    "no-key": Words(
        "jump-host-no-key",
        "The jump host {hop} has no SSH key attached, so nothing was sent to {name}.",
        "Attach one: `daoflow-tui server update --server {hop_quoted} --ssh-key PATH --yes`.",
    ),
    "login": Words(
        "jump-host-login-refused",
        "The jump host {hop} refused its own login, so nothing was sent to {name}.",
        f"Mend {{hop}} first: {_CHECK_HOP} says what to do.",
    ),
    "forbids": Words(
        "jump-host-forbids",
        "The jump host {hop} lets nobody connect further to {address}, so nothing was sent to {name}.",
        "On {hop}, `sudo sshd -T -C user=USER | grep -iE 'allowtcpforwarding|permitopen'` shows the rule; "
        "allow it there, or name another way: `{change} --jump SERVER`.",
    ),
    "removed": Words(
        "jump-host-removed",
        "The jump host of {name} is no server any more, so nothing was sent to {name}.",
        "Name another way, or none: `{change} --jump SERVER`, `{change} --jump none`.",
    ),
}
"""By the `reason` of a JumpHostUnusable error."""
JUMP_HOST_DOWN = Words(
    "jump-host-down",
    "The jump host {hop} can't be reached, so nothing was sent to {name}.",
    f"Mend {{hop}} first: {_CHECK_HOP} says what to do; or name another way: `{{change}} --jump SERVER`.",
)


def unreachable(server: Server, error: DaoflowError) -> Issue:
    """Why no SSH conversation came about; an unknown reason is told in the error's own words."""
    if isinstance(error, JumpHostUnusable):
        return said(JUMP_HOST.get(str(error.details.get("reason")), JUMP_HOST_DOWN), server, **_hop(error))
    if error.details.get("reason") == "jump":
        return said(NOT_FORWARDED, server, **_hop(error))
    words = UNREACHABLE.get(str(error.details.get("reason", "")))
    if words is not None:
        return said(words, server)
    by_hand = f"Try it by hand: `nc -vz -w 5 {server.endpoint.host} {server.endpoint.port}`."
    return Issue("ssh-unreachable", error.message, error.next_step or by_hand)


def _hop(error: DaoflowError) -> dict[str, str]:
    """The places of the words that are about a hop."""
    name = str(error.details.get("hop", ""))
    return {"hop": name, "hop_quoted": shlex.quote(name)}


def check_failed(error: DaoflowError) -> Issue:
    """Any other reason why a check could not be made, in the error's own words and under its own code."""
    code = error.code.lower().replace("_", "-")
    return Issue(code, error.message, error.next_step or "`daoflow-tui doctor` checks this machine too.")
