"""Why a swarm can't be asked or changed; each under its own code, so that a script knows what to do."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class PlanStale(DaoflowError):
    """What the plan rests on has changed since it was made; `changed` in the details says what."""

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


class UnsafeOperation(DaoflowError):
    """The change could leave nobody able to undo it, so it is never made."""

    code = "UNSAFE_OPERATION"


class NotSwarmManager(DaoflowError):
    """The server is not registered as a Swarm manager, so no swarm is asked through it."""

    code = "NOT_SWARM_MANAGER"


class SwarmUnusable(DaoflowError):
    """The manager can't speak for a swarm now; the code says why, as the issue of a check does."""

    code = "SWARM_FAILED"


class Unscalable(DaoflowError):
    """The service has no number of replicas that could be set: it is global, or a job."""

    code = "SERVICE_NOT_SCALABLE"
