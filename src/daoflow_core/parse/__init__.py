"""Pure functions from text to values: what operators type and what hosts answer."""
