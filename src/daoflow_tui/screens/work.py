"""Starting what a screen waits for; a newer piece of work in the same group replaces the older one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import WorkType


def begin_work(node: DOMNode, job: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
    """Run a job of a node; it is passed uncalled, so that one replaced before its start leaves nothing behind."""
    work: WorkType[None] = job
    node.run_worker(work, group=group, exclusive=True)
