"""What the store and recorder tests share: a fixed vault key, servers, a whole recorder on a folder."""

from __future__ import annotations

import hmac
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from daoflow_core.clock import SystemClock
from daoflow_core.errors import VaultLocked
from daoflow_core.events import Events
from daoflow_core.model.operation import OperationKind
from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.services.recorder import Recorder
from daoflow_core.store.engine import SqliteDatabase, open_database
from daoflow_core.store.instance import Instance

NOW = "2026-03-20T22:29:30.000Z"


class KeyedVault:
    """The one thing the trail asks of a vault: a keyed fingerprint, or a refusal while it is locked."""

    def __init__(self, key=b"root"):
        self.key = key
        self.locked = False

    def mac(self, purpose, data):
        if self.locked:
            raise VaultLocked("the vault is locked")
        return hmac.digest(self.key + purpose.encode(), data, "sha256")

    def seal(self, place, secret):
        raise AssertionError("not used here")

    def open(self, place, blob):
        raise AssertionError("not used here")


def a_server(name="edge-1", **changes):
    """A server as registration would make it."""
    values = {
        "id": f"srv_{name}",
        "name": name,
        "endpoint": Endpoint(f"{name}.example", 22, "deploy"),
        "region": "fra",
        "kind": ServerKind.ENGINE,
        "environment": Environment.PROD,
        "ssh_key_id": None,
        "read_only": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Server(**{**values, **changes})


@dataclass
class Desk:
    """A recorder and everything around it, on one folder."""

    folder: Path
    database: SqliteDatabase
    instance: Instance
    events: Events
    vault: KeyedVault
    recorder: Recorder

    @property
    def path(self):
        return self.folder / "daoflow.db"

    @property
    def anchors(self):
        return self.folder / "anchors.jsonl"

    async def begin(self, server=None, kind=OperationKind.READINESS_CHECK, **changes):
        words = {
            "dry_run": False,
            "scope": "server:read",
            "actor": "mia",
            "summary": "Readiness check of edge-1",
            "action": "server.check",
        }
        return await self.recorder.begin(server or a_server(), kind, **{**words, **changes})

    async def change(self, work, action="server.register", target="server/srv_edge-1", **changes):
        words = {"actor": "mia", "scope": "server:write", "detail": {}, "server_id": "srv_edge-1"}
        words |= {"action": action, "target": target, **changes}
        return await self.recorder.record_change(work=work, **words)


@asynccontextmanager
async def a_desk(folder, clock=None, **places):
    """Open a recorder on a folder; closed at the end, whatever happens."""
    vault, events = KeyedVault(), Events()
    async with await open_database(folder / "daoflow.db") as database:
        instance = Instance(folder / "run")
        anchors = places.get("anchors", folder / "anchors.jsonl")
        recorder = Recorder(database, vault, events, clock or SystemClock(), instance.id, anchors)
        try:
            yield Desk(folder, database, instance, events, vault, recorder)
        finally:
            await recorder.close()
            instance.close()


def tamper(path, *statements, parameters=()):
    """Change the file as someone would who has it: no guards, no foreign keys."""
    with closing(sqlite3.connect(path, isolation_level=None)) as opened:
        for (name,) in opened.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            opened.execute(f"drop trigger {name}")
        for statement in statements:
            opened.execute(statement, parameters)


def plain(path):
    """A bare connection to look into the file with."""
    return closing(sqlite3.connect(path, isolation_level=None))
