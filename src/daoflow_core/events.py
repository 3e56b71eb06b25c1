"""What has happened, told to whoever watches, and only after it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is now true in the store.

    `kind`: `operation.started`, `operation.logged`, `operation.finished`, `readiness.checked`,
    `readiness.changed`, `audit.denied`, or the audit action of a change (`server.register`).
    """

    kind: str
    server_id: str | None = None
    operation_id: str | None = None


class Events:
    """Passes events on within the loop of the core; a subscriber that fails can't hurt whoever published."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[Event], None]] = []

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Have every later event passed to a callback that must not block; returns what ends it."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Pass an event on at the loop's next turn, in order; a callback's error is the loop handler's."""
        loop = asyncio.get_running_loop()
        for callback in self._subscribers:
            loop.call_soon(callback, event)
