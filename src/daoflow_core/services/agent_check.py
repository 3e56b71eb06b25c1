"""The doctor's look at the SSH agent: does it have every key that servers are to be logged in to with?"""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.errors import AgentUnavailable
from daoflow_core.ports import Row
from daoflow_core.services.doctor import Check, Verdict

NAME = "SSH agent"


async def check_agent(path: str | None, fleet: Sequence[Row]) -> list[Check]:
    """One finding when any server uses the agent, none otherwise."""
    users = [row for row in fleet if row["agent_fingerprint"] is not None]
    if not users:
        return []
    from daoflow_core.ssh.agent import fingerprints

    try:
        shown = set(await fingerprints(path))
    except AgentUnavailable as error:
        return [Check(NAME, Verdict.FAIL, f"{error.message} {error.why}".strip(), error.next_step)]
    missing = [row["name"] for row in users if row["agent_fingerprint"] not in shown]
    if missing:
        names = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
        step = "Add the keys with `ssh-add KEY`, or unlock the agent with `ssh-add -X`."
        return [Check(NAME, Verdict.FAIL, f"It does not show the keys of {names}.", step)]
    return [Check(NAME, Verdict.OK, f"It has the key of every server that uses it ({len(users)}).")]
