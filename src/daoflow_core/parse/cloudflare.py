"""Cloudflare's answers about a tunnel, as values: read leniently where the schema is, refused where it can't be."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from daoflow_core.errors import InvalidInput
from daoflow_core.model.tunnel import RouteSpec
from daoflow_core.model.tunnel_sync import Observation, SeenRoute, Unreadable
from daoflow_core.parse.hostnames import hostname
from daoflow_core.redaction import redact
from daoflow_core.secret import Secret
from daoflow_core.text import clean, shorten
from daoflow_core.tunnel_errors import ProviderAnswerUnusable

MOST_ROUTES = 5000
LONGEST = 255
_ID = re.compile(r"[0-9a-fA-F][0-9a-fA-F-]{30,35}")


@dataclass(frozen=True, slots=True)
class CloudTunnel:
    """One tunnel of an account: what its record says."""

    id: str
    name: str
    account: str | None
    health: str | None
    config_source: str | None
    deleted_at: str | None
    connections: int | None


def unusable(why: str) -> ProviderAnswerUnusable:
    """The answer can't be what it should be; nothing of it is used."""
    return ProviderAnswerUnusable(
        "Cloudflare's answer can't be used.",
        why=f"{why} Nothing was changed by it.",
        next_step="Try again; if it stays so, compare with the Cloudflare dashboard.",
        provider="cloudflare",
    )


def tunnel(result: object) -> CloudTunnel:
    """A tunnel's record. Raises ProviderAnswerUnusable."""
    record = _object(result, "a tunnel")
    identifier, name = record.get("id"), record.get("name")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise unusable("The id of a tunnel is missing or malformed.")
    connections = record.get("connections")
    return CloudTunnel(
        id=identifier.lower(),
        name=_text(name) or "",
        account=_text(record.get("account_tag")),
        health=_text(record.get("status")),
        config_source=_source(record),
        deleted_at=_text(record.get("deleted_at")),
        connections=len(connections) if isinstance(connections, list) and connections else None,
    )


def tunnels(result: object) -> list[CloudTunnel]:
    """One page of an account's tunnels. Raises ProviderAnswerUnusable."""
    if not isinstance(result, list):
        raise unusable("A page of tunnels is not a list.")
    return [tunnel(one) for one in result]


def connection_count(result: object) -> int | None:
    """How many connections the connectors hold; None when the answer does not tell."""
    if not isinstance(result, list):
        return None
    held = [one.get("conns") for one in result if isinstance(one, dict)]
    if len(held) != len(result) or not all(isinstance(conns, list) for conns in held):
        return None
    return sum(len(conns) for conns in held if conns)


def observation(
    one: CloudTunnel, configuration: object | None, connections: int | None, notes: Sequence[str] = ()
) -> Observation:
    """A tunnel with its routes; `configuration` is None where the provider has none to show."""
    known = Observation(
        provider_tunnel_id=one.id,
        provider_name=one.name,
        health="deleted" if one.deleted_at else one.health,
        connections=one.connections if connections is None else connections,
        config_source=one.config_source,
        deleted_at=one.deleted_at,
        notes=tuple(notes),
    )
    if one.deleted_at:
        gone = f"Deleted at Cloudflare at {one.deleted_at}."
        return known.model_copy(update={"routes": (), "notes": (*known.notes, gone)})
    if configuration is None:
        return known.model_copy(update={"unavailable": _why_none(one)})
    document = _object(configuration, "a configuration")
    version, rules = document.get("version"), _ingress(document)
    if rules is None:
        return known.model_copy(update={"unavailable": "Cloudflare shows no rules of it."})
    seen, unreadable = _read(rules)
    last = next((_service(rule) for rule in reversed(rules) if not rule.get("hostname")), None)
    read = {"routes": seen, "unreadable": unreadable, "catch_all": last}
    return known.model_copy(update={**read, "config_version": version if isinstance(version, int) else None})


def token_secret(result: object, tunnel_id: str) -> Secret:
    """The secret inside a tunnel's token. Raises ProviderAnswerUnusable, never with any of it."""
    try:
        if not isinstance(result, str) or len(result) > 4096:
            raise ValueError
        padded = result + "=" * (-len(result) % 4)
        document = json.loads(base64.b64decode(padded, validate=True))
        if str(document["t"]).lower() != tunnel_id.lower():
            raise ValueError
        return Secret(base64.b64decode(document["s"], validate=True))
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise unusable("The token of the tunnel can't be read, or is another tunnel's.") from None


def tunnel_token(account_id: str, tunnel_id: str, secret: Secret) -> Secret:
    """The token that a connector runs with, as `cloudflared` takes it."""
    inside = {"a": account_id, "t": tunnel_id, "s": str(base64.b64encode(secret.reveal()), "ascii")}
    return Secret(base64.b64encode(json.dumps(inside, separators=(",", ":")).encode("ascii")))


def _read(rules: list[dict[str, object]]) -> tuple[tuple[SeenRoute, ...], tuple[Unreadable, ...]]:
    seen: dict[tuple[str, str], SeenRoute] = {}
    unreadable: list[Unreadable] = []
    for rule in rules:
        typed = rule.get("hostname")
        if typed in (None, ""):
            continue  # the last rule answers for whatever no other one matches
        service, path = _service(rule), _text(rule.get("path")) or ""
        try:
            spec = RouteSpec(hostname(typed if isinstance(typed, str) else "?"), service or "", path)
        except InvalidInput as error:
            unreadable.append(Unreadable(hostname=_short(typed), service=service or "?", reason=error.why))
            continue
        reason = "The rule has no service." if not service else ""
        reason = reason or ("An earlier rule has the same hostname and path." if spec.key in seen else "")
        if reason:
            unreadable.append(Unreadable(hostname=spec.hostname, service=service or "?", reason=reason))
            continue
        seen[spec.key] = SeenRoute(hostname=spec.hostname, service=spec.service, path=spec.path)
    return tuple(seen.values()), tuple(unreadable)


def _ingress(document: Mapping[str, object]) -> list[dict[str, object]] | None:
    """The rules; None where the answer has no place for them, which is not the same as having none."""
    config = document.get("config")
    ingress = None if config is None else _object(config, "a configuration").get("ingress")
    if ingress is None:
        return None
    if not isinstance(ingress, list) or len(ingress) > MOST_ROUTES:
        raise unusable("The rules of the tunnel are not a list, or too many.")
    return list(_rules(ingress))


def _rules(ingress: list[object]) -> Iterator[dict[str, object]]:
    for rule in ingress:
        yield _object(rule, "a rule")


def _why_none(one: CloudTunnel) -> str:
    if one.config_source == "local":
        return "It is configured by a file on its host, which Cloudflare does not show."
    return "Cloudflare shows no configuration of it."


def _source(record: Mapping[str, object]) -> str | None:
    said = record.get("config_src")
    if isinstance(said, str):
        return _text(said)
    remote = record.get("remote_config")
    return None if not isinstance(remote, bool) else "cloudflare" if remote else "local"


def _service(rule: Mapping[str, object]) -> str | None:
    return _text(rule.get("service"))


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise unusable(f"Where {what} should stand there is none.")
    return value


def _text(value: object) -> str | None:
    """A short safe line; None when it is no text. Cut text would be another value, so that is marked."""
    if not isinstance(value, str) or not value.strip():
        return None
    return shorten(redact(clean(value.strip())), LONGEST)


def _short(value: object) -> str:
    return shorten(clean(str(value)), 80)
