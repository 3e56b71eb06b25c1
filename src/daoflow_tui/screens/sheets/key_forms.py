"""The forms for SSH keys: take one in, make one, put another in its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from daoflow_core.errors import (
    Conflict,
    DaoflowError,
    InvalidInput,
    KeyNotProven,
    KeyRejected,
    PassphraseRequired,
    PassphraseWrong,
)
from daoflow_core.model.assets import SshKey
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.parse import fields as rules
from daoflow_core.secret import Secret
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.asset_form import Ask, AssetForm, phrase_of
from daoflow_tui.screens.sheets.asset_questions import final, key_rotation
from daoflow_tui.screens.sheets.base import Sheet
from daoflow_tui.screens.sheets.message import error_lines
from daoflow_tui.screens.sheets.options import OptionField
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.material import MaterialField
from daoflow_tui.widgets.state_mark import Role, State

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.services.key_inventory import Taken
    from daoflow_core.services.key_rotation import Rotation

NO_KEY = "A private key is needed: the path of its file, or its text pasted here."
USER_HINT = "servers log in as it with this key; empty leaves each server's own user"
FORCE = (("", "stop, keep the old key"), ("force", "rotate all the same"))


def _phrase() -> Field:
    return Field("Passphrase", hint="only when the key has one; it is not kept", secret=True, max_length=1024)


def _wrong(typed: Mapping[str, str], judged: Mapping[str, Callable[[str], Any]]) -> dict[str, str]:
    """For each field that its rule refuses the sentence why."""
    wrong = {}
    for name, rule in judged.items():
        try:
            rule(typed[name])
        except InvalidInput as error:
            wrong[name] = error.why or error.message
    return wrong


def _user(text: str) -> str | None:
    return rules.ssh_user(text) if text.strip() else None


def _key_error(error: DaoflowError) -> str:
    if isinstance(error, PassphraseRequired | PassphraseWrong):
        return "passphrase"
    if isinstance(error, Conflict):
        return "name" if "named" in error.message else "key"
    if isinstance(error, KeyRejected) or error.details.get("field") == "private_key_file":
        return "key"
    return ""


async def read_material(path: str, pasted: Secret | None, phrase: Secret | None) -> KeyMaterial:
    """The key as it was given; a file is read in the core's thread. Raises InvalidInput or KeyRejected."""
    from daoflow_core.ssh.key_files import load_key_file

    if pasted is not None:
        return KeyMaterial(pasted, phrase, "paste")
    return KeyMaterial(Secret(await asyncio.to_thread(load_key_file, path.strip())), phrase, "file")


class NewKeyForm(AssetForm["Taken"]):
    """Take a private key in."""

    about = (
        "The private key is sealed in the vault and never shown again; it is checked before anything is kept."
    )

    def __init__(self) -> None:
        super().__init__(
            "Take in an SSH key",
            {
                "name": Field("Name", placeholder="prod-deploy", max_length=200),
                "key": MaterialField("Private key", hint="the file without .pub"),
                "passphrase": _phrase(),
                "user": Field("Default user", hint=USER_HINT, max_length=100),
            },
        )

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """A name, a key, a user that may be empty."""
        wrong = _wrong(typed, {"name": rules.key_name, "user": _user})
        return wrong if self.is_given("key", typed) else {**wrong, "key": NO_KEY}

    def asking(self, typed: Mapping[str, str]) -> Ask[Taken]:
        """Seal it."""
        pasted, phrase = self.pasted("key"), phrase_of(typed)

        async def ask(console: Console) -> Taken:
            material = await read_material(typed["key"], pasted, phrase)
            return await console.key_inventory.create(
                rules.key_name(typed["name"]), material, _user(typed["user"])
            )

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """Key, passphrase or name."""
        return _key_error(error)


class MakeKeyForm(AssetForm["Taken"]):
    """Make a key inside the vault."""

    about = "An Ed25519 key is made inside the vault. Only its public part is shown, for authorized_keys."
    deed = "Make it"
    running = "making it"

    def __init__(self) -> None:
        super().__init__(
            "Make an SSH key",
            {
                "name": Field("Name", placeholder="prod-deploy", max_length=200),
                "user": Field("Default user", hint=USER_HINT, max_length=100),
            },
        )

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """A name, and a user that may be empty."""
        return _wrong(typed, {"name": rules.key_name, "user": _user})

    def asking(self, typed: Mapping[str, str]) -> Ask[Taken]:
        """Make it."""

        async def ask(console: Console) -> Taken:
            return await console.key_inventory.generate(rules.key_name(typed["name"]), _user(typed["user"]))

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """Only the name can be wrong."""
        return "name" if isinstance(error, Conflict) else ""


class RotateKeyForm(AssetForm["Rotation"]):
    """Put another private key in the place of one."""

    deed = "Rotate…"

    def __init__(self, key: SshKey, users: Sequence[ServerView]) -> None:
        self.key, self.users = key, tuple(users)
        count = "1 server" if len(users) == 1 else f"{len(users)} servers"
        self.about = (
            f"{count} log{'s' if len(users) == 1 else ''} in with it: the new public key has to be in "
            "authorized_keys there first. Every login is tried before the old key goes."
            if users
            else "No server uses it, so there is no login to try the new key with."
        )
        self.running = f"logging in to {count} with the new key" if users else "sealing it in the vault"
        super().__init__(
            f"Rotate {key.name}",
            {
                "key": MaterialField("New private key", hint="the file without .pub"),
                "passphrase": _phrase(),
                "user": Field("Default user", hint=f"empty keeps {key.username or 'none'}", max_length=100),
                "force": OptionField("If one refuses", FORCE, ""),
            },
        )

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """A key, and a user that may be empty."""
        wrong = _wrong(typed, {"user": _user})
        return wrong if self.is_given("key", typed) else {**wrong, "key": NO_KEY}

    def question(self, typed: Mapping[str, str]) -> Sheet[bool] | None:
        """The old key can't be brought back, so its name is typed."""
        question = key_rotation(self.key, self.users, force=bool(typed["force"]))
        return final(question, self.key.name, "the key's name", self.desk)

    def asking(self, typed: Mapping[str, str]) -> Ask[Rotation]:
        """Prove the new one, then replace the old one."""
        pasted, phrase, key_id = self.pasted("key"), phrase_of(typed), self.key.id

        async def ask(console: Console) -> Rotation:
            material = await read_material(typed["key"], pasted, phrase)
            return await console.key_rotation.rotate(
                key_id, material, username=_user(typed["user"]), force=bool(typed["force"])
            )

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """Key or passphrase."""
        return "key" if isinstance(error, Conflict) and error.details.get("key") else _key_error(error)

    def failure_lines(self, error: DaoflowError, *, beside: str) -> list[Words]:
        """A refused proof is told for every server."""
        if not isinstance(error, KeyNotProven):
            return super().failure_lines(error, beside=beside)
        told = cast("list[dict[str, object]]", error.details.get("servers", []))
        failed = {str(one["id"]): str(one["reason"]) for one in told}
        lines: list[Words] = [[State(f"not rotated: {self.key.name} is the old key still", Role.BAD)]]
        for view in self.users:
            reason = failed.get(view.id)
            state = State("let the new key in", Role.GOOD) if reason is None else State(reason, Role.BAD)
            lines.append([f"  {view.name}  ", state])
        lines.append(["Authorize the new public key there and send again, or choose to rotate all the same."])
        return lines if failed else error_lines(error)
