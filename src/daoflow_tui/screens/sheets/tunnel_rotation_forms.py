"""The forms that rotate a tunnel's credential: our stored copy, or the secret at its provider."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Operation
from daoflow_core.model.tunnel import Tunnel
from daoflow_core.secret import Secret
from daoflow_core.services.tunnels_view import TunnelView
from daoflow_tui.screens.sheets.asset_form import Ask, AssetForm
from daoflow_tui.screens.sheets.asset_questions import final
from daoflow_tui.screens.sheets.base import Sheet
from daoflow_tui.screens.sheets.options import OptionField
from daoflow_tui.screens.sheets.tunnel_forms import credential_fields, field_named, secret_of
from daoflow_tui.screens.sheets.tunnel_questions import rotation_question, stored_question
from daoflow_tui.widgets.fields import Field

if TYPE_CHECKING:
    from daoflow_core.console import Console

CONNECTIONS = (("", "leave connected"), ("cut", "end every connection"))


class StoredCredentialForm(AssetForm[TunnelView]):
    """Put another credential in the place of our copy."""

    about = "Only our sealed copy is replaced. The provider is not told; revoke the old one there."
    deed = "Replace…"
    running = "sealing it in the vault"

    def __init__(self, one: Tunnel) -> None:
        self.one = one
        super().__init__(f"Replace the stored credential of {one.name}", credential_fields())

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """One of the two."""
        given = typed["token"] or typed["file"].strip()
        return {} if given else {"token": "A credential is needed: typed here, or the path of its file."}

    def question(self, typed: Mapping[str, str]) -> Sheet[bool] | None:
        """The old copy can't be brought back, so the name is typed."""
        return final(stored_question(self.one), self.one.name, "the tunnel's name", self.desk)

    def asking(self, typed: Mapping[str, str]) -> Ask[TunnelView]:
        """Seal it."""
        tunnel_id = self.one.id

        async def ask(console: Console) -> TunnelView:
            return await console.tunnel_rotation.store(tunnel_id, await secret_of(typed) or Secret(b""))

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """By the core's own words."""
        return field_named(error)


@dataclass(frozen=True, slots=True)
class Rotated:
    """A rotation at the provider, and where its token was written."""

    operation: Operation
    token_file: str | None


class ProviderRotationForm(AssetForm[Rotated]):
    """Give the tunnel a new secret at its provider."""

    deed = "Rotate…"
    running = "giving the tunnel a new secret; this goes on to its end"

    def __init__(self, view: TunnelView) -> None:
        self.one = view.tunnel
        self.about = (
            "A rotation that began has no known end: this goes on with the same secret."
            if view.pending is not None
            else "The new secret lies sealed here before the provider hears of it, so that no crash loses it."
        )
        super().__init__(
            f"Rotate the secret of {self.one.name}",
            {
                "file": Field(
                    "Token file",
                    hint="optional: the connector's new token is written there, mode 0600; it is never shown",
                    max_length=4096,
                ),
                "cut": OptionField("Connections", CONNECTIONS, ""),
            },
        )

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """A file that is not there yet; only its name is looked at here."""
        return {}

    def question(self, typed: Mapping[str, str]) -> Sheet[bool] | None:
        """The old token never works again, so the name is typed."""
        question = rotation_question(self.one, compromised=bool(typed["cut"]))
        return final(question, self.one.name, "the tunnel's name", self.desk)

    def asking(self, typed: Mapping[str, str]) -> Ask[Rotated]:
        """Rotate, and write the token where it is wanted."""
        one, path, cut = self.one, typed["file"].strip(), bool(typed["cut"])

        async def ask(console: Console) -> Rotated:
            from daoflow_core.private_files import Draft

            file = await asyncio.to_thread(Draft, Path(path)) if path else None
            try:
                operation = await console.tunnel_rotation.rotate(
                    one.id, compromised=cut, token_file=None if file is None else str(file.path)
                )
                if file is not None:
                    token = await console.tunnel_rotation.token(await console.tunnels.find(one.id))
                    file.file.write(token.reveal() + b"\n")
                    await asyncio.to_thread(file.publish)
                return Rotated(operation, None if file is None else str(file.path))
            finally:
                if file is not None:
                    file.discard()

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """The file, when it can't be written."""
        return "file" if error.details.get("field") == "out" or error.details.get("path") else ""
