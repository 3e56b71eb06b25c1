"""How a certificate stands at a moment: derived from its facts at every look, so that it can't be stale.

Only what a hot read has loaded anyway is imported here.
"""

from __future__ import annotations

from datetime import datetime

from daoflow_core.stamps import parse_stamp

TYPE_CHECKING = False  # `typing` costs milliseconds; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

EXPIRING_DAYS, CRITICAL_DAYS = 30, 7
DAY = 86_400
WEAK = frozenset({"rsa-short", "curve-weak", "signature-weak", "chain-signature-weak"})
"""Weaknesses that make a certificate weak; the others are worth knowing."""

ORDER = (
    "expired",
    "not_yet_valid",
    "critical",
    "expiring",
    "weak",
    "chain_incomplete",
    "untrusted_chain",
    "self_signed",
)
_BY_TRUST = {
    "incomplete": "chain_incomplete",
    "private": "untrusted_chain",
    "constrained": "untrusted_chain",
    "self_signed": "self_signed",
}


def valid_until(facts: Mapping[str, Any]) -> str:
    """The stamp at which it, or the first certificate of its chain, ends."""
    return str(min([facts["not_after"], *(link["not_after"] for link in facts["chain"])]))


def days_left(facts: Mapping[str, Any], now: datetime) -> int:
    """Whole days until `valid_until`, negative after it."""
    return int((parse_stamp(valid_until(facts)) - now).total_seconds() // DAY)


def problems(facts: Mapping[str, Any], now: datetime) -> list[str]:
    """Everything that is wrong at this moment, most pressing first; empty for a valid one."""
    found = {_BY_TRUST.get(facts["trust"])}
    left = (parse_stamp(valid_until(facts)) - now).total_seconds()
    if left <= 0:
        found.add("expired")
    elif left <= CRITICAL_DAYS * DAY:
        found.add("critical")
    elif left <= EXPIRING_DAYS * DAY:
        found.add("expiring")
    if now < parse_stamp(facts["not_before"]):
        found.add("not_yet_valid")
    if not WEAK.isdisjoint(facts["weaknesses"]):
        found.add("weak")
    return [one for one in ORDER if one in found]


def status(facts: Mapping[str, Any], now: datetime) -> str:
    """The most pressing problem, or `valid`."""
    return next(iter(problems(facts, now)), "valid")


def in_words(days: int) -> str:
    """The countdown as lists show it."""
    if days < 0:
        return f"{-days} d ago"
    return f"in {days} d"
