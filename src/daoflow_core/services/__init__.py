"""Policy: who may do what, in which order, and what is recorded about it."""
