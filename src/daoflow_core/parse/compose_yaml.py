"""Compose files as trees: YAML read as Docker reads it, with bounds, so that no file can hang or mislead."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from daoflow_core.stack_errors import ComposeRejected

MOST_BYTES = 256 * 1024
MOST_DEPTH = 40
MOST_NODES = 50_000
"""What a file may come to with every alias written out."""
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
)


class _Loader(yaml.SafeLoader):
    """SafeLoader with the words of YAML 1.2: `yes` and `on` are text, and `22:22` is no number to the base of 60."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), list(first))


_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("int", "[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)", "-+0123456789")
_resolve("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789.")
_resolve("null", "~|null|Null|NULL|", "~nN\0")
_Loader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"\Z")))
_resolve("merge", "<<", "<")


def read_yaml(data: bytes, *, what: str = "compose file") -> dict[str, Any]:
    """The one mapping that a compose file is. Raises ComposeRejected with `reason` and `line`."""
    if len(data) > MOST_BYTES:
        raise rejected(what, "too-large", None, f"It has more than {MOST_BYTES // 1024} KiB.")
    try:
        text = str(data, "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise rejected(what, "not-utf8", line, "It is not UTF-8 text.") from None
    try:
        _look_over(text, what)
        return _construct(text, what)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, what) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise rejected(
            what, "control-character", line, "It holds a character that YAML does not allow."
        ) from None
    except (RecursionError, ValueError, OverflowError):
        raise rejected(what, "syntax", None, "It holds a value that can't be read.") from None


def rejected(what: str, reason: str, line: int | None, why: str, next_step: str = "") -> ComposeRejected:
    """The refusal of a file; never with a word of what is in it."""
    where = f" (line {line})" if line is not None else ""
    return ComposeRejected(
        f"The {what} can't be used{where}.",
        why=why,
        next_step=next_step or "Mend the file, then plan again.",
        reason=reason,
        line=line,
    )


def _look_over(text: str, what: str) -> None:
    """Depth, tags and the number of documents, told from the events alone, before anything is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark is not None else None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise rejected(what, "many-documents", line, "It holds more than one document.")
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise rejected(what, "too-deep", line, f"It is nested deeper than {MOST_DEPTH} levels.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        tag = getattr(event, "tag", None)
        if tag not in (None, "!") and tag not in PLAIN_TAGS:
            raise rejected(what, "tag", line, "It uses a tag; only plain values are taken.")


def _construct(text: str, what: str) -> dict[str, Any]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise rejected(what, "not-a-mapping", 1, "A compose file is a mapping with `services:` in it.")
        _Bounds(what).walk(root)
        tree = loader.construct_document(root)
    finally:
        loader.dispose()
    if not isinstance(tree, dict):
        raise rejected(what, "not-a-mapping", 1, "A compose file is a mapping with `services:` in it.")
    json.dumps(tree, allow_nan=False, ensure_ascii=False).encode(
        "utf-8"
    )  # no half characters, no endless numbers
    return tree


class _Bounds:
    """Counts what a node comes to with aliases written out; refuses rings, bombs and doubled keys."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def walk(self, node: yaml.Node) -> int:
        known = self._sizes.get(id(node))
        if known is not None:
            return known
        line = node.start_mark.line + 1
        if id(node) in self._open:
            raise rejected(self._what, "recursive-alias", line, "An alias stands inside of its own anchor.")
        self._open.add(id(node))
        size = 1 + sum(self.walk(one) for one in self._children(node))
        self._open.discard(id(node))
        if size > MOST_NODES:
            raise rejected(self._what, "alias-bomb", line, "Its aliases come to too much when written out.")
        self._sizes[id(node)] = size
        return size

    def _children(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if not isinstance(node, yaml.MappingNode):
            return []
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag not in _KEY_TAGS:
                raise rejected(self._what, "key", line, "A key is not text; put it in quotes.")
            if key.value in seen:
                raise rejected(self._what, "duplicate-key", line, "A key stands twice in one mapping.")
            seen.add(key.value)
        return [value for _, value in node.value]


_KEY_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


def _syntax(error: yaml.MarkedYAMLError, what: str) -> ComposeRejected:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else None
    problem = error.problem or ""
    if "\\t" in problem or "'\t'" in problem:
        return rejected(what, "tab", line, "It is indented with a tab; YAML takes spaces only.")
    if "undefined alias" in problem:
        return rejected(what, "alias", line, "An alias names an anchor that is not there.")
    return rejected(what, "syntax", line, "It is not YAML.")
