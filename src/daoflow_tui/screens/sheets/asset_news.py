"""What came of it: a key that was taken in or made, a rotation server by server, a certificate and its weaknesses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from daoflow_core.expiry import in_words
from daoflow_tui.commands.sheets import CopyText
from daoflow_tui.screens.asset_words import issuers_words
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.certificate_forms import Accepted
from daoflow_tui.screens.sheets.copy import copy_out
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_core.services.key_inventory import Taken
    from daoflow_core.services.key_rotation import Rotation

NEXT_KEY = "Put this line into authorized_keys on the servers, then u gives the key to them."


class KeyTaken(Sheet[None]):
    """A key is in the inventory: its public part, ready to be copied."""

    OFFERS = (CopyText,)
    wide = 104

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self._taken = taken
        self.title_words = taken.key.name

    def words(self) -> ComposeResult:
        """Where it is, what can be told of it, what is next."""
        key = self._taken.key
        lines: list[Words] = [
            [State("it is in the inventory, its private part sealed in the vault", Role.GOOD)],
            *([State(said, Role.LOOK)] for said in self._taken.warnings),
            [],
            labelled("Key", f"{key.key_type}, {key.bits} bits  {key.fingerprint}"),
            labelled("User", key.username or Toned("none: each server's own", Role.MUTED)),
            labelled("Public", key.public_key),
            [],
            [NEXT_KEY],
        ]
        yield Told(lines)

    def buttons(self) -> Iterable[SheetButton]:
        """Away, or copy."""
        yield SheetButton("cancel", "Close", "esc")
        yield SheetButton("copy", "Copy the public key", "y")

    def pressed(self, name: str) -> None:
        """The copy button."""
        self.copy_all()

    def copy_all(self) -> None:
        """The public key."""
        copy_out(self, "public key", self._taken.key.public_key)


class RotationSheet(Sheet[None]):
    """How each server answered the new key."""

    def __init__(self, done: Rotation) -> None:
        super().__init__()
        self._done = done
        self.title_words = f"{done.key.name} is rotated"

    def words(self) -> ComposeResult:
        """Old, new, and every server."""
        done = self._done
        lines: list[Words] = [
            labelled("Old", done.old.fingerprint),
            labelled("New", done.key.fingerprint),
            [],
        ]
        for proof in done.proofs:
            state = (
                State("let the new key in", Role.GOOD)
                if proof.proven
                else State(f"rotated all the same: {proof.reason}", Role.BAD)
            )
            lines.append([f"{proof.server.name}  ", state])
        if not done.proofs:
            lines.append([State("no server uses it, so no login was tried", Role.LOOK)])
        untold = [said for said in done.warnings if not any(one.server.name in said for one in done.proofs)]
        lines += [[State(said, Role.LOOK)] for said in untold]
        yield Told([*lines, [], ["Take the old public key out of authorized_keys on the servers."]])


class CertificateSheet(Sheet[None]):
    """A certificate that was taken in: what it says, how it stands, what is weak about it."""

    def __init__(self, accepted: Accepted) -> None:
        super().__init__()
        self._accepted = accepted
        self.title_words = accepted.standing.certificate.name

    def words(self) -> ComposeResult:
        """Facts, then what to say about it."""
        one, facts = self._accepted.standing, self._accepted.standing.certificate.facts
        lines: list[Words] = [
            [State("it is in the inventory, sealed in the vault", Role.GOOD)],
            *([State(said, Role.LOOK)] for said in self._accepted.warnings),
            [],
            labelled("For", ", ".join(facts.domains) or facts.subject),
            labelled("Issuer", facts.issuer),
            labelled("Ends", f"{in_words(one.days_left)} ({one.valid_until})"),
            labelled("Key", f"{facts.key_type}, {facts.key_bits} bits", *_private(facts.has_private_key)),
            labelled("Chain", f"{facts.trust.replace('_', ' ')}, {issuers_words(len(facts.chain))}"),
            labelled("Weak", ", ".join(facts.weaknesses) or Toned("nothing found", Role.MUTED)),
        ]
        if one.problems:
            lines.append(labelled("Stands", State(problem_words(one.problems), Role.LOOK)))
        if self._accepted.previous:
            lines.append(labelled("Before", self._accepted.previous))
            users = ", ".join(server.name for server in one.servers)
            lines += [[], [f"Put it in place on {users}: nothing was sent there."]] if users else []
        yield Told(lines)


def _private(has_key: bool) -> list[Toned]:
    words = ", private key sealed" if has_key else ", no private key given"
    return [Toned(words, Role.MUTED)]


def problem_words(problems: Iterable[str]) -> str:
    """Codes of what is wrong as words."""
    return ", ".join(one.replace("_", " ") for one in problems)
