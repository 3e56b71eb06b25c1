"""What may be typed into the fields of a tunnel; each gives the clean value or says what is wrong."""

from __future__ import annotations

import re

from daoflow_core.errors import InvalidInput
from daoflow_core.model.tunnel import Provider, TunnelStatus
from daoflow_core.parse.hostnames import hostname

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,98}[A-Za-z0-9])?")
_ID = re.compile(r"(?:srv|key|cert|op|hk|tun|rt)_[0-9a-z]{26}")
_PROVIDER_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
_ACCOUNT = re.compile(r"[0-9a-f]{32}")


def tunnel_name(value: str) -> str:
    """A tunnel's name: how people and `--tunnel-id` call it; never the form of an id."""
    name = value.strip()
    if not _NAME.fullmatch(name) or _ID.fullmatch(name):
        raise _refuse(
            "name",
            value,
            "A name has 1 to 100 letters, digits, spaces, dots, dashes or underscores, not the form of an id.",
        )
    return name


def provider(value: str) -> Provider:
    """A provider by its exact name."""
    try:
        return Provider(value.strip())
    except ValueError:
        raise _refuse("provider", value, "The providers are manual and cloudflare.") from None


def status(value: str) -> TunnelStatus:
    """A status by its exact name."""
    try:
        return TunnelStatus(value.strip())
    except ValueError:
        raise _refuse("status", value, "The statuses are inactive, active and error.") from None


def provider_tunnel_id(value: str, of: Provider | None) -> str:
    """The provider's own id of a tunnel; Cloudflare's is a UUID. Empty stays empty."""
    text = value.strip()
    if of is Provider.CLOUDFLARE and text and not _UUID.fullmatch(text.lower()):
        raise _refuse("provider-tunnel-id", value, "Cloudflare's id of a tunnel is a UUID.")
    if text and not _PROVIDER_ID.fullmatch(text):
        raise _refuse(
            "provider-tunnel-id", value, "It has 1 to 80 letters, digits, dots, dashes or underscores."
        )
    return text.lower() if of is Provider.CLOUDFLARE else text


def account_id(value: str, of: Provider | None) -> str:
    """The provider's id of an account; Cloudflare's has 32 hexadecimal digits. Empty stays empty."""
    text = value.strip()
    if of is Provider.CLOUDFLARE and text and not _ACCOUNT.fullmatch(text.lower()):
        raise _refuse("account-id", value, "Cloudflare's id of an account has 32 hexadecimal digits.")
    if text and not _PROVIDER_ID.fullmatch(text):
        raise _refuse("account-id", value, "It has 1 to 80 letters, digits, dots, dashes or underscores.")
    return text.lower() if of is Provider.CLOUDFLARE else text


def domain(value: str) -> str:
    """The domain that a tunnel is for, in its ASCII form. Empty stays empty."""
    if not value.strip():
        return ""
    try:
        return hostname(value)
    except InvalidInput as error:
        raise _refuse("domain", value, error.why) from None


def _refuse(field: str, value: str, rule: str) -> InvalidInput:
    shown = ascii(value if len(value) <= 40 else value[:40] + "…")
    return InvalidInput(
        f"The {field.replace('-', ' ')} {shown} can't be used.",
        why=rule,
        next_step=f"Give another one with --{field}.",
        field=field,
    )
