"""What package managers say, made up by the hundred: nothing is lost, nothing is invented, nothing hostile comes through."""

from __future__ import annotations

import random
import string

import pytest

from daoflow_core.model.steps import Step, StepReply
from daoflow_core.parse.packages import READERS

STEPS = ("upgrade", "all", "security", "holds", "installed")
LETTERS = string.ascii_lowercase + string.digits


def reply(**said: str | bytes) -> StepReply:
    steps = {}
    for name, text in said.items():
        data = text.encode() if isinstance(text, str) else text
        steps[name] = Step(name, name, 0, data, b"", 0.1)
    return StepReply(steps, True)


def name_of(draw: random.Random) -> str:
    parts = ["".join(draw.choices(LETTERS, k=draw.randint(1, 6))) for _ in range(draw.randint(1, 4))]
    parts[0] = draw.choice(string.ascii_lowercase) + parts[0]
    return "-".join(parts) + draw.choice(["", "", "++", ".x"])


def version_of(draw: random.Random) -> str:
    epoch = draw.choice(["", "", "2:"])
    return f"{epoch}{draw.randint(0, 99)}.{draw.randint(0, 99)}{draw.choice(['', '~rc1', '+deb12u1', 'p4'])}-{draw.randint(1, 9)}"


@pytest.fixture(params=range(20))
def updates(request: pytest.FixtureRequest) -> dict[str, tuple[str, str]]:
    draw = random.Random(request.param)
    return {name_of(draw): (version_of(draw), version_of(draw)) for _ in range(draw.choice([0, 1, 7, 400]))}


def versions(manager: str, told: StepReply) -> dict[str, tuple[str | None, str | None]]:
    found = READERS[manager](told)
    assert len({one.name for one in found}) == len(found)
    return {one.name: (one.from_version, one.to_version) for one in found}


def test_apt_loses_no_update(updates):
    lines = [
        f"Inst {one} [{old}] ({new} Debian:12/stable, x [all]) []" for one, (old, new) in updates.items()
    ]
    noise = ["Reading package lists...", *(line.replace("Inst", "Conf", 1) for line in lines)]
    text = "\n".join([*lines, *noise])
    assert versions("apt", reply(upgrade=text, all=text, holds="")) == updates


def test_a_hold_is_that_of_its_architecture_only():
    lines = ("libc6 [1] (2 Debian:12/stable [amd64])", "libc6:i386 [1] (2 Debian:12/stable [i386])")
    told = reply(upgrade="", all="\n".join(f"Inst {line}" for line in lines), holds="hold libc6:i386")
    assert {one.name: one.held for one in READERS["apt"](told)} == {"libc6": False, "libc6:i386": True}
    told = reply(upgrade="", all="\n".join(f"Inst {line}" for line in lines), holds="hold libc6:amd64")
    assert {one.name: one.held for one in READERS["apt"](told)} == {"libc6": True, "libc6:i386": False}


def test_dnf_loses_no_update_though_it_breaks_long_lines(updates):
    lines = [
        f"{one}.noarch\n        {new} repo" if len(one) > 12 else f"{one}.noarch   {new}   repo"
        for one, (_, new) in updates.items()
    ]
    installed = "\n".join(f"{one}.noarch {old}" for one, (old, _) in updates.items())
    text = "\n".join(["Last metadata expiration check: 0:01:00 ago", "", *lines])
    assert versions("dnf", reply(upgrade=text, all=text, installed=installed)) == updates


def test_pacman_loses_no_update(updates):
    text = "\n".join(f"{one} {old} -> {new}" for one, (old, new) in updates.items())
    assert versions("pacman", reply(upgrade=text)) == updates


def test_zypper_loses_no_update(updates):
    rows = "".join(
        f'<update kind="package" name="{one}" edition="{new}" edition-old="{old}" arch="noarch"/>'
        for one, (old, new) in updates.items()
    )
    text = f"<stream><update-list>{rows}</update-list></stream>"
    assert versions("zypper", reply(upgrade=text, holds="<stream/>", security="<stream/>")) == updates


@pytest.mark.parametrize("manager", sorted(READERS))
@pytest.mark.parametrize("seed", range(30))
def test_any_bytes_are_read_or_refused_and_never_reach_a_terminal(manager, seed):
    draw = random.Random(seed)
    pieces = [
        b"Inst a [1] (2 x [y])",
        b"a 1 -> 2",
        b"\x1b]0;x\x07",
        b"a-1 < 2",
        b"\n",
        b"\xff\xfe",
        b"<a",
        b"\x00",
    ]
    data = b"".join(draw.choices([*pieces, draw.randbytes(6)], k=12))
    try:
        found = READERS[manager](reply(**dict.fromkeys(STEPS, data)))
    except ValueError:
        return
    for one in found:
        for text in (one.name, one.from_version, one.to_version, one.origin, one.architecture):
            assert text is None or text.isprintable()


def test_xml_that_declares_entities_is_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><stream>&a;</stream>'
    with pytest.raises(ValueError, match="declares entities"):
        READERS["zypper"](reply(upgrade=bomb, holds="<stream/>"))
