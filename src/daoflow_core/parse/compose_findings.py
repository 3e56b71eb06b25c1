"""What a target can't do with a compose file, and what it will pass over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daoflow_core.model.stack import Finding, StackTarget
from daoflow_core.parse.compose import Compiled

PASSED_OVER = (
    "container_name",
    "depends_on",
    "devices",
    "external_links",
    "ipc",
    "links",
    "mac_address",
    "network_mode",
    "pid",
    "privileged",
    "restart",
    "security_opt",
    "userns_mode",
)
"""What `docker stack deploy` takes and does nothing with."""
NOT_ON_A_SWARM = ("extends", "profiles", "scale")
"""What `docker stack deploy` refuses to read."""


def refusals_of(compiled: Compiled, target: StackTarget) -> tuple[Finding, ...]:
    """Everything that keeps this source from being applied, told from the file alone."""
    found = [*compiled.missing, *_sections(compiled)]
    for name, service in compiled.services.items():
        found += _service(name, service, target)
        found += [
            _relative(name, "bind mount", path) for path in bind_sources(service) if not path.startswith("/")
        ]
        found += [
            _relative(name, "env_file", path) for path in env_files(service) if not path.startswith("/")
        ]
    return tuple(found)


def warnings_of(compiled: Compiled, target: StackTarget) -> tuple[Finding, ...]:
    """What is applied otherwise than the file says, or can't be seen in this plan."""
    found = []
    for name, service in compiled.services.items():
        if target is StackTarget.SWARM:
            found += [
                Finding(code="IGNORED_ON_SWARM", message=f"A swarm passes over `{key}`.", service=name)
                for key in PASSED_OVER
                if service.get(key)
            ]
        if "extends" in service:
            words = "What it extends is not followed here: the plan shows its own settings only."
            found.append(Finding(code="EXTENDS_NOT_SHOWN", message=words, service=name))
        if service.get("profiles"):
            words = "It has profiles, so it is not started."
            found.append(Finding(code="PROFILE_NOT_STARTED", message=words, service=name))
        for path in env_files(service):
            words = f"Values come from {path} on the host; they are not part of the revision."
            found.append(Finding(code="VALUES_ON_HOST", message=words, service=name))
    return tuple(found)


def _sections(compiled: Compiled) -> Iterator[Finding]:
    if "include" in compiled.tree:
        words = "`include` names other files, and only this one is sent."
        yield Finding(code="OTHER_FILES", message=words)
    for section in ("secrets", "configs"):
        given = compiled.tree.get(section)
        for name, one in given.items() if isinstance(given, dict) else ():
            if not isinstance(one, dict):
                continue
            path = one.get("file")
            if isinstance(path, str) and not path.startswith("/"):
                yield _relative(None, f"file of {section[:-1]} {name}", path)
            if "environment" in one:
                words = f"The {section[:-1]} {name} takes its value from the shell of the host; give it a file there."
                yield Finding(code="VALUE_FROM_SHELL", message=words)


def _service(name: str, service: dict[str, Any], target: StackTarget) -> Iterator[Finding]:
    extends = service.get("extends")
    if isinstance(extends, dict) and "file" in extends:
        yield Finding(
            code="OTHER_FILES", message="It extends another file, and only this one is sent.", service=name
        )
    if target is StackTarget.SWARM:
        yield from _on_a_swarm(name, service)
        return
    build = service.get("build")
    context = build.get("context", ".") if isinstance(build, dict) else build
    if isinstance(context, str) and not context.startswith("/") and "://" not in context:
        yield _relative(name, "build context", context)
    if not build and "image" not in service and "extends" not in service:
        yield Finding(code="NO_IMAGE", message="It names no image.", service=name)


def _on_a_swarm(name: str, service: dict[str, Any]) -> Iterator[Finding]:
    if "build" in service:
        words = "A swarm builds nothing: build the image elsewhere, push it, and name it with `image`."
        yield Finding(code="BUILD_ON_SWARM", message=words, service=name)
    elif "image" not in service:
        yield Finding(code="NO_IMAGE", message="It names no image.", service=name)
    for key in NOT_ON_A_SWARM:
        if key in service:
            yield Finding(
                code="NOT_ON_SWARM", message=f"`docker stack deploy` takes no `{key}`.", service=name
            )


def _relative(service: str | None, what: str, path: str) -> Finding:
    return Finding(
        code="RELATIVE_PATH",
        message=f"The {what} {path[:120]} is no absolute path, and no folder is sent along with the file.",
        service=service,
    )


def bind_sources(service: dict[str, Any]) -> tuple[str, ...]:
    """The places on the host that a service mounts."""
    found = []
    given = service.get("volumes")
    for item in given if isinstance(given, list) else ():
        if isinstance(item, dict):
            if item.get("type") == "bind":
                found.append(str(item.get("source", "")))
            continue
        source, colon, _ = str(item).partition(":")
        if colon and source[:1] in ("/", ".", "~"):
            found.append(source)
    return tuple(found)


def env_files(service: dict[str, Any]) -> tuple[str, ...]:
    """The env files on the host that a service names."""
    given = service.get("env_file")
    items = given if isinstance(given, list) else [given] if given else []
    return tuple(str(one.get("path", "")) if isinstance(one, dict) else str(one) for one in items)


def host_paths(compiled: Compiled) -> dict[str, str]:
    """Every place on the host that has to be there, with what it is for."""
    found: dict[str, str] = {}
    for name, service in compiled.services.items():
        for path in bind_sources(service):
            found.setdefault(path, f"bind mount of {name}")
        for path in env_files(service):
            found.setdefault(path, f"env_file of {name}")
    for section in ("secrets", "configs"):
        given = compiled.tree.get(section)
        for name, one in given.items() if isinstance(given, dict) else ():
            if isinstance(one, dict) and isinstance(one.get("file"), str):
                found.setdefault(one["file"], f"file of {section[:-1]} {name}")
    return {path: words for path, words in found.items() if path.startswith("/")}
