"""What keeps a change from resting on a plan; each under its own code, so that a script knows what to do."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class PlanRequired(DaoflowError):
    """There is no such plan."""

    code = "PLAN_REQUIRED"


class PlanStale(DaoflowError):
    """What the plan rests on is not as it was; `changed` in the details says what, where that is known."""

    code = "PLAN_STALE"


class PlanExpired(DaoflowError):
    """The plan is older than an apply may rest on."""

    code = "PLAN_EXPIRED"


class PlanMismatch(DaoflowError):
    """The plan is of another server or of another change, or did not complete."""

    code = "PLAN_MISMATCH"


class PlanUsed(DaoflowError):
    """The plan was applied already."""

    code = "PLAN_USED"
