import subprocess
from pathlib import Path

import pytest

from daoflow_core.store.engine import open_database


@pytest.fixture
async def database(tmp_path):
    async with await open_database(tmp_path / "daoflow.db") as opened:
        yield opened


class Mounted(type(Path())):
    """A small file system of its own."""

    def remount(self, mode):
        subprocess.run(["mount", "-o", f"remount,{mode}", self], check=True)


@pytest.fixture
def mounted(tmp_path, request):
    """A tmpfs of `request.param` (default 4 MiB) that is unmounted at the end; skips where mounting is not allowed."""
    place = Mounted(tmp_path / "mounted")
    place.mkdir(mode=0o700)
    options = f"size={getattr(request, 'param', '4m')},mode=0700"
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"a tmpfs can't be mounted here: {tried.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)
