"""Hostnames of routes: kept in their ASCII form, shown in the form that people read, both where they differ."""

from __future__ import annotations

import ipaddress
import re

from daoflow_core.redaction import redact
from daoflow_core.tunnel_errors import RouteInvalid

LONGEST = 253
_SHOWN = 60
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBERS = re.compile(r"[0-9]+|0x[0-9a-f]*")
WILDCARD = "*."


def refuse(reason: str, value: str, rule: str, next_step: str = "") -> RouteInvalid:
    """A refusal that repeats what was typed, short and harmless."""
    value = redact(value)
    shown = ascii(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
    step = next_step or "Write it as hostname=service:port, for instance app.example.com=web:3000."
    return RouteInvalid(f"{shown} can't be used.", why=rule, next_step=step, field="route", reason=reason)


def hostname(value: str) -> str:
    """A hostname in its ASCII form: lower case, no dot at the end, `*.` allowed in front. Raises RouteInvalid."""
    text = value.strip().removesuffix(".")
    wild = text.startswith(WILDCARD)
    rest = text.removeprefix(WILDCARD)
    if not rest:
        raise refuse("hostname", value, "There is no hostname.")
    if "*" in rest:
        raise refuse(
            "wildcard", value, "A wildcard is the whole first label and nothing else: *.example.com."
        )
    plain = _ascii(rest, value)
    _refuse_numbers(plain, value)
    labels = plain.split(".")
    if len(labels) < 2:
        raise refuse("hostname", value, "A hostname that others reach has at least one dot.")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise refuse(
            "hostname",
            value,
            "Its labels have 1 to 63 letters, digits, dashes or underscores, no dash at an end.",
        )
    whole = (WILDCARD if wild else "") + plain
    if len(whole) > LONGEST:
        raise refuse("hostname", value, f"It is longer than {LONGEST} characters in its ASCII form.")
    return whole


def readable(name: str) -> str:
    """A hostname as people write it; the ASCII form stands behind it when the two differ."""
    if "xn--" not in name:
        return name
    from idna import IDNAError
    from idna import decode as to_unicode

    wild, rest = ("*.", name[2:]) if name.startswith(WILDCARD) else ("", name)
    try:
        shown = wild + to_unicode(rest)
    except (IDNAError, UnicodeError):
        return name
    return name if shown == name else f"{shown} ({name})"


def _ascii(text: str, typed: str) -> str:
    lowered = text.lower()
    if lowered.isascii() and "xn--" not in lowered:
        return lowered
    from idna import IDNAError, encode
    from idna import decode as to_unicode

    try:
        if lowered.isascii():
            to_unicode(lowered)
            return lowered
        return str(encode(text, uts46=True, std3_rules=True, transitional=False), "ascii")
    except (IDNAError, UnicodeError) as error:
        raise refuse("idn", typed, f"It is not a valid international hostname: {_plain(error)}.") from None


def _plain(error: Exception) -> str:
    return ascii(str(error))[1:-1][:120].rstrip(".")


def _refuse_numbers(text: str, typed: str) -> None:
    """An address is not a hostname, in any of the spellings that a resolver takes for one."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not _NUMBERS.fullmatch(text.rsplit(".", 1)[-1]):
            return
    raise refuse("address", typed, "A route is reached by a hostname, not by an address.")
