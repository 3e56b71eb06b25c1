"""The console with a watch on its event loops: what every callback costs in CPU, written down when it ends."""

from __future__ import annotations

import asyncio.events
import atexit
import json
import os
import sys
import time
from pathlib import Path

RESULT = "DAOFLOW_BENCH_CALLBACKS"
"""Names the file that gets the milliseconds of the slowest callbacks, slowest first, each with what was called."""
KEPT = 40


def watch(path: Path) -> None:
    """Measure every callback of every loop in this process from now on."""
    slowest: list[tuple[float, str]] = []
    run = asyncio.events.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        called = getattr(handle, "_callback", None)
        began = time.thread_time()
        run(handle)
        took = (time.thread_time() - began) * 1000
        if took > 1.0 and path.with_suffix(".go").exists():
            slowest.append((took, repr(called)[:300]))
            if len(slowest) > 10 * KEPT:
                slowest.sort(reverse=True)
                del slowest[KEPT:]

    asyncio.events.Handle._run = timed  # type: ignore[method-assign]
    atexit.register(lambda: path.write_text(json.dumps(sorted(slowest, reverse=True)[:KEPT])))


if __name__ == "__main__":
    watch(Path(os.environ[RESULT]))
    from daoflow_tui.__main__ import main

    sys.argv[0] = "daoflow-tui"
    main()
