"""`make bench [ARGS=name…]`: run the benchmarks and end with 1 when a figure misses its limit."""

from __future__ import annotations

import importlib
import sys

ALL = (
    *("startup", "first_paint", "big_list", "storm", "live_log", "round_trips", "history"),
    *("terminal_feed", "terminal"),
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    met = [importlib.import_module(f"bench.{name}").run() for name in names or ALL]
    print("\nevery limit met" if all(met) else "\na limit was missed")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
