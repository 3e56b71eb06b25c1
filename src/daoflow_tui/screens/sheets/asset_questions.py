"""What is stated before a key or a certificate is rotated, given to servers, taken from them, or deleted."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.model.assets import SshKey
from daoflow_core.services.certificates import Standing
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.base import Sheet
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.state_mark import Role, Toned

NAMED = 8
"""Servers that a sentence names; the rest are counted."""


def named(names: Sequence[str]) -> str:
    """Servers by name, as many as a sentence bears."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def about_key(key: SshKey) -> Words:
    """The key a sheet is about."""
    return labelled("SSH key", Toned(key.name, Role.STRONG), Toned(f"  {key.fingerprint}", Role.MUTED))


def about_certificate(one: Standing) -> Words:
    """The certificate a sheet is about."""
    known = one.certificate
    subject = Toned(f"  {known.facts.subject}", Role.MUTED)
    return labelled("Kept as", Toned(known.name, Role.STRONG), subject)


def final(question: Question, name: str, what: str, desk: Desk) -> Sheet[bool]:
    """Level 3: the name is typed; `confirm = "sheet"` in the configuration softens it outside prod."""
    if desk.start.settings.confirm == "sheet" and not question.is_prod:
        return ConfirmSheet(question)
    return TypedSheet(question, name, what)


def key_rotation(key: SshKey, users: Sequence[ServerView], *, force: bool) -> Question:
    """The old private key goes."""
    names = named([view.name for view in users])
    proven = "each of them has to let the new key in first, or nothing is changed"
    risk = "servers that do not let the new key in are rotated too, and can't be logged in to afterwards"
    return Question(
        title=f"Rotate {key.name}?",
        server=None,
        about=about_key(key),
        changes=f"the private key that logs in to {names}; {risk if force else proven}"
        if users
        else "its private key; no server uses it, so there is no login to try it with",
        stays="the name, the servers that use it, and the old key itself on the servers: take it out of "
        "authorized_keys there",
        undo="no: the old private key leaves the vault for good, and open connections made with it end",
        recorded="in the audit trail, as ssh_key.rotate; each login as an operation of its server",
        apply="Rotate all the same" if force else "Rotate",
        prod=any(view.is_prod for view in users),
    )


def certificate_rotation(one: Standing, *, prod: bool) -> Question:
    """The old certificate goes."""
    users = named([server.name for server in one.servers])
    return Question(
        title=f"Rotate {one.certificate.name}?",
        server=None,
        about=about_certificate(one),
        changes="the stored certificate, with its private key and chain, becomes the new one",
        stays=f"nothing is sent to {users}: put it in place there"
        if users
        else "no server is noted as using it",
        undo="no: the old parts leave the vault for good; what the old one said stays in the audit trail",
        recorded="in the audit trail, as certificate.rotate",
        apply="Rotate",
        prod=prod,
    )


def key_deletion(key: SshKey, users: Sequence[ServerView]) -> Question:
    """The key goes, and servers that use it are left without one."""
    names = named([view.name for view in users])
    return Question(
        title=f"Delete {key.name}?",
        server=None,
        about=about_key(key),
        changes="its private key leaves the vault"
        + (f"; {names} can't be logged in to until another key is attached" if users else ""),
        stays="authorized_keys on the servers; what the key was used for stays in the audit trail",
        undo="no. It can be taken in again from its file, if you have that elsewhere",
        recorded="in the audit trail, as ssh_key.delete",
        apply="Detach and delete" if users else "Delete",
        prod=any(view.is_prod for view in users),
    )


def certificate_deletion(one: Standing, *, prod: bool) -> Question:
    """The certificate goes."""
    users = named([server.name for server in one.servers])
    return Question(
        title=f"Delete {one.certificate.name}?",
        server=None,
        about=about_certificate(one),
        changes="the certificate, its private key and its chain leave the vault"
        + (f"; that {users} uses it is forgotten" if users else ""),
        stays="what stands on the servers is not touched; what it said stays in the audit trail",
        undo="no. It can be taken in again from its files, if you have them elsewhere",
        recorded="in the audit trail, as certificate.delete",
        apply="Forget its use and delete" if users else "Delete",
        prod=prod,
    )


def use_change(about: Words, name: str, changes: str, action: str) -> Question:
    """Servers in prod are given another key or certificate, or lose it."""
    return Question(
        title=f"Change who uses {name}?",
        server=None,
        about=about,
        changes=changes,
        stays="every other server; what stands on the servers themselves",
        undo="yes, by ticking them back",
        recorded=f"in the audit trail, as {action}",
        apply="Apply",
        prod=True,
    )
