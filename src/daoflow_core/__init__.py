"""The operations core: everything the console can do, without a user interface."""

__version__ = "0.1.0"
