"""The lines of sh that plan, apply, look at and remove a stack."""

from __future__ import annotations

import shlex

from daoflow_core.model.stack import StackTarget

LABEL = {
    StackTarget.COMPOSE: "com.docker.compose.project",
    StackTarget.SWARM: "com.docker.stack.namespace",
}
_REACH = "dft_limit=10 && dft_reach_docker"


def planning_script(target: StackTarget, stack: str, file: str | None, places: list[str]) -> str:
    """Reach Docker, have it read the file, look at the places it needs and at what runs."""
    lines = [f"if {_REACH}; then", "dft_limit=30", f"dft_stack={stack}"]
    if file is not None:
        lines += [f"dft_file={shlex.quote(file)}", f"dft_validate_{target.value}"]
    elif target is StackTarget.SWARM:
        template = "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.Nodes}}"
        lines.append(f"dft_docker_step swarm info --format '{template}' || :")
    lines += [f"dft_place_step place-{number} {shlex.quote(path)}" for number, path in enumerate(places)]
    return "\n".join([*lines, f"dft_seen_{target.value} ''", f"dft_kept {LABEL[target]}", "fi"])


def applying_script(target: StackTarget, stack: str, file: str, seconds: int) -> str:
    """Reach Docker, note what runs, then apply the file."""
    words = (
        f"stack deploy --prune -c - {stack}"
        if target is StackTarget.SWARM
        else f"compose --project-directory / --env-file /dev/null -p {stack} -f - up -d --remove-orphans"
    )
    return "\n".join(
        [
            f"if {_REACH}; then",
            f"dft_limit=30 dft_stack={stack} dft_file={shlex.quote(file)}",
            f"dft_seen_{target.value} before-",
            f"dft_limit={seconds}",
            f"dft_fed_step apply {words} || :",
            "fi",
        ]
    )


def looking_script(target: StackTarget, stack: str, *, kept: bool = False) -> str:
    """Look at what runs; with `kept` also at the networks and volumes that bear the name."""
    lines = [f"if {_REACH}; then", f"dft_limit=20 dft_stack={stack}", f"dft_seen_{target.value} ''"]
    return "\n".join([*lines, *([f"dft_kept {LABEL[target]}"] if kept else []), "fi"])


def removing_script(target: StackTarget, stack: str, seconds: int) -> str:
    """Take everything of a stack away but its volumes, then look what is left."""
    words = (
        f"stack rm {stack}"
        if target is StackTarget.SWARM
        else f"compose --project-directory / --env-file /dev/null -p {stack} down --remove-orphans"
    )
    return "\n".join(
        [
            f"if {_REACH}; then",
            f"dft_limit={seconds} dft_stack={stack}",
            f"dft_docker_step apply {words} || :",
            "dft_limit=20",
            f"dft_seen_{target.value} ''",
            f"dft_kept {LABEL[target]}",
            "fi",
        ]
    )
