"""A host for scripts of steps: every POSIX shell at hand, with a bin folder that is the whole PATH."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from daoflow_core.model.steps import StepReply
from daoflow_core.parse.steps import STDERR, STDOUT, Collector, FrameReader
from daoflow_core.remote import steps_script

SHELLS = {
    "dash": ["dash"],
    "bash": ["bash"],
    "bash --posix": ["bash", "--posix"],
    "busybox ash": ["busybox", "ash"],
    "mksh": ["mksh"],
}
TOOLS = ("sleep", "id", "df", "nproc", "cat", "true", "env", "sh", "head", "yes", "printf", "timeout", "kill")
NONCE = "n0nce"


@dataclass
class StepHost:
    """A host that scripts of steps run on."""

    shell: list[str]
    folder: Path

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    def program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)

    def without(self, *names: str) -> None:
        for name in names:
            (self.programs / name).unlink(missing_ok=True)

    def run(self, *parts: str, then: str = "", limit: int = 2, stdin: bytes = b"", **env: str) -> StepReply:
        """All steps of one script, as the operations read them."""
        script = steps_script(NONCE, *parts, then=then, limit=limit)
        home = {"PATH": str(self.programs), "HOME": str(self.folder)}
        done = subprocess.run(
            [*self.shell, "-c", script], input=stdin, env={**home, **env}, capture_output=True, timeout=30
        )
        collector = Collector()
        for name, data in ((STDOUT, done.stdout), (STDERR, done.stderr)):
            reader = FrameReader(NONCE)
            collector.take(name, reader.feed(data))
            collector.take(name, reader.close())
        return StepReply(collector.steps(), collector.whole)


@pytest.fixture(params=SHELLS)
def step_host(request: pytest.FixtureRequest, tmp_path: Path) -> StepHost:
    name, *options = SHELLS[request.param]
    where = shutil.which(name)
    if where is None:
        pytest.skip(f"no {name} here")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        if real := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(real)
    return StepHost([where, *options], tmp_path)
