"""Rules that hold for all of the source, and for every field at once."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from daoflow_core.errors import InvalidInput
from daoflow_core.parse import fields

SOURCE = Path(__file__).parents[2] / "src"
TEXTS = ["a", "web-1", "203.0.113.7", "deploy", "22", "SHA256:" + "A" * 43, "docker-engine", "prod"]
FIELDS = [
    fields.server_name,
    fields.key_name,
    fields.host,
    fields.port,
    fields.ssh_user,
    fields.region,
    fields.kind,
    fields.environment,
    fields.fingerprint,
]


def lines_with(pattern: str) -> list[str]:
    """Every line of the source that a pattern is in."""
    return [
        f"{file.relative_to(SOURCE)}: {line.strip()}"
        for file in SOURCE.rglob("*.py")
        for line in file.read_text().splitlines()
        if re.search(pattern, line)
    ]


def test_no_pattern_ends_with_a_dollar():
    """It also matches before a last line end; where a pattern must reach the end, `fullmatch` says so."""
    assert lines_with(r"""re\.\w+\(.*(?<!\\)\$["']""") == []
    assert lines_with(r"\bre\.match\(") == []
    assert lines_with(r"fullmatch\("), "the source is really searched"


def test_every_writing_transaction_says_so_when_it_begins():
    """A deferred one fails at its first write, at once, however long the waiting time is."""
    begins = lines_with(r"""execute\(\s*["']begin|_rows\(["']begin""")
    plain = [line for line in begins if "begin immediate" not in line]
    readers = {"daoflow_core/store/reader.py", "daoflow_core/store/backup.py"}
    assert {line.partition(":")[0] for line in plain} <= readers, "they can't write"
    assert len(begins) > len(plain)


def test_no_shell_line_is_built_for_ssh_but_the_constant_one():
    """Quoting is not the same in every login shell, so nothing but `exec sh -s` is ever sent as a command."""
    assert [
        line.partition(":")[0] for line in lines_with(r"\.create_process\(|\.run\(COMMAND|\.create_session\(")
    ] == ["daoflow_core/ssh/channel.py"]
    assert lines_with(r'^COMMAND = "exec sh -s"$')


@pytest.mark.parametrize("field", FIELDS, ids=lambda one: one.__name__)
def test_no_field_gives_back_a_line_end_or_takes_one_within(field):
    for text in TEXTS:
        for hostile in (
            f"{text}\n",
            f"{text}\r\n",
            f"{text}\0",
            f"{text}\n{text}",
            f"{text}\x1b",
            f"-{text}",
        ):
            try:
                value = str(field(hostile))
            except InvalidInput:
                continue
            assert value.isprintable() and not value.startswith("-"), hostile


@pytest.mark.parametrize("field", FIELDS, ids=lambda one: one.__name__)
def test_no_field_takes_long_over_any_text(field):
    """Backtracking over nested repeats would take minutes; linear patterns take no time."""
    started = time.perf_counter()
    for piece in ("a", "a-", "a.", "-", "_.-", "0", "1.", "SHA256:", "\u00e9", " "):
        for text in (piece * 20_000, piece * 40, piece * 40 + "!"):
            try:
                field(text)
            except InvalidInput as error:
                assert len(error.message) < 500
    assert time.perf_counter() - started < 2
