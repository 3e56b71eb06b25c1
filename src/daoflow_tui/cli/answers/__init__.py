"""The JSON of every command as pydantic models: what `schema` prints, and what the tests hold real answers against."""
