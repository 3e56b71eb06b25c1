"""What is said of recording before a shell opens: who demands it, or whether the operator asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.model.recordings import Cause

_WHO = {Cause.SERVER: "the server's rule", Cause.GRANT: "your leave"}


def demanded_by(causes: Sequence[Cause] | None) -> str | None:
    """`the server's rule demands it`; None when nobody does, or when that is not known."""
    who = [_WHO[cause] for cause in causes or () if cause.demands]
    if not who:
        return None
    return f"{' and '.join(who)} {'demand' if len(who) > 1 else 'demands'} it"


def why_fixed(causes: Sequence[Cause] | None) -> str | None:
    """Why the operator can't choose."""
    who = demanded_by(causes)
    return None if who is None else f"Every shell here is recorded: {who}."


def kept_words(causes: Sequence[Cause] | None, *, wanted: bool) -> str | None:
    """What becomes of what the next shell shows; None when nothing of it is kept, as far as is known."""
    who = demanded_by(causes) or ("you asked for it" if wanted else None)
    return (
        None
        if who is None
        else f"What it shows is recorded, sealed by the vault: {who}. What is typed is not."
    )


def choice_words(causes: Sequence[Cause] | None, *, wanted: bool) -> str:
    """How the switch stands, in a few words."""
    who = demanded_by(causes)
    if who is not None:
        return f"on: {who}"
    if wanted:
        return "on"
    return "off" if causes is not None else "off, unless a rule or a leave demands it"
