"""The managed SSH keys: who uses them, how old they are, and the verbs on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from daoflow_core.model.assets import SshKey
from daoflow_tui.commands.assets import KEY_ASSET_COMMANDS
from daoflow_tui.screens.asset_words import KEY_COLUMNS, key_lines, key_row
from daoflow_tui.screens.fleet import ROLES, ServerView
from daoflow_tui.screens.panes.assets import AssetPane
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.blank import Empty, NextKey
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import State

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.registration import Registration
    from daoflow_core.services.key_inventory import Taken
    from daoflow_core.services.key_rotation import Rotation

NONE_YET = Empty(
    "No managed SSH keys.",
    "A key is sealed in the vault once, however many servers use it; a server added with a key file brings its own.",
    (NextKey("a", "take one in from a file or by paste, or make a new one"),),
)
EFFECT = "A ticked server logs in with this key from now on, as its default user if it has one, and is checked at once."
TAKE, MAKE = "take", "make"


class SshKeysPane(AssetPane[SshKey]):
    """The upper list."""

    OFFERS = KEY_ASSET_COMMANDS
    heading = "SSH keys"
    columns = KEY_COLUMNS
    asking = "reading the managed keys"
    none_yet = NONE_YET

    async def read(self) -> Mapping[str, SshKey]:
        """Every key by its id."""
        keys = await self.program.session.ask(lambda console: console.keys.list())
        return {key.id: key for key in keys}

    def users(self, key: SshKey) -> list[ServerView]:
        """The servers that log in with it."""
        views = self.desk.fleet.views.values()
        return sorted((one for one in views if one.row["ssh_key_id"] == key.id), key=lambda one: one.name)

    def _names(self, key: SshKey) -> list[str]:
        return [view.name for view in self.users(key)]

    def row(self, item: SshKey) -> Row:
        """One key."""
        return key_row(item, self._names(item), self.desk.now(), self.desk.times)

    def words(self, item: SshKey) -> str:
        """Name, kind, fingerprint, user, servers."""
        users = " ".join(self._names(item))
        return f"{item.name} {item.fingerprint} {item.key_type} {item.username or ''} {users}"

    def lines(self, item: SshKey) -> list[Words]:
        """Everything that can be told."""
        return key_lines(item, self._names(item), self.desk.now(), self.desk.times)

    def name_of(self, item: SshKey) -> str:
        """Its name."""
        return item.name

    def document(self, item: SshKey) -> dict[str, Any]:
        """Every public fact."""
        return {**asdict(item), "used_by": self._names(item)}

    def choices(self, item: SshKey) -> list[Choice]:
        """Public facts."""
        return [
            Choice("fingerprint", "fingerprint", item.fingerprint),
            Choice("public", "public key", item.public_key),
            Choice("name", "name", item.name),
            Choice("id", "id", item.id),
        ]

    # The verbs

    def add_asset(self) -> None:
        """Take one in, or make one."""
        choices = [
            Choice(TAKE, "take in a private key…", "from its file, or pasted"),
            Choice(MAKE, "make a new one…", "Ed25519, inside the vault"),
        ]
        self.app.push_screen(ChoiceSheet("Add an SSH key", choices), self._begin_adding)

    def _begin_adding(self, how: str | None) -> None:
        from daoflow_tui.screens.sheets.key_forms import NewKeyForm

        if how == TAKE:
            self.app.push_screen(NewKeyForm(), self._taken)
        elif how == MAKE:
            if (why := self.program.why_denied("ssh_key.generate")) is not None:
                self.app.notify(why, severity="warning", markup=False)
            else:
                self.generate_asset()

    def generate_asset(self) -> None:
        """The form that makes one."""
        from daoflow_tui.screens.sheets.key_forms import MakeKeyForm

        self.app.push_screen(MakeKeyForm(), self._taken)

    def _taken(self, taken: Taken | None) -> None:
        from daoflow_tui.screens.sheets.asset_news import KeyTaken

        if taken is not None:
            self.app.push_screen(KeyTaken(taken))

    def rotate_asset(self) -> None:
        """The form of the new key."""
        from daoflow_tui.screens.sheets.key_forms import RotateKeyForm

        if self.item is not None:
            users = [view for view in self.users(self.item) if not view.is_local]
            self.app.push_screen(RotateKeyForm(self.item, users), self._rotated)

    def _rotated(self, done: Rotation | None) -> None:
        from daoflow_tui.screens.sheets.asset_news import RotationSheet

        if done is not None:
            self.app.push_screen(RotationSheet(done))

    def open_users(self) -> None:
        """Tick and untick servers; this machine needs no key."""
        from daoflow_tui.screens.sheets.asset_questions import about_key
        from daoflow_tui.screens.sheets.used_by import Use, UsedBySheet

        key = self.item
        if key is None:
            return

        async def change(console: Console, server_id: str, ticked: bool) -> State:
            if ticked:
                return _attached(await console.key_inventory.attach(key.id, server_id))
            await console.key_inventory.detach(server_id)
            return State("detached, has no key now", ROLES["attention"])

        held = frozenset(view.id for view in self.users(key))
        verbs = ("attach it to", "take it from")
        use = Use(key.name, about_key(key), EFFECT, verbs, "ssh_key.attach and detach", held, change)
        servers = sorted(self.desk.fleet.views.values(), key=lambda view: (view.id not in held, view.name))
        self.app.push_screen(UsedBySheet(use, [view for view in servers if not view.is_local]))

    async def delete(self, item: SshKey) -> None:
        """Delete it; one in use is taken from its servers only when that was chosen."""
        from daoflow_tui.screens.sheets.asset_questions import final, key_deletion

        users = self.users(item)
        if not await self.agree_to_detach(item.name, [view.name for view in users]):
            return
        sheet = final(key_deletion(item, users), item.name, "the key's name", self.desk)
        if not await self.app.push_screen_wait(sheet):
            return
        detach = bool(users)
        done = await self.program.ask_or_tell(
            lambda console: console.key_inventory.delete(item.id, detach=detach)
        )
        if done is not None:
            self.app.notify(f"{item.name} was deleted.", markup=False)
            await self.program.read_now()


def _attached(done: Registration) -> State:
    """What the check after it found."""
    ready = done.readiness
    issue = ready.issues[0].message if ready.issues else f"attached, {ready.status.value}"
    return State(issue, ROLES[ready.status.value])
