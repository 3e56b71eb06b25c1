"""Answers about shells on servers."""

from __future__ import annotations

from daoflow_tui.cli.answers.base import Answer


class TerminalAnswer(Answer):
    """`server terminal` has no answer in JSON: with --json it refuses, and says why."""
