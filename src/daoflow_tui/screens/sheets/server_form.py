"""The form of a server: errors beside the fields, then the flow goes on to its host key."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Input

from daoflow_core.errors import Conflict, DaoflowError, KeyRejected, PassphraseRequired, PassphraseWrong
from daoflow_core.model.assets import SshKey
from daoflow_core.model.registration import Registration, ServerChanges, ServerDraft
from daoflow_core.secret import Secret
from daoflow_tui.commands.sheets import Submit
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.editing import edit_sheet
from daoflow_tui.screens.sheets.hop_field import HopChoice, HopField
from daoflow_tui.screens.sheets.message import error_lines
from daoflow_tui.screens.sheets.options import OptionField, Options
from daoflow_tui.screens.sheets.server_fields import changes_of, draft_of, find_key, read_fields, read_key
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.fields import Field, FieldInput
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_core.console import Console

ENVIRONMENTS = (("", "none"), ("prod", "prod"), ("staging", "staging"), ("dev", "dev"))
KINDS = (("docker-engine", "Docker engine"), ("docker-swarm-manager", "Swarm manager"))
USUAL_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
FIELDS = {
    "SSH port": "port",
    "SSH user": "user",
    "private_key_file": "key",
    "region": "region",
    "host": "host",
}
"""Names that errors of the core give to fields of this form."""
ABOUT_NEW = "Nothing is sent to it before you approve its host key, which is the next step."
ABOUT_EDIT = "Only what differs is changed. Another host or port needs its host key approved anew."
KEY_HINT = "a key file: it is sealed in the vault, the server keeps a reference; or a managed key's name"


@dataclass(frozen=True, slots=True)
class Wish:
    """A form as it was sent: the checked change, the key file to read and its passphrase, the host to ask."""

    change: ServerDraft | ServerChanges
    path: str
    passphrase: Secret | None
    host: str


class ServerForm(Sheet[Registration]):
    """Answers with what was registered or changed; None when nothing was."""

    OFFERS = (Submit,)

    DEFAULT_CSS = (
        "ServerForm Told { margin-bottom: 1; } ServerForm Field, ServerForm OptionField { margin-bottom: 0; }"
    )

    def __init__(self, view: ServerView | None = None) -> None:
        super().__init__()
        self.view = view
        self.title_words = "Add a server" if view is None else f"Edit {view.name}"
        self.busy = False
        self._keys: Sequence[SshKey] = ()
        self.told = Told([[Toned(ABOUT_NEW if view is None else ABOUT_EDIT, Role.MUTED)]])
        self._fields = _fields_for(view)
        self.environment = OptionField("Environment", ENVIRONMENTS, view.environment if view else "")
        self.kind = OptionField("Kind", KINDS, view.kind if view else KINDS[0][0])

    def words(self) -> ComposeResult:
        """What is about to happen, then the fields in the order they are asked for."""
        yield self.told
        for name in ("name", "host", "port", "user", "key", "passphrase"):
            yield self._fields[name]
        yield self.environment
        yield self.kind
        yield self._fields["region"]
        self.hop = HopField(self._possible_hops(), self._hop_before())
        if self._possible_hops():
            yield self.hop

    def _possible_hops(self) -> list[ServerView]:
        return self.program.desk.fleet.possible_hops(self.view.id if self.view else None)

    def _hop_before(self) -> str:
        """The id of the jump host it has; empty for none."""
        return (self.view.row.get("jump_server_id") if self.view else None) or ""

    def buttons(self) -> Iterable[SheetButton]:
        """Cancel, then the deed."""
        yield SheetButton("cancel", "Cancel", "esc")
        yield SheetButton("apply", "Add" if self.view is None else "Save", "enter")

    def begin(self) -> None:
        """Begin in the first field; the managed keys are read meanwhile."""
        self._fields["name"].focus_input()
        self.foot("tab next field")
        begin_work(self, self._read_keys, "keys")

    async def _read_keys(self) -> None:
        try:
            self._keys = await self.program.session.ask(lambda console: console.keys.list())
        except DaoflowError:
            return  # the form works without suggestions; what is wrong is told when it is sent
        usual = await asyncio.to_thread(_usual_keys)
        names = [key.name for key in self._keys]
        self._fields["key"].input.suggester = SuggestFromList([*names, *usual], case_sensitive=False)

    # Sending

    @property
    def is_typing(self) -> bool:
        """Whether the keyboard is in a field, where enter sends the form."""
        return isinstance(self.focused, Input)

    @on(Input.Submitted)
    def _enter(self) -> None:
        self.submit()

    def pressed(self, name: str) -> None:
        """The deed."""
        self.submit()

    def submit(self) -> None:
        """Send what was typed up to now: each field answers in its turn, after the keys already on their way to it."""
        typed: dict[str, str] = {}
        asked: dict[str, FieldInput | Options | HopChoice] = {
            name: field.input for name, field in self._fields.items()
        }
        asked |= {"environment": self.environment.options, "kind": self.kind.options}
        if self.hop.is_attached:
            asked["jump"] = self.hop.choice

        def note(name: str) -> None:
            typed[name] = asked[name].value
            if len(typed) == len(asked):
                self.call_later(self.send, typed)

        for name, widget in asked.items():
            widget.call_later(note, name)

    def send(self, typed: Mapping[str, str]) -> None:
        """Check every field, then hand the wish to the app, which outlives this sheet."""
        if self.busy:
            return
        values, wrong = read_fields(typed)
        self._show_errors(wrong)
        if wrong:
            return
        key, path = self._chosen_key(typed["key"].strip())
        change: ServerDraft | ServerChanges
        if self.view is None:
            change = draft_of(values, typed["kind"], typed["environment"])
        else:
            change = changes_of(values, typed["kind"], typed["environment"], self.view.row)
        if (jump := typed.get("jump", self._hop_before())) != self._hop_before():
            change = replace(change, jump=jump)
        if key is not None and (self.view is None or key.id != self.view.row["ssh_key_id"]):
            change = replace(change, key_id=key.id)
        if isinstance(change, ServerChanges) and not change.names() and not path:
            self.dismiss(None)
            return
        phrase = Secret(typed["passphrase"].encode()) if typed["passphrase"] else None
        wish = Wish(change, path, phrase, typed["host"].strip())
        if self.view is not None and self.view.is_prod and isinstance(change, ServerChanges):
            begin_work(self, partial(self._confirm, self.view, change, wish), "confirm")
        else:
            self._begin(wish)

    async def _confirm(self, view: ServerView, change: ServerChanges, wish: Wish) -> None:
        """What changes a server in prod is stated, and its name typed, before anything is written."""
        if await self.app.push_screen_wait(edit_sheet(view, change, wish.path)):
            self._begin(wish)

    def _chosen_key(self, words: str) -> tuple[SshKey | None, str]:
        """The managed key with that name, or the words as a path."""
        key = find_key(words, self._keys)
        return key, "" if key is not None else words

    def _begin(self, wish: Wish) -> None:
        self.busy = True
        self.told.show(
            [[State(f"asking {wish.host} for its host key; no user name and no key is sent", Role.RUNNING)]]
        )
        self.query_one("#button-apply").disabled = True
        self.program.run_worker(self._send(wish), group="registrations")

    async def _send(self, wish: Wish) -> None:
        view, change = self.view, wish.change

        async def question(console: Console) -> Registration:
            material = await asyncio.to_thread(read_key, wish.path, wish.passphrase) if wish.path else None
            if isinstance(change, ServerDraft):
                return await console.servers.add(replace(change, key_material=material))
            return await console.servers.update(
                view.id if view else "", replace(change, key_material=material)
            )

        try:
            done = await self.program.session.ask(question)
        except DaoflowError as error:
            self._fail(error)
            return
        await self.program.read_now()
        if self.is_attached:
            self.dismiss(done)
        else:
            self.notify(f"{done.server.name} was saved.", markup=False)

    def _fail(self, error: DaoflowError) -> None:
        if not self.is_attached:
            self.program.tell_error(error)
            return
        self.busy = False
        self.query_one("#button-apply").disabled = False
        field = _field_of(error)
        sentence = " ".join(filter(None, (error.message, error.why, error.next_step)))
        lines: list[Words] = [[State("nothing was saved", Role.BAD)]] if field else error_lines(error)
        self.told.show(lines)
        if field:
            self._show_errors({field: sentence})

    def _show_errors(self, wrong: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.error = wrong.get(name, "")
        first = next((name for name in self._fields if name in wrong), None)
        if first is not None:
            self._fields[first].focus_input()


def _usual_keys() -> list[str]:
    """The key files that most people have."""
    return [path for path in USUAL_KEYS if Path(path).expanduser().is_file()]


def _field_of(error: DaoflowError) -> str:
    """The field an error is about; empty when it is about no single one."""
    if isinstance(error, PassphraseRequired | PassphraseWrong):
        return "passphrase"
    if isinstance(error, KeyRejected):
        return "key"
    if isinstance(error, Conflict):
        return "name" if error.message.startswith("A server named") else "host"
    return FIELDS.get(str(error.details.get("field", "")), "")


def _fields_for(view: ServerView | None) -> dict[str, Field]:
    """The fields with what is known, or with the usual values."""
    known: Any = {} if view is None else view.row
    user = getpass.getuser()
    key = known.get("ssh_key_name") if view else ""
    return {
        "name": Field("Name", known.get("name", ""), placeholder="edge-eu-1", max_length=200),
        "host": Field(
            "Host",
            known.get("host", ""),
            placeholder="203.0.113.42, a DNS name, or localhost",
            max_length=300,
        ),
        "port": Field("SSH port", str(known.get("ssh_port", 22)), max_length=10),
        "user": Field("SSH user", known.get("ssh_user", user), max_length=100),
        "key": Field("SSH key", key or "", placeholder="~/.ssh/id_ed25519", hint=KEY_HINT, max_length=4096),
        "passphrase": Field(
            "Passphrase", hint="only when that file is protected by one", secret=True, max_length=1024
        ),
        "region": Field(
            "Region", known.get("region", "default"), hint="a free word for where it stands", max_length=200
        ),
    }
