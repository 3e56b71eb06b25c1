"""Sheets: what lies over a place until it is answered."""
