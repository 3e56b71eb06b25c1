"""The certificates: how each stands, when it ends, where it is used, and the verbs on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from daoflow_core.services.certificates import Standing
from daoflow_tui.commands.assets import CERTIFICATE_COMMANDS
from daoflow_tui.screens.asset_words import CERTIFICATE_COLUMNS, certificate_lines, certificate_row
from daoflow_tui.screens.panes.assets import AssetPane
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.blank import Empty, NextKey
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_tui.screens.sheets.certificate_forms import Accepted

NONE_YET = Empty(
    "No certificates.",
    "Certificates are kept sealed with their keys; their ends are counted down here and raised in the servers' list.",
    (NextKey("a", "take one in: PEM from files or pasted, or one PFX"),),
)
EFFECT = "A tick is a record of use: nothing is sent to the server."


class CertificatesPane(AssetPane[Standing]):
    """The lower list."""

    OFFERS = CERTIFICATE_COMMANDS
    heading = "Certificates"
    columns = CERTIFICATE_COLUMNS
    asking = "reading the certificates"
    none_yet = NONE_YET

    async def read(self) -> Mapping[str, Standing]:
        """Every certificate by its id, those that end first at the top."""
        found = await self.program.session.ask(lambda console: console.certificates.list())
        ordered = sorted(found, key=lambda one: (one.days_left, one.certificate.name))
        return {one.certificate.id: one for one in ordered}

    def state(self) -> State | None:
        """How many are about to end, or have."""
        pressing = [one for one in self.items.values() if one.status in ("expired", "critical", "expiring")]
        if not pressing:
            return None
        bad = any(one.status != "expiring" for one in pressing)
        word = "1 wants" if len(pressing) == 1 else f"{len(pressing)} want"
        return State(f"{word} renewal", Role.BAD if bad else Role.LOOK)

    def row(self, item: Standing) -> Row:
        """One certificate."""
        return certificate_row(item)

    def words(self, item: Standing) -> str:
        """Name, names it is for, issuer, fingerprint, status, servers."""
        facts = item.certificate.facts
        users = " ".join(server.name for server in item.servers)
        said = f"{item.certificate.name} {facts.subject} {facts.issuer} {facts.fingerprint} {users}"
        return f"{said} {' '.join(facts.domains)} {' '.join(item.problems) or 'valid'}"

    def lines(self, item: Standing) -> list[Words]:
        """Everything that can be told."""
        return certificate_lines(item, self.desk.now(), self.desk.times)

    def name_of(self, item: Standing) -> str:
        """Its name."""
        return item.certificate.name

    def document(self, item: Standing) -> dict[str, Any]:
        """Every public fact."""
        return asdict(item)

    def choices(self, item: Standing) -> list[Choice]:
        """Public facts."""
        known = item.certificate
        return [
            Choice("fingerprint", "fingerprint", known.facts.fingerprint),
            Choice("subject", "subject", known.facts.subject),
            Choice("domains", "names it is for", " ".join(known.facts.domains)),
            Choice("serial", "serial", known.facts.serial),
            Choice("name", "name", known.name),
            Choice("id", "id", known.id),
        ]

    # The verbs

    def add_asset(self) -> None:
        """The form."""
        from daoflow_tui.screens.sheets.certificate_forms import CertificateForm

        self.app.push_screen(CertificateForm(), self._accepted)

    def rotate_asset(self) -> None:
        """The form of the new one."""
        from daoflow_tui.screens.sheets.certificate_forms import CertificateForm

        if self.item is not None:
            form = CertificateForm(self.item, prod=self._reaches_prod(self.item))
            self.app.push_screen(form, self._accepted)

    def _accepted(self, accepted: Accepted | None) -> None:
        from daoflow_tui.screens.sheets.asset_news import CertificateSheet

        if accepted is not None:
            self.app.push_screen(CertificateSheet(accepted))

    def _reaches_prod(self, one: Standing) -> bool:
        views = (self.desk.fleet.get(server.id) for server in one.servers)
        return any(view is not None and view.is_prod for view in views)

    def open_users(self) -> None:
        """Tick and untick servers."""
        from daoflow_tui.screens.sheets.asset_questions import about_certificate
        from daoflow_tui.screens.sheets.used_by import Use, UsedBySheet

        one = self.item
        if one is None:
            return
        certificate_id = one.certificate.id

        async def change(console: Console, server_id: str, ticked: bool) -> State:
            service = console.certificates
            verb = service.attach if ticked else service.detach
            await verb(certificate_id, server_id)
            return State("noted" if ticked else "forgotten", Role.GOOD)

        held = frozenset(server.id for server in one.servers)
        verbs, action = ("note it for", "forget it for"), "certificate.attach and detach"
        use = Use(one.certificate.name, about_certificate(one), EFFECT, verbs, action, held, change)
        servers = sorted(self.desk.fleet.views.values(), key=lambda view: (view.id not in held, view.name))
        self.app.push_screen(UsedBySheet(use, servers))

    async def delete(self, item: Standing) -> None:
        """Delete it; one in use only when that was chosen."""
        from daoflow_tui.screens.sheets.asset_questions import certificate_deletion, final

        users, known = [server.name for server in item.servers], item.certificate
        if not await self.agree_to_detach(known.name, users):
            return
        question = certificate_deletion(item, prod=self._reaches_prod(item))
        if not await self.app.push_screen_wait(
            final(question, known.name, "the certificate's name", self.desk)
        ):
            return
        detach = bool(users)
        done = await self.program.ask_or_tell(
            lambda console: console.certificates.delete(known.id, detach=detach)
        )
        if done is not None:
            self.app.notify(f"{known.name} was deleted.", markup=False)
            await self.program.read_now()
