"""Taking a private key and its passphrase from files or standard input, never from the command line itself."""

from __future__ import annotations

import sys

from daoflow_core.errors import InvalidInput
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.secret import Secret

STDIN = "-"
LONGEST = 64 * 1024
"""Bytes; the largest key anybody has is far smaller."""


def key_material(path: str | None, file: str | None, passphrase_file: str | None) -> KeyMaterial | None:
    """The raw key given by `--ssh-key` or `--ssh-private-key-file`, with its passphrase; None when neither was."""
    chosen = path if path is not None else file
    if chosen is None:
        if passphrase_file is not None:
            raise _refused("--passphrase-file needs a key.", "", "Give the key with --ssh-key PATH as well.")
        return None
    return _material(chosen, passphrase_file, from_stdin=chosen == STDIN and path is None)


def _material(chosen: str, passphrase_file: str | None, *, from_stdin: bool) -> KeyMaterial:
    if from_stdin and passphrase_file == STDIN:
        why = "The key and its passphrase can't both come from standard input."
        raise _refused("Standard input was named twice.", why, "Name a file for one of them.")
    phrase = None if passphrase_file is None else read_passphrase(passphrase_file)
    data = _standard_input("SSH key") if from_stdin else _file(chosen, "SSH key file", "ssh-key")
    return KeyMaterial(Secret(data), phrase, "standard input" if from_stdin else "file")


def key_from(file: str, passphrase_file: str | None) -> KeyMaterial:
    """The raw key given by `--private-key-file`, with its passphrase."""
    return _material(file, passphrase_file, from_stdin=file == STDIN)


def refuse_two_keys(*given: str | None) -> None:
    """Refuse more than one way of naming the key."""
    if sum(one is not None for one in given) > 1:
        raise InvalidInput(
            "More than one SSH key was given.",
            why="--ssh-key, --ssh-private-key-file, --ssh-key-id and --agent-fingerprint name the same thing.",
            next_step="Give one of them.",
            field="ssh-key",
        )


def read_passphrase(path: str) -> Secret:
    """The first line of a file or of standard input (`-`), without its line end. Raises InvalidInput."""
    data = _standard_input("passphrase") if path == STDIN else _file(path, "passphrase file", "passphrase")
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    if not line:
        raise _refused("The passphrase is empty.", "", "Put it on the first line of the file.")
    return Secret(line)


def read_bounded(path: str, what: str, most: int, *, field: str) -> bytes:
    """The bytes of a file or of standard input, at most `most` of them. Raises InvalidInput."""
    from daoflow_core.plain_files import read_plain_file

    if path == STDIN:
        return _bounded(sys.stdin.buffer.read(most + 1), what, most)
    return _bounded(read_plain_file(path, most, what=what, field=field), what, most)


def _standard_input(what: str) -> bytes:
    return _bounded(sys.stdin.buffer.read(LONGEST + 1), what)


def _file(path: str, what: str, field: str) -> bytes:
    from daoflow_core.plain_files import read_plain_file

    return _bounded(read_plain_file(path, LONGEST, what=what, field=field), what)


def _bounded(data: bytes, what: str, most: int = LONGEST) -> bytes:
    if len(data) > most:
        raise _refused(f"The {what} is too large.", f"It has more than {most} bytes.", "Give another one.")
    return data


def _refused(message: str, why: str, next_step: str) -> InvalidInput:
    return InvalidInput(message, why=why, next_step=next_step, field="ssh-key")
