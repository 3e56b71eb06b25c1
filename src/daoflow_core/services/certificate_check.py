"""The doctor's look at certificates: every sealed part opens, and none ends within a month unseen."""

from __future__ import annotations

from daoflow_core import expiry
from daoflow_core.services.certificates import CertificateService, Standing
from daoflow_core.services.doctor import Check, Verdict

NAME = "Certificates"
_FAILS = frozenset({"expired", "critical", "not_yet_valid"})
_STEP = "Get a new one, then `daoflow-tui access-assets certificate rotate --certificate-id ID … --yes`."


async def check_certificates(service: CertificateService) -> Check | None:
    """One finding over all of them, None when there is none. Raises VaultLocked or VaultDamaged."""
    found = await service.standings()
    if not found:
        return None
    await service.prove()
    troubled = sorted((one for one in found if one.problems), key=lambda one: one.days_left)
    if not troubled:
        return Check(NAME, Verdict.OK, f"All {len(found)} are valid, and their sealed parts open.")
    fails = any(_FAILS.intersection(one.problems) for one in troubled)
    said = "; ".join(_said(one) for one in troubled[:5])
    more = f"; and {len(troubled) - 5} more" if len(troubled) > 5 else ""
    return Check(NAME, Verdict.FAIL if fails else Verdict.WARN, f"{said}{more}.", _STEP)


def _said(one: Standing) -> str:
    users = f", used by {', '.join(server.name for server in one.servers[:3])}" if one.servers else ""
    words = ", ".join(problem.replace("_", " ") for problem in one.problems)
    verb = "ended" if one.days_left < 0 else "ends"
    return f"{one.certificate.name}: {words} ({verb} {expiry.in_words(one.days_left)}{users})"
