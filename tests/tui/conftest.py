from __future__ import annotations

import pytest

from tui.painting import HOSTILE


@pytest.fixture(params=HOSTILE, ids=lambda words: repr(words)[:24])
def hostile(request) -> str:
    return request.param
