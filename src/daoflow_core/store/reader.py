"""Reads for the hot path: the standard library's sqlite3 alone, plain rows, the same SQL as the full path."""

from __future__ import annotations

import sqlite3

from daoflow_core.store import connection, faults, sql

TYPE_CHECKING = (
    False  # `typing` costs milliseconds that a hot read does not have; type checkers know this name
)
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any


class Reader:
    """One read-only look into the store; every row of one `Reader` is of one moment."""

    def __init__(self, path: str) -> None:
        """Open the database. Raises NotFound, StoreUnusable or UnsafePermissions."""
        self._path = path
        self._connection = connection.open_to_read(path)
        self._version = data_version(self._connection)
        self._rows("begin")  # the first read fixes the moment

    def fleet(self) -> list[dict[str, Any]]:
        """One row a live server with readiness and identity: the columns of `sql.FLEET`."""
        return self._rows(sql.FLEET)

    def certificates(self) -> list[dict[str, Any]]:
        """Every certificate, by name; its facts as JSON."""
        return self._rows(sql.CERTIFICATES)

    def summary(self) -> dict[str, Any]:
        """How many servers stand how: total, ready, attention, blocked, unknown, average_latency_ms."""
        return self._rows(sql.FLEET_SUMMARY)[0]

    def servers(self) -> list[dict[str, Any]]:
        """Every live server, by name."""
        return self._rows(sql.SERVERS_LIVE)

    def server(self, reference: str) -> dict[str, Any] | None:
        """The live server with this id, else the one with exactly this name."""
        found = self._rows(sql.SERVER_LIVE_BY_ID, (reference,))
        found = found or self._rows(sql.SERVER_LIVE_BY_NAME, (reference,))
        return found[0] if found else None

    def operations(
        self,
        server_id: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[dict[str, Any]]:
        """Operations, newest first; `before` is the id that the page before ended with."""
        return self._rows(*sql.operations(server_id, kind, status, before, limit))

    def operation(self, operation_id: str) -> dict[str, Any] | None:
        """The operation with this id."""
        found = self._rows(sql.OPERATION_BY_ID, (operation_id,))
        return found[0] if found else None

    def lines(self, operation_id: str, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """A page of a log: the lines after a sequence, oldest first."""
        return self._rows(sql.LOG_LINES, (operation_id, after, limit))

    def tail(self, operation_id: str, limit: int = 200) -> list[dict[str, Any]]:
        """The last lines of a log, oldest first."""
        return self._rows(sql.LOG_TAIL, (operation_id, limit))[::-1]

    def audit(self, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Audit entries, newest first; `before` is the sequence that the page before ended with."""
        return self._rows(*sql.audit_entries(before, limit))

    def refresh(self) -> bool:
        """Move on to this moment; True when anything was committed since the last one."""
        self._rows("rollback")
        before = self._version
        self._version = data_version(self._connection)
        self._rows("begin")
        return before != self._version

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        try:
            return self._connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise faults.from_sqlite(error, self._path) from error


def data_version(opened: sqlite3.Connection) -> int:
    """A number that changes when any other connection has committed something."""
    return int(opened.execute("pragma data_version").fetchone()["data_version"])
