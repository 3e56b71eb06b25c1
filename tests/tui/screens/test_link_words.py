"""Where a link of a shell leads, as the frame says it: the host first, never more than there is room for."""

import pytest
from rich.cells import cell_len

from daoflow_tui.screens.panes.terminal_words import link_words


@pytest.mark.parametrize("width", [78, 118])
def test_a_long_address_keeps_its_host_and_its_end_and_fits(width) -> None:
    words = link_words("https://evil.example/" + "a" * 300 + "/end.html", width)
    assert words.startswith("link: https://evil.example/aaa") and words.endswith("/end.html")
    assert "…" in words and cell_len(words) <= width


@pytest.mark.parametrize(
    "address", ["file:///etc/shadow", "javascript:alert(1)", "https://a/\u202egpj.exe", "http://é/"]
)
def test_an_address_that_is_not_handed_on_says_so_and_hides_nothing(address) -> None:
    words = link_words(address, 78)
    assert words.startswith("link, not handed on: ")
    assert words.isprintable()


def test_a_short_address_is_whole() -> None:
    assert link_words("https://a.example/x?y=1", 78) == "link: https://a.example/x?y=1"
