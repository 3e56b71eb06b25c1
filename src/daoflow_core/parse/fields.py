"""What may be typed into each field: one function a field, which gives the clean value or says what is wrong."""

from __future__ import annotations

import ipaddress
import re

from daoflow_core.errors import InvalidInput
from daoflow_core.model.server import Endpoint, Environment, ServerKind

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,78}[A-Za-z0-9])?")
_REGION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ID_PREFIX = re.compile(r"(?:srv|key|cert|op|hk|tun|rt)_[0-9a-z]{26}")
_SHOWN = 40


def _shown(value: str) -> str:
    """A refused value as an error may repeat it: short, and with nothing that acts on a terminal."""
    head = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return ascii(head)


def _refuse(field: str, value: str, rule: str) -> InvalidInput:
    words = f"{field[0].upper()}{field[1:]} {_shown(value)} can't be used."
    return InvalidInput(words, why=rule, next_step=f"Give another {field}.", field=field)


def server_name(value: str) -> str:
    """A server's name: how people and `--server` call it; never the form of an id."""
    name = value.strip()
    if not _NAME.fullmatch(name):
        rule = "A name has 1 to 80 letters, digits, spaces, dots, dashes or underscores; its ends letters or digits."
        raise _refuse("name", value, rule)
    if _ID_PREFIX.fullmatch(name):
        raise _refuse("name", value, "It has the form of an id, so `--server` could not tell the two apart.")
    return name


def key_name(value: str) -> str:
    """The name of a managed key: the same rule as a server's name, so that it can be typed to confirm."""
    name = value.strip()
    if not _NAME.fullmatch(name):
        raise _refuse(
            "key name", value, "A name has 1 to 80 letters, digits, spaces, dots, dashes or underscores."
        )
    if _ID_PREFIX.fullmatch(name):
        raise _refuse(
            "key name", value, "It has the form of an id, so `--key-id` could not tell the two apart."
        )
    return name


def certificate_name(value: str) -> str:
    """The name of a certificate: the same rule as a key's."""
    name = value.strip()
    if not _NAME.fullmatch(name) or _ID_PREFIX.fullmatch(name):
        rule = (
            "A name has 1 to 80 letters, digits, spaces, dots, dashes or underscores, not the form of an id."
        )
        raise _refuse("certificate name", value, rule)
    return name


def host(value: str) -> str:
    """A host: an IPv4 or IPv6 address without a zone, or a DNS name; lower case."""
    text = value.strip().lower()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return _host_name(value, text)
    if getattr(address, "scope_id", None):
        raise _refuse("host", value, "An address with a zone (%eth0) is only good on this machine.")
    return str(address)


def _host_name(value: str, text: str) -> str:
    labels = text.rstrip(".").split(".")
    all_digits = all(label.isdigit() for label in labels)
    if len(text) > 253 or all_digits or not all(_LABEL.fullmatch(label) for label in labels):
        rule = "A host is an IP address or a DNS name of letters, digits, dashes and dots (at most 253)."
        raise _refuse("host", value, rule)
    return text.rstrip(".")


def port(value: str | int) -> int:
    """A TCP port, 1 to 65535, in plain decimal digits."""
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise _refuse("SSH port", text, "A port is a whole number from 1 to 65535.")
    return int(text)


def ssh_user(value: str) -> str:
    """A user name on the far side."""
    text = value.strip()
    if not _USER.fullmatch(text):
        rule = "A user name has 1 to 32 letters, digits, dots, dashes or underscores and no leading dash."
        raise _refuse("SSH user", value, rule)
    return text


def region(value: str) -> str:
    """A free word for where a server stands."""
    text = value.strip()
    if not _REGION.fullmatch(text):
        raise _refuse(
            "region", value, "A region has 1 to 60 letters, digits, spaces, dots, dashes or underscores."
        )
    return text


def kind(value: str) -> ServerKind:
    """A server kind by its exact name."""
    try:
        return ServerKind(value.strip())
    except ValueError:
        raise _refuse("kind", value, "The kinds are docker-engine and docker-swarm-manager.") from None


def environment(value: str) -> Environment:
    """An environment by its exact name; empty means none."""
    try:
        return Environment(value.strip())
    except ValueError:
        raise _refuse(
            "environment", value, "The environments are prod, staging and dev, or empty for none."
        ) from None


def fingerprint(value: str) -> str:
    """An OpenSSH SHA-256 fingerprint, exactly as `ssh-keygen -l` prints it."""
    text = value.strip()
    if not _FINGERPRINT.fullmatch(text):
        rule = "A fingerprint is SHA256: and 43 base64 characters, as `ssh-keygen -l` prints it."
        raise _refuse("fingerprint", value, rule)
    return text


def endpoint(host_text: str, port_text: str | int, user_text: str) -> Endpoint:
    """Where a server is reached, each part checked."""
    return Endpoint(host(host_text), port(port_text), ssh_user(user_text))
