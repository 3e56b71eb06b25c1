"""The demo fleet: real SSH servers on loopback, in this process, with stand-ins for Docker."""
