"""A real terminal for end-to-end tests: tmux on a socket of its own, keys in, screen out."""

from __future__ import annotations

import shlex
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path


class Terminal:
    """One tmux session that runs one command; `close` ends it and everything in it."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self._socket = folder / "tmux.sock"
        self._size = (columns, lines)

    def start(self, command: list[str], environ: Mapping[str, str]) -> None:
        """Run the command; it sees a 256-colour terminal and only the environment given."""
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in environ.items())
        line = (
            f"exec env -i TERM=tmux-256color COLORTERM=truecolor LANG=C.UTF-8 {given} {shlex.join(command)}"
        )
        columns, lines = self._size
        self._tmux("new-session", "-d", "-s", "t", "-x", str(columns), "-y", str(lines), line)
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-g", "escape-time", "0")

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names (`Enter`, `Escape`, `C-c`, `a`)."""
        self._tmux("send-keys", "-t", "t", *names)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._tmux("send-keys", "-t", "t", "-l", text)

    def screen(self) -> str:
        """What the terminal shows now."""
        return self._tmux("capture-pane", "-t", "t", "-p")

    def wait_for(self, *texts: str, seconds: float = 20.0) -> str:
        """The screen once it shows every text; fails with the last screen at the deadline."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if all(text in screen for text in texts):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"not on screen within {seconds} s: {texts}\n{screen}")
            self._pause()

    def wait_for_end(self, seconds: float = 20.0) -> str:
        """The last screen of the command once it has ended."""
        deadline = time.monotonic() + seconds
        while self._tmux("display-message", "-t", "t", "-p", "#{pane_dead}").strip() != "1":
            if time.monotonic() > deadline:
                raise AssertionError(f"the command has not ended within {seconds} s\n{self.screen()}")
            self._pause()
        return self.screen()

    def close(self) -> None:
        """End the session."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", "-u", *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    @staticmethod
    def _pause() -> None:
        """Leave the machine to the program between two looks at its screen."""
        threading.Event().wait(0.05)
