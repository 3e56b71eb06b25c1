"""Why a run can't rest on a preview; each under its own code, so that a script knows what to do."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class PreviewRequired(DaoflowError):
    """A cleanup run needs a completed preview of the same server and options, and there is none."""

    code = "PREVIEW_REQUIRED"


class PreviewExpired(DaoflowError):
    """The preview is older than a run may rest on."""

    code = "PREVIEW_EXPIRED"


class PreviewMismatch(DaoflowError):
    """The preview is of another server, of other options, or incomplete."""

    code = "PREVIEW_MISMATCH"


class PreviewUsed(DaoflowError):
    """The preview was used by a run already."""

    code = "PREVIEW_USED"
