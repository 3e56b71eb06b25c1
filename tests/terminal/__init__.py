"""The terminal engine, its recordings and what a terminal must do."""
