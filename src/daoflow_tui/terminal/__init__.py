"""The emulator behind a terminal view: the engine protocol, its two engines, and recordings."""
