"""Hosts out of ~/.ssh/config: read only, nothing in it is ever run, and each host that can't be used says why."""

from __future__ import annotations

import re
from pathlib import Path

from daoflow_core.errors import InvalidInput
from daoflow_core.model.ssh_config import Candidate, ConfigReading
from daoflow_core.parse import fields
from daoflow_core.ssh.config_blocks import Block, BlockReader

DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
FORGES = frozenset(
    {
        "github.com", "ssh.github.com", "gist.github.com", "gitlab.com", "altssh.gitlab.com", "bitbucket.org",
        "altssh.bitbucket.org", "ssh.dev.azure.com", "vs-ssh.visualstudio.com", "codeberg.org", "git.sr.ht",
        "gitea.com",
    }
)  # fmt: skip

PATTERN = "It is a pattern, not one host."
FORGE = "It is a git forge: it gives no shell."
BEHIND = "It is reached through another host ({}), which this console can't do yet."

HOPS = (
    "It is reached through {!a}: only one host, called by its name, can be taken over as a jump host. "
    "Add it by hand, with --jump."
)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def read_ssh_config(path: str, *, home: Path, local_user: str) -> ConfigReading:
    """Every host the file names. Raises InvalidInput when the file itself can't be read."""
    reader = BlockReader(home)
    reader.read(path)
    found: dict[str, Candidate] = {}
    for block in reader.blocks:
        for alias in _aliases(block):
            if alias not in found and block.holds_for(alias):
                found[alias] = _candidate(alias, block.source, reader.blocks, home, local_user)
    return ConfigReading(tuple(found.values()), tuple(reader.ignored))


def _aliases(block: Block) -> tuple[str, ...]:
    """The names and patterns of a `Host` line; none for settings before the first one and under `Match`."""
    own = block.conditions[-1] if len(block.conditions) > 1 else ()
    return tuple(word for word in own if not word.startswith("!") and word != "*")


def _candidate(alias: str, source: str, blocks: list[Block], home: Path, local_user: str) -> Candidate:
    if "*" in alias or "?" in alias:
        return Candidate(alias, alias, 22, local_user, None, source, PATTERN)
    settings = _settings(alias, blocks)
    host = _expand(settings.get("hostname", "%h"), {"h": alias})
    user = settings.get("user", local_user)
    port = settings.get("port", "22")
    tokens = {"h": host, "n": alias, "r": user, "p": port, "u": local_user, "d": str(home)}
    identity = _identity(settings.get("identityfile"), tokens, home)
    skip = _skip_reason(settings, alias, host, port, user)
    return Candidate(
        alias, host, int(port) if not skip else 22, user, identity, source, skip, _jump(settings)
    )


def _settings(alias: str, blocks: list[Block]) -> dict[str, str]:
    """What holds for a host: of every setting the first one that applies, as ssh does it."""
    found: dict[str, str] = {}
    for block in blocks:
        if block.holds_for(alias):
            for keyword, value in block.settings:
                found.setdefault(keyword, value)
    return found


def _skip_reason(settings: dict[str, str], alias: str, host: str, port: str, user: str) -> str:
    """Why a host can't be imported; empty when it can."""
    if host.lower().rstrip(".") in FORGES or user == "git":
        return FORGE
    jump = _jump(settings)
    if jump and not _NAME.fullmatch(jump):
        return HOPS.format(jump[:80])
    if not jump and settings.get("proxycommand", "none").lower() != "none":
        return BEHIND.format("ProxyCommand")
    try:
        fields.server_name(alias)
        fields.endpoint(host, port, user)
    except InvalidInput as error:
        return f"{error.message} {error.why}"
    return ""


def _jump(settings: dict[str, str]) -> str:
    """The hosts before it, as they are written; empty for none."""
    written = settings.get("proxyjump", "none")
    return "" if written.lower() == "none" else written


def _identity(setting: str | None, tokens: dict[str, str], home: Path) -> str | None:
    """The private key file: the configured one, else the first of the usual ones that exists."""
    if setting is None:
        usual = (home / ".ssh" / name for name in DEFAULT_KEYS)
        return next((str(place) for place in usual if place.is_file()), None)
    if setting.lower() == "none":
        return None
    path = _expand(setting, tokens)
    return str(home / path[2:]) if path.startswith("~/") else path


def _expand(text: str, tokens: dict[str, str]) -> str:
    """The text with its %-tokens replaced; an unknown one stays as it is."""
    return re.sub(r"%(.)", lambda match: {"%": "%", **tokens}.get(match[1], match[0]), text)
