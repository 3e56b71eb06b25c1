"""Where Cloudflare's API is: fixed, but that tests and the demo may name a stand-in on this very machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from daoflow_core.errors import ConfigInvalid

CLOUDFLARE = "https://api.cloudflare.com/client/v4"
VARIABLE = "DAOFLOW_CLOUDFLARE_URL"


def base_url(override: str | None) -> str:
    """The API's address. A token goes there, so an override names a loopback address in digits, or is refused."""
    if not override:
        return CLOUDFLARE
    try:
        parts = urlsplit(override)
        there = ipaddress.ip_address(parts.hostname or "")
        port = parts.port
    except ValueError:
        raise _refused() from None
    plain = parts.scheme == "http" and parts.username is None and not parts.query and not parts.fragment
    if not plain or not there.is_loopback or port is None:
        raise _refused()
    return override.rstrip("/")


def _refused() -> ConfigInvalid:
    return ConfigInvalid(
        f"{VARIABLE} can't be used.",
        why="The API token would go to that address, so only http:// to a loopback address in digits, with a port, "
        "is taken: it is for stand-ins on this machine.",
        next_step=f"Unset {VARIABLE}: {CLOUDFLARE} is asked then.",
        setting=VARIABLE,
    )
