"""The last net before anything is kept: no control characters, nothing that looks like a secret."""

from __future__ import annotations

from collections.abc import Mapping

from daoflow_core.redaction import redact
from daoflow_core.text import clean, clean_lines


def scrub_line(text: str) -> str:
    """One line as it may be kept."""
    return redact(clean(text))


def scrub(value: object) -> object:
    """A value of JSON's kinds with every text in it as it may be kept; line ends stay."""
    if isinstance(value, str):
        return redact(clean_lines(value))
    if isinstance(value, Mapping):
        return {scrub_line(str(key)): scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return value


def scrub_mapping(value: Mapping[str, object]) -> dict[str, object]:
    """`scrub` for an object."""
    return {scrub_line(key): scrub(item) for key, item in value.items()}
