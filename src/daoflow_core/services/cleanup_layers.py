"""Which images go, which layers go with them, and which build cache no image that stays has a layer of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from daoflow_core.model.docker_things import CacheEntry, ImageNode, Layer, Observation

_ROUNDING = 0.006
"""Docker prints the size of a cache entry with three digits."""
_RUN_BY_CACHE = re.compile(r"mount / from exec (.*)", re.DOTALL)
_RUN_BY_IMAGE = re.compile(r"RUN (?:\|\d+ )?(.*) # buildkit", re.DOTALL)
Chain = tuple[Layer, ...]


def images_that_go(seen: Observation, held: frozenset[str]) -> list[ImageNode]:
    """What `docker image prune` takes: untagged images that no container of those that stay holds, and the steps
    below them that nothing else stands on. Each comes before what it stands on.

    `held` are the ids of images that such containers use.
    """
    nodes = {node.id: node for node in seen.nodes}
    standing: dict[str, set[str]] = {}
    for node in seen.nodes:
        standing.setdefault(node.parent, set()).add(node.id)
    ready = [one.id for one in seen.images if one.dangling and one.id in nodes]
    going: dict[str, ImageNode] = {}
    while ready:
        name = ready.pop(0)
        above = standing.get(name, set())
        if name in nodes and not nodes[name].names and name not in held and above <= going.keys():
            going[name] = nodes[name]
            ready.append(nodes[name].parent)
    return list(going.values())


class LayerLedger:
    """Which layers go with the images that go, told from those that an image that stays has as well."""

    def __init__(self, seen: Observation, going: frozenset[str]) -> None:
        staying = {
            chain for name, layers in seen.layers.items() if name not in going for chain in _chains(layers)
        }
        leaving = {
            chain for name, layers in seen.layers.items() if name in going for chain in _chains(layers)
        }
        self._leaving = leaving - staying
        self._gone = _by_moment(self._leaving)
        self._stay = _by_moment(staying)
        self._knows_all = {one.id for one in seen.images} <= seen.layers.keys()

    def frees(self, entry: CacheEntry) -> bool:
        """Whether the entry's layer is one of an image that goes, and surely of none that stays."""
        return self._knows_all and bool(_like(entry, self._gone)) and not _like(entry, self._stay)

    def bytes_freed(self, held: Iterable[CacheEntry] = ()) -> int:
        """Bytes of the layers that go, less those that build cache holds which stays."""
        pinned = {layer for entry in held if entry.shared for layer in _like(entry, self._gone)}
        return sum(chain[-1].size_bytes for chain in self._leaving if chain[-1] not in pinned)


def _chains(layers: Chain) -> list[Chain]:
    """A layer is the same one only on top of the same layers."""
    return [layers[: height + 1] for height in range(len(layers))]


def _by_moment(chains: Iterable[Chain]) -> dict[str, set[Layer]]:
    found: dict[str, set[Layer]] = {}
    for chain in chains:
        found.setdefault(chain[-1].made_at or "", set()).add(chain[-1])
    return found


def _like(entry: CacheEntry, layers: Mapping[str, set[Layer]]) -> list[Layer]:
    """The layers that may be this entry: BuildKit gives both one moment, one size and one command."""
    near = layers.get(entry.created_at, set()) if entry.created_at else set()
    return [layer for layer in near if _same_size(entry, layer) and _same_command(entry, layer)]


def _same_size(entry: CacheEntry, layer: Layer) -> bool:
    size = entry.size_bytes
    return size is not None and abs(size - layer.size_bytes) <= max(1, round(layer.size_bytes * _ROUNDING))


def _same_command(entry: CacheEntry, layer: Layer) -> bool:
    """False only when both say what was run, and it is not the same."""
    one, other = _RUN_BY_CACHE.fullmatch(entry.description), _RUN_BY_IMAGE.fullmatch(layer.made_by)
    return one is None or other is None or other[1].endswith(one[1]) or one[1].endswith(other[1])
