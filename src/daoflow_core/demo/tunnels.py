"""The demo's tunnels: one in step, one that drifted, one that is configured on its host, one kept by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.demo.provider import ACCOUNT, DemoTunnel
from daoflow_core.model.tunnel import Provider, TunnelDraft
from daoflow_core.parse.routes import routes
from daoflow_core.secret import Secret

if TYPE_CHECKING:
    from daoflow_core.console import Console

EDGE = [
    ("app.example.com", "http://web:3000"),
    ("api.example.com", "http://api:8080"),
    ("*.preview.example.com", "http://preview:4000"),
    ("xn--bcher-kva.example.com", "http://books:3000"),
]
PARTNER = [
    ("partner.example.com", "http://web:3000"),
    ("api.partner.example.com", "http://api:8081"),
    ("old.partner.example.com", "http://web:2999"),
]
HAND = (
    "lab.example.net=lab-web:8080",
    "grafana.lab.example.net=http://localhost:3001",
    "shop.lab.example.net=shop_web:8080",
)
GONE = "wiki.lab.example.net=wiki:3000"
"""What the lab's tunnel exposed once, and no longer does."""


def there() -> list[DemoTunnel]:
    """What the demo's provider has, every time anew."""
    return [
        DemoTunnel("11111111-1111-4111-8111-111111111111", "edge", list(EDGE)),
        DemoTunnel("22222222-2222-4222-8222-222222222222", "partner", list(PARTNER), "degraded", 1),
        DemoTunnel("33333333-3333-4333-8333-333333333333", "factory", None, "healthy", 2),
    ]


async def lay_in(console: Console, tunnels: list[DemoTunnel]) -> None:
    """Record them, sync them, and let one drift, exactly as it would happen to an operator."""
    for one in tunnels:
        draft = TunnelDraft(
            name=one.name,
            provider=Provider.CLOUDFLARE,
            provider_tunnel_id=one.id,
            account_id=ACCOUNT,
            domain={"edge": "app.example.com", "partner": "partner.example.com"}.get(one.name),
        )
        await console.tunnels.create(draft, Secret(b"demo-api-token"))
    edge, partner, factory = tunnels
    await console.tunnel_sync.sync(edge.name)
    now, partner.ingress = (
        partner.ingress,
        [("partner.example.com", "http://web:3000"), ("api.partner.example.com", "http://api:8080")],
    )
    await console.tunnel_sync.sync(partner.name)
    partner.ingress = now
    await console.tunnel_sync.plan(partner.name)
    await console.tunnel_sync.plan(factory.name)
    await lay_in_by_hand(console)


async def lay_in_by_hand(console: Console) -> None:
    """Record the tunnel that is kept by hand: a route to a service, one to none known, one that is gone."""
    await console.tunnels.create(TunnelDraft(name="lab", domain="lab.example.net"), None)
    await console.tunnel_sync.sync("lab", routes((*HAND, GONE)))
    await console.tunnel_sync.sync("lab", routes(HAND))
