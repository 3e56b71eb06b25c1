"""Panes: parts of a place that show one thing in words."""
