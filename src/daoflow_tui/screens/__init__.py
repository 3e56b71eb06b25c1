"""The places of the console and what lies over them: the only part of the user interface that asks the core."""
