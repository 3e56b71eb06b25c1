"""What the step `layers` of cleanup.sh says: the history of each image, as exact as Docker keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from daoflow_core.model.docker_things import Layer
from daoflow_core.model.steps import Step
from daoflow_core.stamps import stamp
from daoflow_core.text import clean, decode

_IMAGE = re.compile(r"image (sha256:[0-9a-f]{64})")
_LAYER = re.compile(r"(?P<at>\S{1,40}) (?P<size>\d{1,18}) (?P<by>\".*\")")


def read_layers(step: Step) -> Mapping[str, tuple[Layer, ...]]:
    """Layers by image, lowest first; an image with a line that can't be read is left out, as if it had not answered."""
    found: dict[str, list[Layer]] = {}
    broken: set[str] = set()
    image = ""
    for line in step.stdout.split(b"\n") if step.succeeded else ():
        text = decode(line)
        if named := _IMAGE.fullmatch(text):
            image = named[1]
            found[image] = []
        elif image and text:
            layer = _layer(text)
            if layer is None:
                broken.add(image)
            else:
                found[image].append(layer)
    return {name: tuple(reversed(layers)) for name, layers in found.items() if name not in broken}


def _layer(text: str) -> Layer | None:
    parts = _LAYER.fullmatch(text)
    if parts is None:
        return None
    try:
        made_by = json.loads(parts["by"])
    except ValueError:
        return None
    return Layer(_moment(parts["at"]), int(parts["size"]), clean(str(made_by)))


def _moment(text: str) -> str | None:
    """Docker prints it in the zone of the host."""
    try:
        return stamp(datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError):
        return None
