"""The words of a check: a stable code, a sentence on what is wrong, and the next step in exact commands."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from daoflow_core.model.readiness import Issue
from daoflow_core.model.server import Server


@dataclass(frozen=True, slots=True)
class Words:
    """An issue's texts with places, in braces, for the facts of one server."""

    code: str
    message: str
    next_step: str


def said(words: Words, server: Server, **facts: str) -> Issue:
    """The issue about one server. Places: name, quoted, user, host, port, address, change, and `facts`."""
    end = server.endpoint
    places = {
        "name": server.name,
        "quoted": shlex.quote(server.name),
        "user": end.user,
        "host": end.host,
        "port": str(end.port),
        "address": end.address,
        "change": f"daoflow-tui server update --server {shlex.quote(server.name)} --yes",
        **facts,
    }
    return Issue(
        words.code.format_map(places), words.message.format_map(places), words.next_step.format_map(places)
    )
