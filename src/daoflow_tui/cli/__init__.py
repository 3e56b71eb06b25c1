"""The headless twin of every screen: typer commands over the same core calls."""
