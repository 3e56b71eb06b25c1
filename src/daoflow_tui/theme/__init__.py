"""Colours, spaces and borders: four themes over one set of tokens."""
