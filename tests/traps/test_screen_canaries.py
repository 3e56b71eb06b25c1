"""Keys, certificates and passphrases are typed and pasted into every sheet; no screen shows one, no widget keeps one."""

from __future__ import annotations

import gc
import os
import types
from collections.abc import Iterator
from contextlib import asynccontextmanager

import asyncssh
import pytest
from tests.parse import authority
from tests.traps.canaries import Canary, Sweep
from tests.traps.stage import PASSPHRASE, Stage, stage
from tests.traps.test_asset_canaries import PFX_LOCK, canaries_of
from tests.traps.watching_children import children
from tests.tui.screens.conftest import Operator
from textual import events

from daoflow_tui.app import DaoFlowApp
from daoflow_tui.screens.places import MODES
from daoflow_tui.start import prepare

__all__ = ["stage"]

PROGRAM = (
    types.ModuleType, type, types.FunctionType, types.MethodType, types.FrameType, types.CodeType,
    types.CoroutineType, types.GeneratorType, types.TracebackType, types.BuiltinFunctionType,
)  # fmt: skip
"""What holds the program rather than its data; frames are those of this test."""


class Watched(Operator):
    """An operator whose every screen is taken into the sweep."""

    sweep: Sweep

    async def press(self, *keys: str) -> None:
        await super().press(*keys)
        self.look(f"after {keys[-1]}")

    async def fill(self, words: str) -> None:
        await super().fill(words)
        self.look("typing")

    async def sees(self, *words: str) -> str:
        screen = await super().sees(*words)
        self.look(words[0])
        return screen

    async def paste(self, data: bytes) -> None:
        self.app._driver.send_message(events.Paste(data.decode()))
        await self.pilot.pause()
        self.look("pasting")

    def look(self, where: str) -> None:
        """What is painted, what is told aside, what lies on the clipboard."""
        self.sweep.add(f"screen {where}", self.screen())
        self.sweep.add("toasts", "\n".join(self.toasts()))
        self.sweep.add("clipboard", self.app.clipboard)

    def photograph(self, where: str) -> None:
        """As a screenshot that somebody sends around."""
        self.sweep.add(f"screenshot {where}", self.app.export_screenshot())

    def search_widgets(self, where: str) -> None:
        """Every text that the app and its screens still reach, but for the core, which may hold keys it uses."""
        gc.collect()
        self.sweep.add(f"kept {where}", "\n".join(texts_below(self.app, but=(self.app.session, self))))


def texts_below(root: object, *, but: tuple[object, ...]) -> Iterator[str]:
    """Every text that can be reached from an object."""
    seen, waiting = {id(one) for one in but} | {id(but)}, [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, PROGRAM):
            continue
        seen.add(id(one))
        if isinstance(one, str | bytes | bytearray):
            yield one if isinstance(one, str) else bytes(one).decode("latin-1")
        elif not isinstance(one, Sweep | Canary | Stage):
            waiting += gc.get_referents(one)


@asynccontextmanager
async def watched(stage: Stage, size: tuple[int, int] = (120, 36)):
    os.environ.update(stage.environment)
    app = DaoFlowApp(prepare(stage.environment))
    async with app.run_test(size=size) as pilot:
        operator = Watched(app, pilot)
        operator.sweep = stage.sweep
        await operator.opened()
        yield operator


async def add_server(stage: Stage, operator: Watched) -> None:
    """Through the form, with the locked key and its passphrase."""
    await operator.press("escape", "a")
    await operator.sees("Add a server")
    form = operator.app.screen
    given = {"name": "edge", "host": "127.0.0.1", "port": str(stage.peer.port), "user": "deploy"}
    for name, words in {**given, "key": str(stage.folder / "id"), "passphrase": PASSPHRASE}.items():
        form._fields[name].value = words
    operator.look("server form")
    operator.photograph("server form")
    await operator.press("enter")
    await operator.sees("edge", stage.peer.host_keys[0].fingerprint)
    await operator.press("escape")


async def add_key(operator: Watched, private: bytes) -> None:
    """Pasted, with its passphrase typed, first a wrong one."""
    await operator.press("K", "a", "enter")
    await operator.sees("Take in an SSH key")
    form = operator.app.screen
    await operator.fill("second")
    await operator.press("tab")
    await operator.paste(private)
    await operator.sees("not shown")
    form.fields["passphrase"].value = PASSPHRASE[:-1]
    operator.photograph("key form")
    await operator.press("enter")
    await operator.sees("passphrase", "nothing was changed")
    form.fields["passphrase"].value = PASSPHRASE
    await operator.press("enter")
    await operator.sees("its private part sealed in the vault")
    await operator.press("y", "escape")
    operator.search_widgets("after a key was taken in")


async def rotate_key(operator: Watched, private: bytes) -> None:
    await operator.sees("second")
    operator.app.screen.keys_pane.table.move_to(
        next(key.id for key in operator.app.screen.keys_pane.items.values() if key.name == "second")
    )
    await operator.press("o")
    await operator.sees("Rotate second")
    form = operator.app.screen
    await operator.paste(private)
    form.fields["passphrase"].value = PASSPHRASE
    await operator.press("enter")
    await operator.sees("Rotate second?")
    operator.photograph("rotation")
    await operator.press("tab")
    await operator.fill("second")
    await operator.press("enter")
    await operator.sees("second is rotated")
    await operator.press("escape")
    operator.search_widgets("after a rotation")


async def add_certificates(stage: Stage, operator: Watched, web: authority.Made) -> None:
    """One pasted in parts, one from a PFX; one form is left with everything in it."""
    await operator.press("tab", "a")
    await operator.sees("Take in a certificate")
    await operator.fill("web")
    await operator.press("tab")
    await operator.paste(web.pem)
    await operator.press("tab")
    await operator.paste(web.key_pem())
    operator.photograph("certificate form")
    await operator.press("enter")
    await operator.sees("sealed in the vault")
    await operator.press("escape", "a")
    form = operator.app.screen
    form.fields["name"].value, form.fields["pfx"].value = "new", str(stage.folder / "new.pfx")
    form.fields["passphrase"].value = PFX_LOCK
    await operator.press("enter")
    await operator.sees("sealed in the vault")
    await operator.press("escape", "a", "tab")
    await operator.paste(web.key_pem())
    await operator.press("escape")
    operator.search_widgets("after certificates")


async def look_around(operator: Watched) -> None:
    """Every place, every row as JSON, what can be copied, the help; then every tab of the server."""
    for mode in MODES:
        await operator.app.go(mode)
        await operator.pilot.pause()
        for keys in (
            ("down",),
            ("J",),
            ("escape",),
            ("y",),
            ("escape",),
            ("question_mark",),
            ("escape",),
            ("tab",),
        ):
            await operator.press(*keys)
        operator.photograph(mode)
    await operator.press("S", "enter")
    for tab in "12345678":
        await operator.press(tab)
        operator.photograph(f"tab {tab}")
    await operator.press("escape")


@pytest.mark.parametrize("stage", ["key file"], indirect=True)
async def test_no_screen_shows_a_secret_and_no_widget_keeps_one(stage):
    second, third = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    web, new = authority.make("web.example"), authority.make("new.example")
    stage.sweep.canaries += (
        *canaries_of("web", web),
        *canaries_of("new", new),
        *(
            Canary.of_pem("pasted key", form, one.pyca_key.private_bytes_raw())
            for one in (second, third)
            for form in (one.export_private_key("openssh"), locked(one))
        ),
        Canary.of("lock of a pfx", PFX_LOCK),
    )
    (stage.folder / "new.pfx").write_bytes(authority.pfx(new, passphrase=PFX_LOCK.encode()))
    with children() as started:
        async with watched(stage) as operator:
            await add_server(stage, operator)
            await add_key(operator, locked(second))
            await rotate_key(operator, locked(third))
            await add_certificates(stage, operator, web)
            await look_around(operator)
            operator.search_widgets("at the end")
            kept = await operator.app.session.ask(lambda console: console.certificates.list())
            assert len(kept) == 2
    stage.sweep.add("child argv", "\n".join(started))
    stage.take_files()
    told = stage.capture.readouterr()
    stage.sweep.add("terminal", told.out + told.err)
    assert len(stage.sweep.seen) > 40
    assert stage.sweep.hits() == []


def locked(key: asyncssh.SSHKey) -> bytes:
    return key.export_private_key("pkcs8-pem", passphrase=PASSPHRASE)


@pytest.mark.parametrize("stage", ["key file"], indirect=True)
async def test_a_crash_while_a_key_is_pasted_tells_nothing_of_it(stage, monkeypatch):
    private = stage.key.export_private_key("openssh")
    with pytest.raises(RuntimeError):
        async with watched(stage) as operator:
            await operator.press("escape", "K", "a", "enter")
            await operator.fill("one")
            await operator.press("tab")
            await operator.paste(private)
            form = operator.app.screen

            def fall(*_: object) -> None:
                held = form.pasted("key").reveal()
                raise RuntimeError(held)

            monkeypatch.setattr(form, "judge", fall)
            await operator.press("enter")
            await operator.pilot.pause()
    told = stage.capture.readouterr()
    stage.sweep.add("terminal", told.out + told.err)
    stage.take_files()
    assert "RuntimeError" in told.err
    assert stage.sweep.hits() == []


@pytest.mark.parametrize("stage", ["key file"], indirect=True)
async def test_the_search_of_widgets_would_find_a_key_that_stayed(stage):
    """The control: while the sheet is open the key is there, and found."""
    private = stage.key.export_private_key("openssh")
    async with watched(stage) as operator:
        await operator.press("escape", "K", "a", "enter", "tab")
        await operator.paste(private)
        operator.search_widgets("while the sheet is open")
        assert stage.sweep.hits() == [("private key", "kept while the sheet is open")]
