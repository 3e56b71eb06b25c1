"""Routes as operators type them, `hostname[/path]=service`, and services as they are compared."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from daoflow_core.errors import InvalidInput
from daoflow_core.model.tunnel import RouteSpec
from daoflow_core.parse.hostnames import hostname, readable, refuse
from daoflow_core.redaction import redact
from daoflow_core.tunnel_errors import RouteDuplicate

MOST = 1000
LONGEST = 255
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
_PORT = re.compile(r"[0-9]{1,5}")
_SPECIAL = re.compile(
    r"http_status:[1-5][0-9]{2}|hello_world|bastion|socks-proxy|unix(?:\+tls)?:/[!-~]{1,200}"
)
_URL_TAIL = re.compile(r"(?:[/?][!-~]{0,250})?")
_PATH = re.compile(r"/[!-<>-~]{0,250}")
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ssh": 22, "rdp": 3389, "smb": 445}
SCHEMES = (*DEFAULT_PORTS, "tcp", "udp", "grpc", "h2c")


def routes(texts: Sequence[str]) -> tuple[RouteSpec, ...]:
    """Every route of a command line, in its order. Raises RouteInvalid or RouteDuplicate; nothing is half taken."""
    if len(texts) > MOST:
        raise InvalidInput(
            f"{len(texts)} routes are too many.", why=f"At most {MOST} are taken at once.", field="route"
        )
    found: dict[tuple[str, str], RouteSpec] = {}
    for text in texts:
        one = route(text)
        if one.key in found:
            shown = readable(one.hostname) + one.path
            raise RouteDuplicate(
                f"{shown} is given twice.",
                why=f"Once for {found[one.key].service}, once for {one.service}.",
                next_step="Give every hostname and path once.",
                field="route",
                hostname=one.hostname,
                path=one.path,
            )
        found[one.key] = one
    return tuple(found.values())


def route(text: str) -> RouteSpec:
    """One route. Raises RouteInvalid, whose `reason` says which part is wrong."""
    left, equals, right = text.partition("=")
    if not equals:
        raise refuse("no-equals", text, "Between the hostname and the service there is no equals sign.")
    name, slash, rest = left.strip().partition("/")
    path = slash + rest
    if path == "/":
        path = ""
    if path and not _PATH.fullmatch(path):
        raise refuse("path", text, "A path has at most 250 visible ASCII characters and no space.")
    if redact(path) != path:
        raise refuse(
            "credentials", text, "The path holds what looks like a secret, which would be stored and shown."
        )
    return RouteSpec(hostname(name), service(right), path)


def service(text: str) -> str:
    """Where a route leads: name:port, a URL, or one of the words of cloudflared. Raises RouteInvalid."""
    value = text.strip()
    if not value:
        raise refuse("service", text, "There is no service behind the equals sign.")
    if len(value) > LONGEST or not value.isascii() or not value.isprintable():
        raise refuse("service", text, f"A service has at most {LONGEST} visible ASCII characters.")
    if _SPECIAL.fullmatch(value):
        return value
    if value.startswith("http_status:"):
        raise refuse("service", text, "Behind http_status: stands a status from 100 to 599.")
    url = _SCHEME.fullmatch(value)
    if url is None:
        name, port = _address(value, text)
        if port is None:
            raise refuse("port", text, "The service has no port.", "Write name:port, for instance web:3000.")
        return f"{name}:{port}"
    return _url(url[1].lower(), url[2], text)


def parts(text: str) -> tuple[str, str, int | None] | None:
    """Scheme, name and port of a service, the usual port filled in; None for what is no address."""
    url = _SCHEME.fullmatch(text)
    scheme, rest = (url[1].lower(), url[2]) if url else ("http", text)
    if _SPECIAL.fullmatch(text):
        return None
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    try:
        name, port = _address(authority, text)
    except InvalidInput:
        return None
    return scheme, name, DEFAULT_PORTS.get(scheme) if port is None else port


def same_service(first: str, second: str) -> bool:
    """Whether two services are one: `web:3000` is `http://web:3000`, and a usual port may be left out."""
    return _canonical(first) == _canonical(second)


def _canonical(text: str) -> object:
    known = parts(text)
    if known is None:
        return text
    url = _SCHEME.fullmatch(text)
    tail = re.search(r"[/?].*", url[2]) if url else None
    return known, "" if tail is None or tail[0] == "/" else tail[0]


def _url(scheme: str, rest: str, typed: str) -> str:
    if scheme not in SCHEMES:
        raise refuse("scheme", typed, f"The schemes are {', '.join(SCHEMES)}.")
    end = next((index for index, letter in enumerate(rest) if letter in "/?#"), len(rest))
    authority, tail = rest[:end], rest[end:]
    if "@" in authority:
        raise refuse(
            "credentials", typed, "The URL holds a user name or a password, which would be stored and shown."
        )
    if not _URL_TAIL.fullmatch(tail) or "#" in tail:
        raise refuse("service", typed, "Behind the host there may be a path and a query, and no fragment.")
    if redact(tail) != tail:
        raise refuse(
            "credentials", typed, "The URL holds what looks like a secret, which would be stored and shown."
        )
    name, port = _address(authority, typed)
    if port is None and scheme not in DEFAULT_PORTS:
        raise refuse("port", typed, f"{scheme}:// has no usual port, so the service needs one.")
    return f"{scheme}://{name}{'' if port is None else f':{port}'}{tail}"


def _address(text: str, typed: str) -> tuple[str, int | None]:
    """A name or an address, and its port."""
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise refuse("service", typed, "An IPv6 address stands in brackets: [::1]:8080.")
        return f"[{_ipv6(inside, typed)}]", _port(rest[1:], typed) if rest else None
    name, colon, port = text.partition(":")
    if not _NAME.fullmatch(name):
        rule = "A service is a name or an address of letters, digits, dots, dashes and underscores."
        raise refuse("service", typed, rule)
    return name.lower(), _port(port, typed) if colon else None


def _ipv6(text: str, typed: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise refuse("service", typed, "The address in brackets is not an IPv6 address.") from None


def _port(text: str, typed: str) -> int:
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise refuse("port", typed, "A port is a whole number from 1 to 65535.")
    return int(text)
