"""`recordings`: what was shown in shells on servers, where it was kept."""

from __future__ import annotations

from daoflow_tui.cli.options import noun

NOUN = noun("What was kept of shells: encrypted, on record when somebody looks.")
