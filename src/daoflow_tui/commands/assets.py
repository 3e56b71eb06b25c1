"""What an operator does with managed SSH keys and certificates, each list with its own verbs."""

from __future__ import annotations

from typing import Protocol

from daoflow_tui.commands.base import AnyCommand, Command, Danger
from daoflow_tui.commands.rows import NO_ROW


class HasAssets(Protocol):
    """A list of keys or certificates."""

    @property
    def row_id(self) -> str | None:
        """The row under the cursor."""

    def add_asset(self) -> None:
        """Offer the ways of taking one in."""

    def generate_asset(self) -> None:
        """Open the form that makes one."""

    def rotate_asset(self) -> None:
        """Open the form of another one in its place."""

    def open_users(self) -> None:
        """Open the servers that use it."""

    def remove_asset(self) -> None:
        """Ask to delete it."""


class _OnAsset(Command[HasAssets]):
    def why_off(self, place: HasAssets) -> str | None:
        return None if place.row_id else NO_ROW


class AddKey(Command[HasAssets]):
    """Take a private key in from its file or pasted, or make a new one; it is sealed and never shown again."""

    id, keys, title, group, footer = "ssh-key.add", ("a",), "add…", "SSH keys", 20
    danger, scope = Danger.RECORDS, "ssh_key.create"

    def run(self, place: HasAssets) -> None:
        """Offer both."""
        place.add_asset()


class GenerateKey(Command[HasAssets]):
    """Make an Ed25519 key inside the vault; only its public part is shown."""

    id, title, group = "ssh-key.generate", "generate a key…", "SSH keys"
    danger, scope = Danger.RECORDS, "ssh_key.generate"

    def run(self, place: HasAssets) -> None:
        """Open the form."""
        place.generate_asset()


class EditKey(_OnAsset):
    """A key is not edited: o rotates it, u says which servers use it."""

    id, keys, title, group = "ssh-key.edit", ("e",), "edit…", "SSH keys"
    scope = "ssh_key.show"

    def why_off(self, place: HasAssets) -> str | None:
        """Always: nothing of a key can be changed but the key itself."""
        return (
            super().why_off(place)
            or "A key is not edited: o puts another in its place, u gives it to servers."
        )

    def run(self, place: HasAssets) -> None:
        """Never."""


class RotateKey(_OnAsset):
    """Put another private key in its place, once that was seen to log in to every server that uses it."""

    id, keys, title, group, footer = "ssh-key.rotate", ("o",), "rotate…", "SSH keys", 30
    danger, scope = Danger.FINAL, "ssh_key.rotate"

    def run(self, place: HasAssets) -> None:
        """Open the form."""
        place.rotate_asset()


class KeyUsers(_OnAsset):
    """See the servers that log in with the key; tick one to attach the key, untick it to detach."""

    id, keys, title, group, footer = "ssh-key.users", ("u",), "used by…", "SSH keys", 40
    danger, scope = Danger.CHANGES, "ssh_key.attach"

    def run(self, place: HasAssets) -> None:
        """Open the sheet."""
        place.open_users()


class RemoveKey(_OnAsset):
    """Delete the key for good; asks for its name, and first says which servers use it."""

    id, keys, title, group, footer = "ssh-key.remove", ("x",), "delete…", "SSH keys", 45
    danger, scope = Danger.FINAL, "ssh_key.delete"

    def run(self, place: HasAssets) -> None:
        """Ask."""
        place.remove_asset()


class AddCertificate(Command[HasAssets]):
    """Take a certificate in with its private key and its chain: PEM from files or pasted, or one PFX."""

    id, keys, title, group, footer = "certificate.add", ("a",), "add…", "Certificates", 20
    danger, scope = Danger.RECORDS, "certificate.create"

    def run(self, place: HasAssets) -> None:
        """Open the form."""
        place.add_asset()


class EditCertificate(_OnAsset):
    """A certificate is not edited: o rotates it, u says which servers use it."""

    id, keys, title, group = "certificate.edit", ("e",), "edit…", "Certificates"
    scope = "certificate.show"

    def why_off(self, place: HasAssets) -> str | None:
        """Always: what a certificate says is signed."""
        return (
            super().why_off(place)
            or "A certificate is not edited: o puts another in its place, u notes its servers."
        )

    def run(self, place: HasAssets) -> None:
        """Never."""


class RotateCertificate(_OnAsset):
    """Put another certificate in its place; nothing is sent to the servers that use it, they are named."""

    id, keys, title, group, footer = "certificate.rotate", ("o",), "rotate…", "Certificates", 30
    danger, scope = Danger.FINAL, "certificate.rotate"

    def run(self, place: HasAssets) -> None:
        """Open the form."""
        place.rotate_asset()


class CertificateUsers(_OnAsset):
    """See and note which servers use the certificate: a record of use, nothing is sent to them."""

    id, keys, title, group, footer = "certificate.users", ("u",), "used by…", "Certificates", 40
    danger, scope = Danger.RECORDS, "certificate.attach"

    def run(self, place: HasAssets) -> None:
        """Open the sheet."""
        place.open_users()


class RemoveCertificate(_OnAsset):
    """Delete the certificate for good; asks for its name, and first says which servers use it."""

    id, keys, title, group, footer = "certificate.remove", ("x",), "delete…", "Certificates", 45
    danger, scope = Danger.FINAL, "certificate.delete"

    def run(self, place: HasAssets) -> None:
        """Ask."""
        place.remove_asset()


KEY_ASSET_COMMANDS: tuple[AnyCommand, ...] = (AddKey, GenerateKey, EditKey, RotateKey, KeyUsers, RemoveKey)
CERTIFICATE_COMMANDS: tuple[AnyCommand, ...] = (
    AddCertificate, EditCertificate, RotateCertificate, CertificateUsers, RemoveCertificate,
)  # fmt: skip
