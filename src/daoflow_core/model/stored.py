"""What an operation's result is made of: validated values that are JSON in the store and in every answer."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Stored(BaseModel):
    """A frozen value with camelCase names in JSON; fields that a newer version added are passed over."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )

    def document(self) -> dict[str, Any]:
        """The value as JSON's kinds."""
        return self.model_dump(mode="json")

    @classmethod
    def of(cls, document: object) -> Self:
        """The value that a document stands for. Raises pydantic's ValidationError."""
        return cls.model_validate(document)
