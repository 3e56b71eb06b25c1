"""SSH to the servers: pinned connections, scans, the resident shell, and in-process peers to try them on."""
