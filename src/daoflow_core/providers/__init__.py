"""Providers of tunnels: what answers to the port `TunnelProvider`."""
