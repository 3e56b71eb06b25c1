"""Work that must not be torn apart: it ends before its caller is let go, however often that is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def settled(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which runs to its end; a cancellation of the caller is passed on after that."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # seen: the caller leaves by its cancellation
        raise cancelled
    return task.result()


async def let_finish(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, whatever cancels the caller meanwhile: what was begun outside is known to its end."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()
