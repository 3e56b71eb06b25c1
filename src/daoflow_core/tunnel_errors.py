"""What goes wrong around tunnels and their providers; each under its own code, so that a script knows what to do."""

from __future__ import annotations

from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, OutcomeUnknown


class RouteInvalid(InvalidInput):
    """A route that was typed can't be read; `reason` in the details is machine-readable."""

    code = "ROUTE_INVALID"


class RouteDuplicate(InvalidInput):
    """The same hostname and path was given twice."""

    code = "ROUTE_DUPLICATE"


class HostnameTaken(Conflict):
    """Another tunnel's record has the hostname; `tunnel` in the details names it."""

    code = "HOSTNAME_TAKEN"


class CredentialMissing(DaoflowError):
    """The tunnel has no sealed credential that its provider could be asked with."""

    code = "NO_CREDENTIALS"


class ProviderUnavailable(DaoflowError):
    """The provider could not be asked; `reason`: connect, tls, timeout, rate-limit, server-error or closed."""

    code = "PROVIDER_UNAVAILABLE"


class ProviderRefused(DaoflowError):
    """The provider answered, and said no; `reason`: credential, not-found, redirect or refused."""

    code = "PROVIDER_REFUSED"


class ProviderAnswerUnusable(DaoflowError):
    """The provider's answer is not what its schema promises, so nothing of it was used."""

    code = "PROVIDER_ANSWER_UNUSABLE"


class RotationUnknown(OutcomeUnknown):
    """Whether the provider took the new secret is not known; it lies sealed, and the rotation can be resumed."""

    code = "ROTATION_UNKNOWN"
