"""What a demo host's Docker keeps: running services, and what piles up beside them, one file a thing."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daoflow_core.demo.hosts import Plan

DAY = 86400
_SERVICES = ("web", "api", "worker", "proxy", "queue", "metrics", "scheduler", "cache", "mailer")
_STOPPED = ("web-old", "migrate", "backup", "import-job", "debug")
_VOLUMES = ("pgdata", "queue-data", "metrics-data", "uploads", "old-pgdata", "test-data")
_STEPS = (
    "npm ci --omit=dev",
    "pip install --no-cache-dir -r requirements.txt",
    "apt-get install -y curl",
    "go build ./...",
)
_HELD_VOLUMES = 4


class Kept:
    """Writes the files that `docker-kept` shows; the same plan makes the same things, as old as they ought to be."""

    def __init__(self, folder: Path, plan: Plan, now: datetime | None = None) -> None:
        self._folder = folder
        self._chance = random.Random(plan.name)  # noqa: S311 - not for secrets
        self._now = now or datetime.now(UTC)
        self._used = plan.disk_gib * plan.disk_percent / 100 * 1024**3
        self._fullness = plan.disk_percent / 200

    def write(self) -> None:
        """All of it."""
        for kind in ("container", "image", "volume", "cache"):
            (self._folder / kind).mkdir(parents=True)
        images = [
            self._image(f"registry.example/{name}:1.{number}", 5) for number, name in enumerate(_SERVICES)
        ]
        for number in range(5):
            self._image(f"registry.example/{_SERVICES[number]}:0.{number}", 60, used=False)
        untagged = [self._image(None, 30, used=False) for _ in range(9)]
        volumes = [
            self._volume(name, 200, held=number < _HELD_VOLUMES) for number, name in enumerate(_VOLUMES)
        ]
        self._volume(self._hex(), 12, held=False)
        for number, name in enumerate(_SERVICES):
            held = volumes[number] if number < _HELD_VOLUMES else ""
            self._container(name, images[number], "running", 0, held)
        for name in _STOPPED:
            self._container(
                f"{name}-{self._chance.randint(1, 9)}",
                self._chance.choice(images),
                "exited",
                self._chance.choice((0, 0, 1, 137)),
            )
        self._container("web-canary", untagged[0], "created", 0)
        self._cache_entries()

    def _cache_entries(self) -> None:
        parent = ""
        for number in range(24):
            last = self._cache(self._chance.choice(_STEPS), parent, shared=number < 4)
            parent = "" if number % 4 == 3 else last

    def _container(self, name: str, image: str, state: str, status: int, volume: str = "") -> None:
        age = self._chance.randint(1, 40) * DAY
        size = int(self._used * 0.0003 * self._chance.random()) if state != "created" else 0
        identity = self._hex()
        words = {
            "running": f"Up {age // DAY} days",
            "exited": f"Exited ({status}) {age // DAY} days ago",
            "created": "Created",
        }[state]
        row = {
            "CreatedAt": self._ago(age), "ID": identity, "Image": image[:19], "Labels": "",
            "LocalVolumes": str(int(bool(volume))), "Mounts": volume, "Names": name, "Networks": "bridge",
            "Size": _size(size), "State": state, "Status": words,
        }  # fmt: skip
        never = "0001-01-01T00:00:00Z"
        started = never if state == "created" else self._iso(age)
        finished = self._iso(age - 600) if state == "exited" else never
        said = f"{identity} {image} {state} {started} {finished}"
        self._file("container", identity, row, said, size, used=state == "running")

    def _image(self, name: str | None, most_days: int, *, used: bool = True) -> str:
        age = self._chance.randint(1, most_days) * DAY
        size = int(self._used * self._fullness / 20 * (0.4 + self._chance.random()))
        identity = self._hex()
        repository, _, tag = (name or "<none>:<none>").rpartition(":")
        row = {
            "Containers": str(int(used)), "CreatedAt": self._ago(age), "ID": f"sha256:{identity}",
            "Repository": repository,
            "SharedSize": "0B", "Size": _size(size), "Tag": tag, "UniqueSize": _size(size),
        }  # fmt: skip
        said = f"sha256:{identity} {int(name is not None)} 0 {self._iso(age)} "
        history = (f'{self._iso(age)} {size} "COPY . /app # buildkit"',)
        self._file("image", identity, row, said, size, history, used=used)
        return f"sha256:{identity}"

    def _volume(self, name: str, most_days: int, *, held: bool) -> str:
        created = self._iso(self._chance.randint(8, most_days) * DAY)
        size = int(self._used * 0.2 / 7 * (0.3 + self._chance.random()))
        row = {
            "Driver": "local", "Labels": "", "Links": str(int(held)), "Name": name,
            "Mountpoint": f"/var/lib/docker/volumes/{name}/_data", "Scope": "local", "Size": _size(size),
        }  # fmt: skip
        self._file("volume", name, row, f"{name} {created}", size, used=held)
        return name

    def _cache(self, step: str, parent: str, *, shared: bool) -> str:
        age = self._chance.randint(1, 60) * DAY
        size = int(self._used * self._fullness / 100 * self._chance.random())
        identity = "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=25))
        row = {
            "CacheType": "regular", "CreatedAt": self._ago(age), "Description": f"mount / from exec /bin/sh -c {step}",
            "ID": identity, "InUse": "false", "LastUsedAt": self._ago(age), "Parent": "" if shared else parent,
            "Shared": str(shared).lower(), "Size": _size(size), "UsageCount": "1",
        }  # fmt: skip
        said = f"{identity} false {str(shared).lower()} {self._ago(age)}"
        self._file("cache", identity, row, said, size, used=False)
        return "" if shared else identity

    def _file(
        self,
        kind: str,
        name: str,
        row: Mapping[str, str],
        said: str,
        size: int,
        more: Sequence[str] = (),
        *,
        used: bool,
    ) -> None:
        lines = [
            json.dumps(row, separators=(",", ":")),
            said,
            str(size),
            f"kept {size} {'used' if used else 'spare'}",
            *more,
        ]
        (self._folder / kind / name).write_text("\n".join(lines) + "\n")

    def _hex(self) -> str:
        return f"{self._chance.getrandbits(256):064x}"

    def _ago(self, seconds: int) -> str:
        return (self._now - timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")

    def _iso(self, seconds: int) -> str:
        return (self._now - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _size(size: float) -> str:
    """Bytes as Docker says them: decimal units, four digits."""
    units = ["GB", "MB", "kB", "B"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop()
    return f"{size:.4g}{units[-1]}"
