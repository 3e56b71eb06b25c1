"""One shell on one sshd three ways: plain ssh, ssh in tmux, the console; each in a real outer terminal."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import getpass
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

COLUMNS, LINES = 120, 40
PROMPT = "PR0MPT>"
DEADLINE = 120.0


class OuterTerminal:
    """A pseudo-terminal of ours around one program; a thread of its own reads what the program draws."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environ)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)
        self.drawn = 0
        self._shown = bytearray()
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            with self._news:
                self.drawn += len(data)
                self._shown += data
                if len(self._shown) > 1_000_000:
                    del self._shown[:-100_000]
                self._news.notify_all()

    def forget(self) -> None:
        """Look only at what is drawn from now on."""
        with self._news:
            self._shown.clear()

    def send(self, text: str) -> None:
        """Type."""
        data = text.encode()
        while data:
            data = data[os.write(self.fd, data) :]

    def wait(self, text: str, seconds: float = DEADLINE) -> float:
        """When it was drawn, by the monotonic clock."""
        end, wanted = time.monotonic() + seconds, text.encode()
        with self._news:
            while wanted not in self._shown:
                left = end - time.monotonic()
                if left <= 0:
                    tail = bytes(self._shown[-1500:])
                    raise SystemExit(f"{text!r} was not drawn within {seconds} s: {tail!r}")
                self._news.wait(left)
        return time.monotonic()

    def quiet(self, seconds: float = 0.3) -> None:
        """Wait until nothing is drawn for so long."""
        drawn = -1
        while drawn != self.drawn:
            drawn = self.drawn
            time.sleep(seconds)

    def close(self) -> None:
        """End the program."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        for _ in range(100):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            time.sleep(0.05)
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


class Sshd:
    """An OpenSSH server on loopback with a key of its own; `Sshd.obstacle` says why there can't be one."""

    @staticmethod
    def obstacle() -> str | None:
        """What is missing on this machine."""
        missing = [name for name in ("ssh", "tmux", "ssh-keygen") if shutil.which(name) is None]
        if shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None:
            missing.append("sshd")
        return f"not measured: {', '.join(missing)} missing" if missing else None

    def __init__(self, folder: Path) -> None:
        self.folder, self.user = folder, getpass.getuser()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for name in ("host", "login"):
            line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(line, check=True)
        (folder / "allowed").write_bytes((folder / "login.pub").read_bytes())
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/allowed\n"
            f"StrictModes no\nUsePAM no\nPermitRootLogin yes\nPidFile {folder}/pid\nPrintMotd no\nAcceptEnv LANG\n"
            f"PrintLastLog no\nSetEnv LANG=C.UTF-8\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise SystemExit("the benchmark's sshd did not start")

    @property
    def command(self) -> list[str]:
        """Plain ssh to it."""
        options = [
            *("-F", "none", "-i", str(self.folder / "login"), "-p", str(self.port)),
            *("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known"),
            *("-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"),
        ]
        return ["ssh", *options, f"{self.user}@127.0.0.1"]

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(10)


class Contender:
    """One way to have the shell; `processes` are those whose CPU it costs."""

    name = ""

    def __init__(self, terminal: OuterTerminal) -> None:
        self.terminal = terminal

    def prepare(self) -> None:
        """A prompt that nothing else draws, and no line editor."""
        line = f"exec env PS1='{PROMPT[:3]}''{PROMPT[3:]}' bash --norc --noediting"
        self.terminal.send(f"{line}\r")
        self.terminal.wait(PROMPT)
        self.terminal.quiet()

    def processes(self) -> list[int]:
        """The process, and what it started."""
        return tree(self.terminal.pid)

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return sum(map(cpu_of, self.processes()))

    def rss(self) -> int:
        """Bytes of memory of the process itself."""
        status = Path(f"/proc/{self.terminal.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def close(self) -> None:
        """End it."""
        self.terminal.close()


class Plain(Contender):
    """The limit."""

    name = "ssh"


class InTmux(Contender):
    """What people use."""

    name = "ssh in tmux"

    def __init__(self, terminal: OuterTerminal, socket_path: str) -> None:
        super().__init__(terminal)
        self._socket = socket_path

    def processes(self) -> list[int]:
        """Client, server, and ssh below it."""
        line = ["tmux", "-S", self._socket, "display-message", "-p", "#{pid}"]
        server = int(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
        return [*tree(self.terminal.pid), *tree(server)]

    def close(self) -> None:
        """The server too."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)
        super().close()


class Console(Contender):
    """Ours; `environ` names its store."""

    name = "console"

    def __init__(self, environ: dict[str, str], module: str = "daoflow_tui") -> None:
        super().__init__(OuterTerminal([sys.executable, "-m", module], environ))
        self.environ = environ

    def open_shell(self) -> None:
        """From the list of servers to a prompt."""
        self.terminal.wait("bench-1")
        time.sleep(2.0)  # its ages tick: it is never quite still
        _open_shell(self.terminal)
        time.sleep(1.0)


def tree(pid: int) -> list[int]:
    """A process and everything below it."""
    with contextlib.suppress(OSError):
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(one for child in below for one in tree(int(child)))]
    return []


def cpu_of(pid: int) -> float:
    """Seconds of CPU of one process, user and system."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


@contextlib.contextmanager
def contenders() -> Iterator[list[Contender]]:
    """All three, each at its prompt."""
    with tempfile.TemporaryDirectory(prefix="daoflow-bench-") as name, contextlib.ExitStack() as undo:
        folder = Path(name)
        sshd = Sshd(folder)
        undo.callback(sshd.close)
        environ = {
            "PATH": os.environ["PATH"], "HOME": name, "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "COLORTERM": "truecolor", "DAOFLOW_HOME": f"{name}/store",
        }  # fmt: skip
        found: list[Contender] = [Plain(OuterTerminal(sshd.command, environ))]
        undo.callback(found[0].close)
        path = f"{name}/tmux"
        tmux = OuterTerminal(
            ["tmux", "-u", "-S", path, "-f", "/dev/null", "new-session", *sshd.command], environ
        )
        found.append(InTmux(tmux, path))
        undo.callback(found[1].close)
        asyncio.run(_register(environ, sshd))
        console = Console(environ)
        undo.callback(console.close)
        found.append(console)
        console.open_shell()
        for one in found:
            one.prepare()
        yield found


def _open_shell(terminal: OuterTerminal) -> None:
    """On a busy machine the store may not be open yet when the list is shown: then the key says so."""
    for key in "t\r\r\r\r":
        terminal.send(key)
        with contextlib.suppress(SystemExit):
            terminal.wait("THE SHELL HAS THE KEYBOARD", 5)
            return
    terminal.wait("THE SHELL HAS THE KEYBOARD", 5)


async def _register(environ: dict[str, str], sshd: Sshd) -> None:
    from daoflow_core.console import Opening, open_console
    from daoflow_core.model.registration import KeyMaterial, ServerDraft
    from daoflow_core.model.server import Endpoint, Environment, ServerKind
    from daoflow_core.secret import Secret

    public = subprocess.run(
        ["ssh-keygen", "-lf", f"{sshd.folder}/host.pub"], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    async with await open_console(Opening(environ)) as console:
        await console.servers.add(
            ServerDraft(
                "bench-1",
                Endpoint("127.0.0.1", sshd.port, sshd.user),
                "default",
                ServerKind.ENGINE,
                Environment.NONE,
                KeyMaterial(Secret((sshd.folder / "login").read_bytes())),
                approve_fingerprint=public,
            )
        )
        await console.grants.terminal("bench-1", 3600, "the benchmark")
