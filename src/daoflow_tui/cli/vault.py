"""`vault`: how the secrets of this store are kept, what opens it, and carrying it to another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daoflow_core.errors import VaultDamaged
from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, confirm, vault_sources, with_console
from daoflow_tui.cli.options import Leaf, Opener, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.vault import SlotRecord

NOUN = noun("How the secrets of this store are kept, and what opens them.")
RUNNING = "Processes that are running keep the vault open until they end."


@NOUN.command("status", cls=Leaf)
def status() -> Result:
    """Show whether the vault opens, and by what."""

    async def work(console: Console) -> Result:
        found = await console.vault_service.status()
        generations = [
            {"kid": one.kid, "status": one.status, "createdAt": one.created_at, "values": count}
            for one, count in zip(found.keks, found.sealed, strict=True)
        ]
        data = {
            "locked": found.locked,
            "reason": found.reason,
            "slots": [slot(one) for one in found.slots],
            "generations": generations,
        }
        head = f"The vault is locked. {found.reason}" if found.locked else "The vault is open."
        rows = [(one.kind, one.status, one.created_at, one.id) for one in found.slots]
        keys = [(one["kid"], one["status"], one["createdAt"], one["values"]) for one in generations]
        text = [head, *lines.table(("SLOT", "STATUS", "CREATED", "ID"), rows), ""]
        return Result(data, [*text, *lines.table(("KEY", "STATUS", "CREATED", "VALUES"), keys)])

    return with_console(work)


@NOUN.command("verify", cls=Leaf)
def verify(passphrase_file: Opener = None) -> Result:
    """Open every sealed value; exit status 1 when one does not open."""

    async def work(console: Console) -> Result:
        found = await console.vault_service.verify()
        data = {
            "ok": not found.damaged,
            "values": found.values,
            "damaged": list(found.damaged),
            "behind": found.behind,
        }
        if found.damaged:
            raise VaultDamaged(
                f"{len(found.damaged)} of {found.values} sealed values do not open.",
                why=" ".join(found.damaged[:3]),
                next_step="Replace what is named, or restore a backup.",
                data=data,
            )
        left = f" {found.behind} are under an older key: `vault rotate` ends that." if found.behind else ""
        return Result(data, [f"All {found.values} sealed values open.{left}"])

    return with_console(work, vault_sources(passphrase_file))


@NOUN.command("unlock", cls=Leaf)
def unlock(passphrase_file: Opener = None, yes: Yes = False) -> Result:
    """Make a key file beside the database, so that the vault opens without a person; needs the passphrase once."""
    confirm(yes, "Let a key file on this machine open the vault without a person.")

    async def work(console: Console) -> Result:
        made = await console.vault_slots.unlock()
        text = (
            f"The key file {console.paths.key_file} opens the vault from now on. `vault lock` takes it away."
        )
        return Result({"slot": slot(made), "keyFile": str(console.paths.key_file)}, [text], [made.id])

    return with_console(work, vault_sources(passphrase_file))


@NOUN.command("lock", cls=Leaf)
def lock(passphrase_file: Opener = None, yes: Yes = False) -> Result:
    """Take key file and keyring away, so that only a passphrase opens the vault; it is asked for first, as proof."""
    confirm(yes, "Remove the key file and the keyring entry: only a passphrase will open the vault.")
    sources = vault_sources(passphrase_file)

    async def work(console: Console) -> Result:
        done = await console.vault_slots.lock(sources)
        notes = [
            RUNNING,
            *done.left,
            "Backups made before need the old key: keep a copy of it apart, if you need them.",
        ]
        data = {"removed": [slot(one) for one in done.removed], "notes": notes}
        text = [f"{len(done.removed)} slots were removed; a person is needed to open the vault now."]
        return Result(data, text, [one.id for one in done.removed], notes)

    return with_console(work, sources)


@NOUN.command("rotate", cls=Leaf)
def rotate(passphrase_file: Opener = None, yes: Yes = False) -> Result:
    """Bring every sealed value under a new key of the vault; what was cut short goes on where it ended."""
    confirm(yes, "Rotate the key that seals every value.")

    async def work(console: Console) -> Result:
        done = await console.vault_rotation.rotate()
        data = {
            "kid": done.kid,
            "generation": done.generation,
            "rewrapped": done.rewrapped,
            "resumed": done.resumed,
        }
        began = "A rotation that was cut short was ended" if done.resumed else "Rotated"
        return Result(data, [f"{began}: {done.rewrapped} values are under key {done.kid} now."], [done.kid])

    return with_console(work, vault_sources(passphrase_file))


def slot(one: SlotRecord) -> dict[str, Any]:
    """A slot as answers show it: nothing that helps to open it."""
    return {"id": one.id, "kind": one.kind, "createdAt": one.created_at, "status": one.status}
