"""What went wrong on the way to a server, in words for an operator: every failure of network and SSH."""

from __future__ import annotations

import errno
import os
import socket

import asyncssh

from daoflow_core.errors import AuthFailed, DaoflowError, HostIdentityChanged, TimedOut, Unreachable
from daoflow_core.model.host import Target
from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.server import Endpoint
from daoflow_core.redaction import redact
from daoflow_core.text import clean

NETWORK_ERRORS = (OSError, asyncssh.Error, TimeoutError)
"""What a call into the network can raise: asyncssh lets raw socket errors through."""

_CHECK_SERVICE = "Check the port, and that the SSH service runs on the server."
_CHECK_NETWORK = "Check that the server is up, and that this machine may reach it."
_CHECK_LOG = "Wait a minute and check again; if it stays so, read the SSH log on the server."
_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timeout",
    errno.ENETUNREACH: "route",
    errno.EHOSTUNREACH: "route",
    errno.ENETDOWN: "route",
    errno.ECONNRESET: "closed",
    errno.ECONNABORTED: "closed",
    errno.EPIPE: "closed",
}


def unreachable(address: str, reason: str, message: str, why: str, next_step: str) -> Unreachable:
    """The error for a conversation that never came about; `reason` is one of those of `Unreachable`."""
    return Unreachable(message, why=why, next_step=next_step, reason=reason, address=address)


def refused(address: str) -> Unreachable:
    """Nothing listens there."""
    why = "The machine answered, but nothing listens on that port, or a firewall turns the connection away."
    return unreachable(address, "refused", f"{address} refused the connection.", why, _CHECK_SERVICE)


def silent(address: str, seconds: float) -> Unreachable:
    """No answer to the connection attempt."""
    why = "Nothing answered: the machine is off, the address is wrong, or a firewall drops the traffic."
    return unreachable(
        address, "timeout", f"{address} did not answer within {seconds:g} s.", why, _CHECK_NETWORK
    )


def no_greeting(address: str, seconds: float) -> Unreachable:
    """Connected, and then nothing that begins an SSH conversation."""
    message = f"{address} took the connection, but sent no SSH greeting within {seconds:g} s."
    why = "The SSH service there hangs or is overloaded, or something else listens on that port."
    return unreachable(address, "timeout", message, why, _CHECK_LOG)


def not_ssh(address: str) -> Unreachable:
    """Something answers, and it is no SSH server."""
    why = "What it sends is not an SSH greeting, so another program listens on that port."
    return unreachable(address, "not-ssh", f"{address} is not an SSH server.", why, _CHECK_SERVICE)


def closed(address: str, when: str, why: str = "") -> Unreachable:
    """The server ended the conversation; `when` completes "closed the connection …"."""
    why = (
        why
        or "The SSH service is overloaded or stopping, or turns this machine away after failed logins or scans."
    )
    return unreachable(address, "closed", f"{address} closed the connection {when}.", why, _CHECK_LOG)


def shut_out(address: str) -> Unreachable:
    """OpenSSH turns this machine away for a while; it has one sentence for both of its reasons."""
    why = (
        "Its OpenSSH says so while PerSourcePenalties shut out the address of this machine, because too many "
        "connections from it ended without a login, as host key scans do, or failed to log in; and while too "
        "many logins are waiting (MaxStartups)."
    )
    next_step = (
        "Try again in 30 seconds; after failed logins it may last up to 10 minutes. To register many servers "
        "at one address, name this machine in PerSourcePenaltyExemptList in the server's sshd_config meanwhile."
    )
    message = f"{address} takes no connection from this machine now."
    return unreachable(address, "closed", message, why, next_step)


def no_common_algorithm(address: str, why: str) -> Unreachable:
    """Both sides speak SSH, but share no algorithm for one of its parts."""
    message = f"{address} and this program share no SSH algorithm."
    return unreachable(address, "kex", message, why, "Update the SSH service on the server.")


def unresolved(endpoint: Endpoint, error: OSError | TimeoutError) -> Unreachable:
    """The host's name has no address, or the resolver did not say in time."""
    slow = not isinstance(error, socket.gaierror)
    why = "The name service did not answer in time." if slow else "The name service knows no address for it."
    message = f"The name of {endpoint.address} can't be resolved."
    next_step = "Check the spelling and the DNS of this machine, or register the server by its IP address."
    return unreachable(endpoint.address, "dns", message, why, next_step)


def from_socket(address: str, error: OSError) -> Unreachable:
    """The error behind a failed connection attempt."""
    reason = _REASONS.get(error.errno or 0, "route")
    if reason == "refused":
        return refused(address)
    if reason == "closed":
        return closed(address, "before its SSH greeting")
    said = os.strerror(error.errno) if error.errno else "the attempt failed"
    return unreachable(address, reason, f"{address} can't be reached.", f"{said}.", _CHECK_NETWORK)


def identity_changed(
    target: Target, shown: ScannedKey | None, offered: tuple[str, ...] = ()
) -> HostIdentityChanged:
    """Another host key than the approved one; `shown` is None when it no longer has one of that kind."""
    approved, address = target.host_key, target.endpoint.address
    if shown:
        other = f"the server shows {shown.algorithm} {shown.fingerprint}"
    else:
        other = f"the server offers only {', '.join(clean(name) for name in offered)}"
    return HostIdentityChanged(
        f"The host key of {address} is not the approved one.",
        why=f"Approved is {approved.algorithm} {approved.fingerprint}; {other}. "
        "No user name and no key was sent.",
        next_step="Ask whoever runs the server why. If it is expected, scan again and rotate the host key; "
        "if not, someone may stand between you and the server.",
        approved=approved.fingerprint,
        shown=shown.fingerprint if shown else None,
    )


def auth_failed(endpoint: Endpoint) -> AuthFailed:
    """The login was refused."""
    return AuthFailed(
        f"{endpoint.address} refused the login of {endpoint.user}.",
        why="The server does not accept this key for this user; it does not tell which of the two is wrong.",
        next_step=f"Authorize the public key for {endpoint.user} there, or attach another key or user.",
        user=endpoint.user,
        address=endpoint.address,
    )


def login_timed_out(address: str, seconds: float) -> TimedOut:
    """The greeting came, the login never finished."""
    return TimedOut(
        f"{address} did not finish the login within {seconds:g} s.",
        why="The server greeted, then stopped answering: it is overloaded, or the path to it broke.",
        next_step=_CHECK_LOG,
        address=address,
    )


def from_login(endpoint: Endpoint, error: BaseException, *, verified: bool) -> DaoflowError:
    """The error behind a handshake or login that failed for any reason but the host key or the clock."""
    address = endpoint.address
    if isinstance(error, asyncssh.PermissionDenied):
        return auth_failed(endpoint)
    if isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ProtocolNotSupported):
        return no_common_algorithm(address, f"{told(error)}.")
    if verified and isinstance(error, asyncssh.ProtocolError) and "authentication" in str(error).lower():
        return auth_failed(endpoint)  # OpenSSH says "Too many authentication failures" this way
    when = "during the login" if verified else "during the key exchange"
    why = "" if isinstance(error, asyncssh.ConnectionLost | OSError) else f"{told(error)}."
    return closed(address, when, why)


def told(error: BaseException) -> str:
    """What a server said with its refusal, as it may be shown and kept."""
    return redact(clean(str(error)))[:500]
