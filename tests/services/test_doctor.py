"""The doctor's findings on servers: what does not work fails, what only grows tight warns."""

import pytest

from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.services.doctor import Verdict, of_readiness

DISK = "disk-nearly-full"


@pytest.mark.parametrize(
    ("status", "codes", "verdict"),
    [
        (ReadinessStatus.READY, [], Verdict.OK),
        (ReadinessStatus.ATTENTION, [DISK], Verdict.WARN),
        (ReadinessStatus.ATTENTION, ["docker-down"], Verdict.FAIL),
        (ReadinessStatus.ATTENTION, ["compose-missing", DISK], Verdict.FAIL),
        (ReadinessStatus.ATTENTION, ["docker-too-old"], Verdict.FAIL),
        (ReadinessStatus.BLOCKED, ["key-refused"], Verdict.FAIL),
        (ReadinessStatus.UNKNOWN, ["host-key-unapproved"], Verdict.FAIL),
        (ReadinessStatus.UNKNOWN, [], Verdict.FAIL),
    ],
)
def test_a_server_that_does_not_do_its_work_is_a_fault(status, codes, verdict):
    issues = tuple(Issue(code, f"{code} it is.", "Mend it.") for code in codes)
    finding = of_readiness("edge", Readiness("srv_1", status, "2026-01-01T00:00:00.000Z", issues=issues))
    assert finding.status is verdict
    assert finding.next_step == ("Mend it." if codes else "")
