"""Private keys out of files."""

from __future__ import annotations

from daoflow_core.plain_files import read_plain_file
from daoflow_core.ssh.key_armour import MAX_BYTES
from daoflow_core.ssh.key_refusals import refusal


def load_key_file(path: str) -> bytes:
    """The bytes of a key file, `~` expanded. Raises InvalidInput, or KeyRejected when it is over 64 KiB."""
    data = read_plain_file(path, MAX_BYTES, what="key file", field="private_key_file")
    if len(data) > MAX_BYTES:
        raise refusal("too-big")
    return data
