"""Docker's sizes in bytes, exactly as it prints them; anything else is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.parse.sizes import size_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0B", 0),
        ("130B", 130),
        ("0B (0%)", 0),
        ("3.146MB", 3_146_000),
        ("21.4GB", 21_400_000_000),
        ("9.8GB (45%)", 9_800_000_000),
        ("14.7 MB", 14_700_000),
        ("1.5kB", 1500),
        ("1.5KB", 1500),
        ("1.234TB", 1_234_000_000_000),
        ("2PB", 2 * 10**15),
        ("1.5MiB", 1_572_864),
        ("1e+03kB", 1_000_000),
        ("", None),
        ("-1B", None),
        ("N/A", None),
        ("12", None),
        ("1.2.3GB", None),
        ("9999999999GB", None),
        ("١٢GB", None),
        ("1GB\n", 1_000_000_000),
    ],
)
def test_a_size_is_read_to_the_byte(text, size):
    assert size_bytes(text) == size


@given(st.text(max_size=30))
def test_any_text_is_a_size_or_not_known(text):
    found = size_bytes(text)
    assert found is None or found >= 0
