"""Certificates in the console: files, pastes and PFX, the countdown, who uses them; all of it by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from textual import events

from daoflow_core.model.certificates import CertificateMaterial
from daoflow_core.secret import Secret
from daoflow_tui.start import first_look
from parse import authority

AGO = (datetime.now(UTC) - authority.NOW).total_seconds() / 86_400
"""Days from the authority's fixed moment to the real one that the console's clock tells."""


def made(common: str, days: float, issuer=None):
    """A certificate that ends so many days from the real now."""
    return authority.make(common, issuer, days=(AGO - 20, AGO + days + 0.1))


def given(one, *issuers, passphrase: bytes | None = None) -> CertificateMaterial:
    chain = b"".join(two.pem for two in issuers) or None
    parts = (one.pem, one.key_pem(passphrase), chain, None, passphrase)
    return CertificateMaterial(*(None if part is None else Secret(part) for part in parts))


async def keep(operator, name: str, material: CertificateMaterial) -> None:
    await operator.app.session.ask(lambda console: console.certificates.create(name, material))


async def at_certificates(operator, *words: str) -> None:
    await operator.press("K", "tab")
    await operator.sees("Certificates", "tab SSH keys", *words)


async def stored(operator):
    return await operator.app.session.ask(lambda console: console.certificates.list())


@pytest.fixture
def family():
    root = authority.make("Example Root", authority=True, days=(-1000, 2000))
    return root, made("shop.example", 80, root)


async def test_certificates_are_counted_down_soonest_first_and_raised_in_the_servers_list(
    sit_down, start_peer, register, family, home
):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await keep(operator, "far", given(family[1]))
        await operator.press("A", "S")
        await operator.sees("edge-1")
        assert "certificate far" not in operator.screen()
        await keep(operator, "partner", given(made("partner.example", 9)))
        await operator.sees("! certificate partner ends in 9 d")
        await keep(operator, "lab", given(made("lab.example", -12)))
        await operator.sees("✗ 2 certificates end soon or have ended: K")
        await operator.press("K")
        await operator.press("tab")
        screen = await operator.sees(
            "✗ 2 want renewal", "12 d ago", "in 9 d", "in 80 d", "✗ expired", "! soon"
        )
        assert screen.index("lab.example") < screen.index("partner.example") < screen.index("shop.example")
    assert len(first_look(home.environ).certificates) == 3, "known before the core is open"


async def test_at_seven_days_it_is_bad(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await keep(operator, "partner", given(made("partner.example", 6)))
        await operator.sees("✗ certificate partner ends in 6 d")
        await at_certificates(operator, "✗ ends now")


async def test_a_certificate_is_pasted_in_parts_and_none_of_it_is_shown(sit_down, home, family):
    root, leaf = family
    async with sit_down() as operator:
        await at_certificates(operator)
        await operator.press("a")
        await operator.sees("Take in a certificate")
        form = operator.app.screen
        await operator.press("enter")
        await operator.sees("A name has 1 to 80")
        await operator.fill("shop")
        for part in (leaf.pem, leaf.key_pem(), root.pem):
            await operator.press("tab")
            operator.app._driver.send_message(events.Paste(part.decode()))
            await operator.pilot.pause()
        screen = await operator.sees("not shown")
        assert screen.count("not shown") == 3
        assert "MII" not in screen
        await operator.press("enter")
        await operator.sees("sealed in the vault", "shop.example", "private, 1 issuer", "private key sealed")
        assert all(form.pasted(part) is None for part in ("certificate", "key", "chain"))
        assert (await stored(operator))[0].certificate.facts.has_private_key


async def test_a_pfx_comes_from_its_file_with_its_passphrase(sit_down, home, family):
    (home.folder / "shop.pfx").write_bytes(
        authority.pfx(family[1], family[0], passphrase=b"four words of it")
    )
    async with sit_down(size=(80, 24)) as operator:
        await at_certificates(operator)
        await operator.press("a")
        await operator.fill("shop")
        await operator.press("tab", "tab", "tab", "tab")
        await operator.fill("~/shop.pfx")
        await operator.press("enter")
        await operator.sees("passphrase is another one", "field Passphrase")
        operator.app.screen.fields["passphrase"].focus_input()
        await operator.fill("four words of it")
        assert "four words" not in operator.screen()
        await operator.press("enter")
        await operator.sees("sealed in the vault")
        assert len((await stored(operator))[0].certificate.facts.chain) == 1


async def test_a_key_of_another_certificate_is_refused_beside_its_field(sit_down, home, family):
    async with sit_down() as operator:
        await at_certificates(operator)
        await operator.press("a")
        await operator.fill("shop")
        for part in (family[1].pem, made("other.example", 80).key_pem()):
            await operator.press("tab")
            operator.app._driver.send_message(events.Paste(part.decode()))
        await operator.press("enter")
        await operator.sees("The private key is not the certificate's.", "nothing was changed")
        assert await stored(operator) == []


async def test_a_rotation_asks_for_the_name_and_tells_what_the_new_one_lacks(
    sit_down, start_peer, register, family
):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await keep(operator, "shop", given(family[1], family[0]))
        await at_certificates(operator, "in 80 d")
        await operator.press("u", "space", "y")
        await operator.sees("edge-1  ✓ noted")
        await operator.press("escape", "o")
        await operator.sees("Rotate shop")
        new = made("shop.example", 40)
        for part in (new.pem, new.key_pem()):
            operator.app._driver.send_message(events.Paste(part.decode()))
            await operator.press("tab")
        await operator.press("shift+tab", "enter")
        await operator.sees("Rotate shop?", "nothing is sent to edge-1", "certificate.rotate")
        await operator.press("tab")
        await operator.fill("shop")
        await operator.press("enter")
        await operator.sees("does not last longer", "Put it in place on edge-1")
        await operator.press("escape")
        await operator.sees("in 40 d")


async def test_one_in_use_is_deleted_only_after_who_uses_it_was_seen(sit_down, start_peer, register, family):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await keep(operator, "shop", given(family[1]))
        await at_certificates(operator, "in 80 d")
        await operator.press("u", "space", "y")
        await operator.sees("edge-1  ✓ noted")
        await operator.press("escape", "x")
        await operator.sees("shop is used by edge-1")
        await operator.press("down", "enter")
        await operator.sees("Delete shop?", "edge-1 uses it is forgotten")
        await operator.press("tab")
        await operator.fill("shop")
        await operator.press("enter")
        await operator.told("shop was deleted.")
        await operator.sees("No certificates.")


async def test_filter_copy_and_json_of_certificates(sit_down, home, family):
    async with sit_down() as operator:
        await keep(operator, "shop", given(family[1]))
        await keep(operator, "lab", given(made("lab.example", -2)))
        await at_certificates(operator, "in 80 d")
        await operator.press("slash")
        await operator.type("!exp")
        await operator.press("enter")
        screen = await operator.sees("1 shown of 2", "shop.example")
        assert "lab.example" not in screen
        await operator.press("J")
        screen = await operator.sees('"fingerprint": "sha256:')
        assert "BEGIN" not in screen
        await operator.press("escape", "y")
        await operator.sees("names it is for")
        await operator.press("escape", "e")
        await operator.told("A certificate is not edited")
