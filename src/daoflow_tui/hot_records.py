"""Store-only answers about what was recorded: `server ops history`, `server ops logs` and `audit list` with `--json`.

Only plain option pairs are understood here; whatever else is on the line is left to the full path.
"""

from __future__ import annotations

from daoflow_core import record_documents as documents

TYPE_CHECKING = False  # `typing` costs milliseconds; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from daoflow_core.store.reader import Reader

OPTIONS = {
    "history": ({"--server"}, {"--limit", "--before"}),
    "logs": ({"--operation"}, {"--limit", "--after"}),
    "audit": (set[str](), {"--limit", "--before"}),
}
"""What each command must and may be given here."""
NUMBERS = {"--limit": (1, 500), "--after": (0, 10**15)}
AUDIT_BEFORE = (1, 10**15)
LIMITS = {"history": 20, "logs": 200, "audit": 50}


def options(what: str, words: Sequence[str]) -> dict[str, str] | None:
    """The option pairs of a line; None when it holds anything else, a pair twice, or lacks what it needs."""
    needed, further = OPTIONS[what]
    found = dict(zip(words[::2], words[1::2], strict=False))
    whole = len(words) == 2 * len(found) and needed <= set(found) <= needed | further
    plain = all(value and value.isascii() and not value.startswith("-") for value in found.values())
    return found if whole and plain and _numbers_fit(what, found) else None


def _numbers_fit(what: str, found: dict[str, str]) -> bool:
    ranges = {**NUMBERS, **({"--before": AUDIT_BEFORE} if what == "audit" else {})}
    return all(
        found[name].isdecimal() and least <= int(found[name]) <= most
        for name, (least, most) in ranges.items()
        if name in found
    )


def look(reader: Reader, what: str, given: dict[str, str]) -> dict[str, Any] | None:
    """The answer's data; None for what the full path must see to: an unknown name, an operation that runs."""
    limit = int(given.get("--limit", LIMITS[what]))
    if what == "audit":
        before = int(given["--before"]) if "--before" in given else None
        return {"entries": [documents.audit_entry(row) for row in reader.audit(before, limit)]}
    if what == "logs":
        return _logs(reader, given, limit)
    return _history(reader, given, limit)


def _history(reader: Reader, given: dict[str, str], limit: int) -> dict[str, Any] | None:
    server = reader.server(given["--server"].strip())
    if server is None:
        return None
    rows = reader.operations(server["id"], before=given.get("--before"), limit=limit)
    if any(row["status"] == "running" for row in rows):
        return None  # its process may have died, and then the full path ends it first
    return {
        "server": {"id": server["id"], "name": server["name"], "removedAt": server["removed_at"]},
        "operations": [documents.operation(row) for row in rows],
    }


def _logs(reader: Reader, given: dict[str, str], limit: int) -> dict[str, Any] | None:
    found = reader.operation(given["--operation"].strip())
    if found is None or found["status"] == "running":
        return None
    if "--after" in given:
        rows = reader.lines(found["id"], int(given["--after"]), limit)
    else:
        rows = reader.tail(found["id"], limit)
    return {"operation": documents.operation(found), "logs": [documents.log_line(row) for row in rows]}
