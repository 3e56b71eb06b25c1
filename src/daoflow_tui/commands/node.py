"""Where commands live: screens, panes, widgets and the app offer them, bind their keys and run them."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.filter import Monochrome, NoColor
from textual.screen import Screen

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.commands.keymap import Keymap
from daoflow_tui.theme.themes import DARK, TOKENS, register_themes
from daoflow_tui.widgets.footer import KeyFooter
from daoflow_tui.widgets.state_mark import ASCII_CLASS

# Textual follows only the first DOMNode base of a class for its styles: the mixin must not be one.
if TYPE_CHECKING:
    _Base = DOMNode
else:
    _Base = object


class CommandNode(_Base):
    """Mixin, named before the Textual base; `OFFERS` lists commands a class adds to those of its bases."""

    OFFERS: ClassVar[tuple[AnyCommand, ...]] = ()
    _commands: ClassVar[dict[str, Command[Any]]] = {}

    def __init_subclass__(cls, **kwargs: bool) -> None:
        own: tuple[AnyCommand, ...] = cls.__dict__.get("OFFERS", ())
        cls._commands = {**cls._commands, **{command.id: command() for command in own}}
        if own:
            bindings = [binding for command in own if command.keys for binding in _bind(command)]
            cls.BINDINGS = [*cls.__dict__.get("BINDINGS", []), *bindings]
        super().__init_subclass__(**kwargs)

    @property
    def commands(self) -> tuple[Command[Any], ...]:
        """The commands of this node that belong to it as it is now."""
        return tuple(command for command in self._commands.values() if command.applies(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key go on to the next node when its command does not belong to this one as it is now."""
        if action != "command":
            return super().check_action(action, parameters)
        command = self._commands.get(str(parameters[0]))
        return command is not None and command.applies(self)

    async def action_command(self, command_id: str) -> None:
        """Run a command of this node by its id, or say in a toast why it is off."""
        command = self._commands.get(command_id)
        if command is None or not command.applies(self):
            return
        why = why_off(command, self)
        if why is not None:
            self.app.notify(why, title=command.title, severity="warning", markup=False)
            return
        outcome = command.run(self)
        if isinstance(outcome, Awaitable):
            await outcome

    async def on_key_footer_pressed(self, message: KeyFooter.Pressed) -> None:
        """A click on a key of the footer runs what the key would run."""
        message.stop()
        for live in live_commands(self.screen):
            if live.command.id == message.command_id:
                await live.run()
                return


def _bind(command: AnyCommand) -> list[Binding]:
    usual = tuple(key for key in command.keys if key not in command.ahead)
    return [
        Binding(
            _spelled(keys),
            f"command('{command.id}')",
            command.title,
            tooltip=command.help,
            id=command.id,
            priority=keys is command.ahead,
        )
        for keys in (usual, command.ahead)
        if keys
    ]


def _spelled(keys: Iterable[str]) -> str:
    """Keys as Textual lists them; a comma is the separator there, so the key itself has to be named."""
    return ",".join(key.replace(",", "comma") for key in keys)


def why_off(command: Command[Any], node: CommandNode) -> str | None:
    """Why a command can't run here now: the principal lacks the scope, or the command's own reason."""
    app = node.app
    if command.scope is not None and isinstance(app, CommandApp):
        denied = app.why_denied(command.scope)
        if denied is not None:
            return denied
    return command.why_off(node)


@dataclass(frozen=True, slots=True)
class Live:
    """A command that answers now: where it runs and the keys that reach it."""

    command: Command[Any]
    node: CommandNode
    keys: tuple[str, ...]

    @property
    def why_off(self) -> str | None:
        """Why pressing its key would only give a reason; None when it would run."""
        return why_off(self.command, self.node)

    async def run(self) -> None:
        """Run it as its key would."""
        await self.node.action_command(self.command.id)


def live_commands(screen: Screen[Any]) -> list[Live]:
    """All commands within reach, nearest first: the focused widget's, its panes', the screen's, the app's."""
    app = screen.app
    keymap = app.command_keys if isinstance(app, CommandApp) else Keymap.default()
    taken: set[str] = set()
    live = []
    for node in _reach(screen):
        for command in node.commands:
            keys = tuple(key for key in keymap.keys_of(command) if key not in taken)
            taken.update(keys)
            if keys or (command.in_palette and not command.keys):
                live.append(Live(command, node, keys))
    return live


def _reach(screen: Screen[Any]) -> Iterator[CommandNode]:
    chain: Sequence[DOMNode] = [screen, screen.app]
    if screen.focused is not None:
        chain = screen.focused.ancestors_with_self
    for node in chain:
        if isinstance(node, CommandNode):
            yield node
        if node.is_modal:
            return


class CommandApp(CommandNode, App[None], inherit_bindings=False):
    """An app without Textual's own bindings: ctrl+q and ctrl+p are ordinary keys that a shell may receive."""

    ENABLE_COMMAND_PALETTE = False  # Textual would bind ctrl+p before every widget
    ESCAPE_TO_MINIMIZE = False
    CSS_PATH = TOKENS
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, *, theme: str = "dark", ascii_only: bool = False) -> None:
        super().__init__()
        # NO_COLOR means the terminal's own two colours, not shades of grey; the cues are in theme/tokens.tcss
        self._filters = [NoColor() if isinstance(one, Monochrome) else one for one in self._filters]
        self.command_keys = Keymap.default()
        register_themes(self, theme)
        self.set_class(ascii_only, ASCII_CLASS)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables for the moment before a theme of ours is chosen."""
        return DARK.variables

    def use_keymap(self, keymap: Keymap) -> None:
        """Put the operator's own keys in force, for presses as for every place that shows keys."""
        self.command_keys = keymap
        self.set_keymap({command_id: _spelled(keys) for command_id, keys in keymap.changed.items()})

    async def leave(self) -> None:
        """Quit; the product's app asks first when operations run."""
        self.exit()

    def why_denied(self, action: str) -> str | None:
        """The sentence that tells why the principal may not do an action; the product's app overrides it."""
        del action
        return None
