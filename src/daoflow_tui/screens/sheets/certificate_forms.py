"""The form for certificates: take one in, or put another in the place of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daoflow_core.errors import CertificateRejected, Conflict, DaoflowError, InvalidInput
from daoflow_core.model.certificates import CertificateMaterial
from daoflow_core.parse import fields as rules
from daoflow_core.plain_files import read_plain_file
from daoflow_core.secret import Secret
from daoflow_core.services.certificates import Standing
from daoflow_tui.screens.sheets.asset_form import AnyField, Ask, AssetForm, phrase_of
from daoflow_tui.screens.sheets.asset_questions import certificate_rotation, final
from daoflow_tui.screens.sheets.base import Sheet
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.material import MaterialField

if TYPE_CHECKING:
    from daoflow_core.console import Console

LARGEST = 256 * 1024
PARTS = {"certificate": "certificate", "key": "private_key", "chain": "ca_chain", "pfx": "pfx"}
"""The fields of the form and the part of the material that each gives."""
WHAT = {
    "certificate": "certificate file",
    "key": "private key file",
    "chain": "CA chain file",
    "pfx": "PFX file",
}
NO_CERTIFICATE = "A certificate is needed: the path of its file, its text pasted here, or a PFX below."
NO_TEXT = "A PFX is binary: give the path of its file."


@dataclass(frozen=True, slots=True)
class Accepted:
    """A certificate as it stands now, what to say about it, and the fingerprint it had before."""

    standing: Standing
    warnings: tuple[str, ...] = ()
    previous: str = ""


class CertificateForm(AssetForm[Accepted]):
    """With a `standing` it rotates that one."""

    about = "Certificate and key are proven to belong together; all of it is sealed and never shown again."

    def __init__(self, standing: Standing | None = None, *, prod: bool = False) -> None:
        self.standing, self._prod = standing, prod
        fields: dict[str, AnyField] = {
            "certificate": MaterialField("Certificate"),
            "key": MaterialField("Private key", placeholder="its file or text; may stand in the PFX instead"),
            "chain": MaterialField("CA chain", placeholder="who issued it, without the root; may be empty"),
            "pfx": MaterialField("or one PFX", placeholder="path of a .pfx or .p12 that holds all of it"),
            "passphrase": Field(
                "Passphrase", hint="of the key or the PFX; it is not kept", secret=True, max_length=1024
            ),
        }
        if standing is None:
            fields = {"name": Field("Name", placeholder="star-example", max_length=200), **fields}
            title = "Take in a certificate"
        else:
            self.deed, title = "Rotate…", f"Rotate {standing.certificate.name}"
        super().__init__(title, fields)

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """A name, and a certificate one way or the other."""
        wrong: dict[str, str] = {}
        if self.standing is None:
            try:
                rules.certificate_name(typed["name"])
            except InvalidInput as error:
                wrong["name"] = error.why or error.message
        if self.pasted("pfx") is not None:
            wrong["pfx"] = NO_TEXT
        elif not self.is_given("certificate", typed) and not typed["pfx"].strip():
            wrong["certificate"] = NO_CERTIFICATE
        return wrong

    def question(self, typed: Mapping[str, str]) -> Sheet[bool] | None:
        """The old one can't be brought back, so its name is typed."""
        if self.standing is None:
            return None
        question = certificate_rotation(self.standing, prod=self._prod)
        return final(question, self.standing.certificate.name, "the certificate's name", self.desk)

    def asking(self, typed: Mapping[str, str]) -> Ask[Accepted]:
        """Read what was named, then seal it."""
        given = {name: self.pasted(name) for name in PARTS}
        phrase, standing = phrase_of(typed), self.standing

        async def ask(console: Console) -> Accepted:
            parts = {part: given[name] or await _read(name, typed[name]) for name, part in PARTS.items()}
            material = CertificateMaterial(**parts, passphrase=phrase)
            if standing is None:
                return Accepted(
                    *await console.certificates.create(rules.certificate_name(typed["name"]), material)
                )
            new, old, warnings = await console.certificates.rotate(standing.certificate.id, material)
            return Accepted(new, warnings, old.facts.fingerprint)

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """The part that was refused."""
        field = str(error.details.get("field", ""))
        if field in PARTS:
            return field
        if isinstance(error, Conflict):
            return "name" if "named" in error.message and self.standing is None else "certificate"
        return (
            _part_of(str(error.details.get("reason", ""))) if isinstance(error, CertificateRejected) else ""
        )


def _part_of(reason: str) -> str:
    """The field that a reason of the certificate's policy is about."""
    if "passphrase" in reason:
        return "passphrase"
    if reason == "key-inside":
        return "certificate"
    by_begin = {"key": "key", "no-key": "key", "chain": "chain", "pfx": "pfx"}
    return next((field for begin, field in by_begin.items() if reason.startswith(begin)), "certificate")


async def _read(name: str, path: str) -> Secret | None:
    """The bytes of a named file, in a thread beside the core's; None when none is named. Raises InvalidInput."""
    if not path.strip():
        return None
    data = await asyncio.to_thread(read_plain_file, path.strip(), LARGEST, what=WHAT[name], field=name)
    if len(data) > LARGEST:
        raise InvalidInput(
            f"The {WHAT[name]} is too large.", why=f"It has more than {LARGEST} bytes.", field=name
        )
    return Secret(data)
