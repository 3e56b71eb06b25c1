"""Rows and details of SSH keys and certificates in the words that their lists use; public facts only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoflow_core.expiry import in_words
from daoflow_core.model.assets import SshKey
from daoflow_core.services.certificates import Standing
from daoflow_core.stamps import seconds_between
from daoflow_tui.screens.times import Times, ago
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

OLD_AFTER = 365 * 86_400
"""Seconds after which a key that was not rotated is called old."""
RSA_GOOD = 3072

KEY_COLUMNS = (
    Column("state", "STATE", 9),
    Column("name", "NAME", 20),
    Column("type", "TYPE", 8),
    Column("fingerprint", "FINGERPRINT", 18, flex=True, max_width=50, drop=8),
    Column("user", "USER", 8, drop=9),
    Column("used", "USED BY", 14),
    Column("rotated", "ROTATED", 9),
    Column("last", "LAST USED", 9, drop=7),
)
CERTIFICATE_COLUMNS = (
    Column("state", "STATE", 13),
    Column("name", "NAME", 18),
    Column("domains", "FOR", 18, flex=True, max_width=40),
    Column("issuer", "ISSUER", 18, drop=9),
    Column("used", "USED BY", 14, drop=7),
    Column("ends", "EXPIRES", 11),
)
STANDINGS = {
    "valid": State("valid", Role.GOOD),
    "expired": State("expired", Role.BAD),
    "not_yet_valid": State("not yet valid", Role.LOOK),
    "critical": State("ends now", Role.BAD),
    "expiring": State("soon", Role.LOOK),
    "weak": State("weak", Role.LOOK),
    "chain_incomplete": State("chain cut", Role.LOOK),
    "untrusted_chain": State("private CA", Role.LOOK),
    "self_signed": State("self-signed", Role.LOOK),
}
"""How a certificate stands, at 7 days and at 30 as the expiry has it."""


def users_cell(names: Sequence[str]) -> Cell:
    """The servers of a row: the one by its name, several by their number."""
    if len(names) == 1:
        return names[0]
    return f"{len(names)} servers" if names else Toned("-", Role.MUTED)


def key_state(key: SshKey, users: Sequence[str], now: datetime) -> State:
    """Weak and old keys first: they want a rotation."""
    if key.key_type == "rsa" and key.bits < RSA_GOOD:
        return State("weak", Role.LOOK)
    if seconds_between(key.rotated_at or key.created_at, now) > OLD_AFTER:
        return State("old", Role.LOOK)
    return State("in use", Role.GOOD) if users else State("unused", Role.OLD)


def key_row(key: SshKey, users: Sequence[str], now: datetime, times: Times) -> Row:
    """One key."""
    kind = f"rsa {key.bits}" if key.key_type == "rsa" else key.key_type
    cells: tuple[Cell, ...] = (
        key_state(key, users, now),
        key.name,
        kind,
        key.fingerprint,
        key.username or Toned("-", Role.MUTED),
        users_cell(users),
        ago(key.rotated_at, now, times),
        ago(key.last_used_at, now, times),
    )
    return Row(key.id, cells)


def key_lines(key: SshKey, users: Sequence[str], now: datetime, times: Times) -> list[Words]:
    """Everything that can be told of a key."""
    gap = Role.MUTED
    lines: list[Words] = [
        labelled("Key", f"{key.key_type}, {key.bits} bits  {key.fingerprint}"),
        labelled("Used by", ", ".join(users) or "no server", Toned("   u attaches and detaches", gap)),
        labelled(
            "Taken in",
            ago(key.created_at, now, times),
            Toned("   rotated ", gap),
            ago(key.rotated_at, now, times),
            Toned("   last login with it ", gap),
            ago(key.last_used_at, now, times),
            Toned("   as ", gap),
            key.username or "each server's own user",
        ),
        labelled("Private", "sealed in the vault, never shown and never copied"),
        labelled("Public", key.public_key),
    ]
    state = key_state(key, users, now)
    if state.role is Role.LOOK:
        why = "short for RSA" if state.word == "weak" else "in use for more than a year"
        lines.insert(1, labelled("Advice", State(f"{state.word}: {why}; o rotates it", Role.LOOK)))
    return lines


def certificate_row(one: Standing) -> Row:
    """One certificate."""
    facts, state = one.certificate.facts, STANDINGS[one.status]
    pressing = Role.BAD if one.status in ("expired", "critical") else Role.LOOK
    ends = in_words(one.days_left)
    cells: tuple[Cell, ...] = (
        state,
        one.certificate.name,
        ", ".join(facts.domains) or facts.subject,
        common_name(facts.issuer),
        users_cell([server.name for server in one.servers]),
        Toned(ends, pressing) if one.status in ("expired", "critical", "expiring") else ends,
    )
    return Row(one.certificate.id, cells)


def common_name(subject: str) -> str:
    """The common name of a subject such as `CN=R11,O=Let's Encrypt`, else the whole of it."""
    parts = (part.strip() for part in subject.split(","))
    return next((part[3:] for part in parts if part.startswith("CN=")), subject)


def certificate_lines(one: Standing, now: datetime, times: Times) -> list[Words]:
    """Everything that can be told of a certificate."""
    known, facts = one.certificate, one.certificate.facts
    users = ", ".join(server.name for server in one.servers) or "no server is noted"
    key = "private key sealed" if facts.has_private_key else "no private key given"
    wrong = ", ".join(problem.replace("_", " ") for problem in one.problems)
    lines: list[Words] = [
        labelled("For", ", ".join(facts.domains) or facts.subject),
        labelled("Expires", f"{in_words(one.days_left)}  {one.valid_until[:10]}", *_from(facts.issuer)),
        labelled("Key", f"{facts.key_type}, {facts.key_bits} bits, {key}  {facts.fingerprint}"),
        labelled(
            "Chain",
            f"{facts.trust.replace('_', ' ')}, {issuers_words(len(facts.chain))}",
            Toned("   weaknesses ", Role.MUTED),
            ", ".join(facts.weaknesses) or "none found",
        ),
        labelled("Used by", users, Toned("   rotated ", Role.MUTED), ago(known.rotated_at, now, times)),
    ]
    if wrong:
        bad = one.status in ("expired", "critical")
        lines.insert(0, labelled("Stands", State(wrong, Role.BAD if bad else Role.LOOK)))
    return lines


def _from(issuer: str) -> list[Toned | str]:
    return [Toned("   issued by ", Role.MUTED), issuer]


def issuers_words(count: int) -> str:
    """How many issuers came along."""
    return "1 issuer" if count == 1 else f"{count} issuers"
