"""The one family of errors: each says what happened, why, and what to do next, under its own code."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_NOT_PERMITTED = 2
EXIT_DRY_RUN = 3
EXIT_USAGE = 64
EXIT_INTERRUPTED = 130


class DaoflowError(Exception):
    """Anything an operator is told instead of a result; `details` are extra JSON fields, never secrets."""

    code = "FAILED"
    exit_status = EXIT_FAILED

    def __init__(self, message: str, *, why: str = "", next_step: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.next_step = next_step
        self.details = details

    def document(self) -> dict[str, object]:
        """The error as the JSON document that stands on stdout instead of a result."""
        body: dict[str, object] = {"ok": False, "error": self.message, "code": self.code}
        if self.why:
            body["why"] = self.why
        if self.next_step:
            body["next"] = self.next_step
        return {**body, **self.details}


class NotFound(DaoflowError):
    """No record answers to the id or name given."""

    code = "NOT_FOUND"


class Conflict(DaoflowError):
    """The record, or another one, stands in the way."""

    code = "CONFLICT"


class InvalidInput(DaoflowError):
    """A value given by the operator can't be used; `field` in the details names it."""

    code = "INVALID_INPUT"


class UsageError(DaoflowError):
    """The command line itself is wrong: an unknown command, option or missing argument."""

    code = "USAGE"
    exit_status = EXIT_USAGE


class ConfirmationRequired(DaoflowError):
    """A change was asked for without `--yes`; nothing was done."""

    code = "CONFIRMATION_REQUIRED"


class ScopeDenied(DaoflowError):
    """The principal lacks the scope an action needs; the denial is in the audit trail."""

    code = "SCOPE_DENIED"
    exit_status = EXIT_NOT_PERMITTED


class ReadOnly(DaoflowError):
    """The session or the server is read-only."""

    code = "READ_ONLY"
    exit_status = EXIT_NOT_PERMITTED


class TokenRefused(DaoflowError):
    """A token can't be used here at all."""

    code = "TOKEN_REFUSED"
    exit_status = EXIT_NOT_PERMITTED


class TokenInvalid(TokenRefused):
    """No token of this store is the one that was given."""

    code = "TOKEN_INVALID"


class TokenRevoked(TokenRefused):
    """The token was revoked."""

    code = "TOKEN_REVOKED"


class TokenExpired(TokenRefused):
    """The token's time is over."""

    code = "TOKEN_EXPIRED"


class KeyRejected(DaoflowError):
    """A private key can't be taken into the inventory; `reason` in the details is machine-readable."""

    code = "KEY_REJECTED"


class PassphraseRequired(KeyRejected):
    """A private key is passphrase-protected and no passphrase was given."""

    code = "KEY_PASSPHRASE_REQUIRED"


class PassphraseWrong(KeyRejected):
    """The passphrase given does not open the private key."""

    code = "KEY_PASSPHRASE_WRONG"


class KeyNotProven(DaoflowError):
    """A new key did not log in everywhere it is needed, so the old one stays; `servers` in the details says where."""

    code = "KEY_NOT_PROVEN"


class CertificateRejected(DaoflowError):
    """A certificate, its key or its chain can't be taken in; `reason` in the details is machine-readable."""

    code = "CERTIFICATE_REJECTED"


class AssetInUse(Conflict):
    """Servers still use the key or certificate; `servers` in the details names them."""

    code = "ASSET_IN_USE"


class AgentUnavailable(DaoflowError):
    """The SSH agent of this machine can't give the key; `reason`: no-socket, silent, empty, no-such-key or refused."""

    code = "AGENT_UNAVAILABLE"


class HostIdentityUnapproved(DaoflowError):
    """No host key of the server was approved yet, so nothing was sent to it."""

    code = "HOST_IDENTITY_UNAPPROVED"


class HostIdentityChanged(DaoflowError):
    """The server shows another host key than the approved one, so nothing was sent to it."""

    code = "HOST_IDENTITY_CHANGED"


class HostIdentityMismatch(DaoflowError):
    """The fingerprint the operator named is not one the server shows."""

    code = "HOST_IDENTITY_MISMATCH"


class Unreachable(DaoflowError):
    """No SSH conversation came about; `reason`: refused, timeout, dns, route, not-ssh, closed, kex or jump."""

    code = "UNREACHABLE"


class AuthFailed(DaoflowError):
    """The server refused the user name or the key."""

    code = "AUTH_FAILED"


class NoCredentials(DaoflowError):
    """The server has no SSH key attached, so no login was tried."""

    code = "NO_CREDENTIALS"


class TimedOut(DaoflowError):
    """The server was reached, and did not answer in time."""

    code = "TIMEOUT"


class OutcomeUnknown(DaoflowError):
    """The connection ended before the exit status came: what ran may or may not have finished."""

    code = "OUTCOME_UNKNOWN"


class OperationFailed(DaoflowError):
    """An operation ended as anything but completed; `operation` in the details is its record, with the result."""

    code = "OPERATION_FAILED"


class Cancelled(DaoflowError):
    """Somebody asked for the end of the operation before it was done."""

    code = "CANCELLED"


class VaultLocked(DaoflowError):
    """No key slot of the vault could be opened."""

    code = "VAULT_LOCKED"


class VaultDamaged(DaoflowError):
    """A sealed value is not what was sealed for its place: changed, moved or cut."""

    code = "VAULT_DAMAGED"


class StoreUnusable(DaoflowError):
    """The database can't be opened or written; the code says why."""

    code = "STORE_UNUSABLE"


class StoreDamaged(StoreUnusable):
    """The database file is not a whole daoflow-tui database."""

    code = "STORE_DAMAGED"


class StoreNewer(StoreUnusable):
    """The database was written by a newer version of this program."""

    code = "STORE_NEWER"


class StoreReadOnly(StoreUnusable):
    """The database or its folder can't be written."""

    code = "STORE_READ_ONLY"


class StoreFull(StoreUnusable):
    """The disk of the database is full; what was acknowledged is safe."""

    code = "STORE_FULL"


class StoreBusy(StoreUnusable):
    """Another process held the database longer than the waiting time."""

    code = "STORE_BUSY"


class UnsafePermissions(DaoflowError):
    """A file that guards secrets is open to others; the next step is the exact command that mends it."""

    code = "UNSAFE_PERMISSIONS"


class ConfigInvalid(DaoflowError):
    """A setting is unknown or out of range; the message names the setting, its source and the allowed range."""

    code = "CONFIG_INVALID"


class AuditBroken(DaoflowError):
    """The audit trail can't be written or does not verify, so the action did not happen."""

    code = "AUDIT_BROKEN"


class DoctorFailed(DaoflowError):
    """At least one live check failed; the details hold every check."""

    code = "DOCTOR_FAILED"


class Interrupted(DaoflowError):
    """The operator ended the program with Ctrl-C."""

    code = "INTERRUPTED"
    exit_status = EXIT_INTERRUPTED
