"""Widgets that draw plain values and say what was asked of them; they know no services and no screens."""
