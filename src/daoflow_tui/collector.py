"""The garbage collector, kept from making the screen wait: off until the first paint, patient afterwards."""

from __future__ import annotations

import gc

PATIENCE = 20_000
"""New objects before the collector looks: its default of 700 makes it run all through a burst of logins."""


def rest() -> None:
    """Switch it off while the program loads: almost nothing made then is ever thrown away."""
    gc.disable()


def resume() -> None:
    """Switch it on again, with everything loaded so far left out of its rounds."""
    gc.freeze()
    gc.set_threshold(PATIENCE, 20, 50)
    gc.enable()
