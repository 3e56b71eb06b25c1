"""What keeps a change from resting on a plan; each under its own code, so that a script knows what to do."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class PlanRequired(DaoflowError):
    """There is no such plan."""

    code = "PLAN_REQUIRED"


class PlanStale(DaoflowError):
    """What the plan rests on is not as it was: its age, its file, the last revision, the server."""

    code = "PLAN_STALE"


class PlanUsed(DaoflowError):
    """The plan was used by a change already."""

    code = "PLAN_USED"
