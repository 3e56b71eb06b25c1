"""Every key of a real xterm and a real kitty through a real pseudo-terminal and the whole console into a real shell."""

import json
from pathlib import Path

import pytest

from .outer import Outer, read_by_program

KEYS = Path(__file__).parents[1] / "recorded/keys"
XTERM, KITTY = (
    {
        section: {key: bytes.fromhex(raw) for key, raw in presses.items()}
        for section, presses in json.loads((KEYS / f"{name}.json").read_text()).items()
        if isinstance(presses, dict)
    }
    for name in ("xterm-379", "kitty-0.26.5")
)
NORMAL, CURSOR = XTERM["normal"], XTERM["application-cursor"]
OURS = {"ctrl+bracketright", "ctrl+5", "F12"}
"""What gives the keyboard back: ctrl+] (an old terminal sends the same for ctrl+5) and f12."""
KITTYS_OWN = {"grave", "braceleft", "bar", "braceright"}
"""Of these a kitty makes no control characters."""
OUT = b"\x1d"
pytestmark = pytest.mark.e2e


def test_a_program_in_the_shell_reads_every_key_as_a_real_xterm_sends_it(
    outer: Outer, tmp_path: Path
) -> None:
    keys = [raw for raw in NORMAL.values() if raw not in (OUT, NORMAL["F12"])]
    assert len(keys) > 590
    assert read_by_program(outer, tmp_path, "", keys) == b"".join(keys)
    cursor = [NORMAL[key] for key in CURSOR]
    assert read_by_program(outer, tmp_path, "\\x1b[?1h", cursor) == b"".join(CURSOR.values())


def kitty_keys(flags: int) -> dict[str, bytes]:
    return {key: raw for key, raw in KITTY[f"flags-{flags}"].items() if key not in OURS and raw}


def test_in_a_kitty_a_program_reads_what_it_asked_for(outer: Outer, tmp_path: Path) -> None:
    old = {
        key: raw
        for key, raw in kitty_keys(0).items()
        if key in NORMAL and key.split("+")[-1] not in KITTYS_OWN and raw not in (OUT, b"\x1b\x1b[Z")
    }
    assert len(old) > 570
    read = read_by_program(outer, tmp_path, "", list(old.values()))
    assert read == b"".join(NORMAL[key] for key in old)

    own = list(kitty_keys(1).values())
    assert read_by_program(outer, tmp_path, "\\x1b[>1u", own, kitty_flags=1) == b"".join(own)

    level_2 = XTERM["modify-other-keys-2"]
    mine = {key: raw for key, raw in kitty_keys(29).items() if key in level_2}
    read = read_by_program(outer, tmp_path, "\\x1b[>4;2m", list(mine.values()), kitty_flags=29)
    assert read == b"".join(level_2[key] for key in mine)


def test_in_a_kitty_each_owner_of_the_keyboard_gets_its_own_encoding(outer: Outer) -> None:
    outer.until(lambda: outer.modes.kitty_flags == 0, "a plain shell is told keys in the old way")
    outer.send(b"printf '\\033[>3u'; cat >/dev/null\r")
    outer.until(lambda: outer.modes.kitty_flags == 3, "the program's flags")
    outer.send(b"\x1b[93;5u")
    outer.wait_for("the keyboard is yours")
    outer.until(lambda: outer.modes.kitty_flags == 25, "the console's flags")
    outer.send(b"\x1b[93;5:3u\x1b[103:71;2;71u\x1b[13u")  # on a slow link some keys are still the program's
    outer.wait_for("THE SHELL HAS THE KEYBOARD")
    outer.until(lambda: outer.modes.kitty_flags == 3, "the program's flags once more")
    outer.send(b"\x1b[24~\x1b[24;1:3~")
    outer.wait_for("the keyboard is yours")
    outer.until(lambda: outer.modes.kitty_flags == 25, "the console's flags")
    outer.send(b"\x1b[113;;113u")
    outer.wait_for("hung up")
    outer.send(b"\x1b[121;;121u")
    outer.ends()
    assert outer.modes.kitty_flags == 0
