"""What tunnels are told in: one sentence for a difference, and the steps that a rotation leaves to do."""

from __future__ import annotations

from daoflow_core.model.tunnel_sync import RouteState, TunnelSync

TOLD = ("added", "changed", "stale", "conflict", "unavailable", "unreadable")


def summary_of(sync: TunnelSync) -> str:
    """The difference in one sentence: what it is, and whether it was applied."""
    name, counts = sync.tunnel.name, sync.counts
    if sync.observation.routes is None:
        return f"{name}: its routes could not be read ({sync.observation.unavailable}); our records stay as they were."
    parts = [f"{counts[word]} {word}" for word in TOLD if counts.get(word)]
    same = counts[RouteState.UNCHANGED]
    if not parts:
        return f"{name}: all {same} routes are in step." if same else f"{name}: it exposes nothing."
    told = ", ".join([*parts, f"{same} unchanged"])
    return f"{name}: {told}; {'our records follow.' if sync.applied else 'nothing was changed.'}"


def connector_steps(tunnel_id: str, *, compromised: bool, token_file: str | None) -> tuple[str, ...]:
    """What is left to do on the hosts that run connectors, in order."""
    source = (
        f"Bring {token_file} to each host that runs cloudflared, by a way that nobody reads along."
        if token_file
        else f"On a machine that is logged in to Cloudflare, get the new token: cloudflared tunnel token {tunnel_id}"
    )
    stay = (
        "Connectors with the old token were cut off and can't come back: each is down until it has the new one."
        if compromised
        else "Connectors that run now stay connected with the old token until they restart; then they need the new one."
    )
    return (
        stay,
        source,
        "On each host: sudo cloudflared service uninstall, then sudo cloudflared service install <token>; "
        "in Docker, set TUNNEL_TOKEN and restart the container.",
        "See them come back: tunnels sync --dry-run shows the provider's health and connections.",
        "Remove every copy of the old token, and of the file with the new one.",
    )
