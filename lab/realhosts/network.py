"""The lab's network: a bridge in a namespace of its own, one cable to the machine and one to each host."""

from pathlib import Path

from realhosts.commands import run
from realhosts.places import Lab

NAMESPACES = Path("/run/netns")
GUARDED = "10.77.0.0/16"


def switch_of(lab: Lab) -> str:
    """Name the namespace of the bridge: in the machine's own, Docker would drop its frames."""
    return lab.prefix


def namespace_of(lab: Lab, name: str) -> str:
    """Name the network namespace of a host."""
    return f"{lab.prefix}-{name}"


def has_namespace(lab: Lab, name: str) -> bool:
    """Tell whether the host's network is there."""
    return (NAMESPACES / namespace_of(lab, name)).exists()


def has_cable(lab: Lab) -> bool:
    """Tell whether the machine's end of its cable to the bridge is there."""
    return run(["ip", "link", "show", lab.prefix], check=False).returncode == 0


def ensure_switch(lab: Lab) -> None:
    """Make the bridge and the machine's cable to it; done already, change nothing."""
    # The guard outlives `down`: a dialled host of a lab that is down must not lead out of the machine.
    _ip("route", "replace", "unreachable", GUARDED, "metric", "4000000")
    switch = switch_of(lab)
    if (NAMESPACES / switch).exists() and has_cable(lab):
        return
    remove_network(lab)
    _ip("netns", "add", switch)
    _ip("-n", switch, "link", "add", "bridge", "type", "bridge")
    _ip("-n", switch, "link", "set", "bridge", "up")
    _ip("link", "add", lab.prefix, "type", "veth", "peer", "name", "machine", "netns", switch)
    _plug_in(switch, "machine")
    _ip("addr", "add", f"{lab.gateway}/24", "dev", lab.prefix)
    _ip("link", "set", lab.prefix, "up")
    run(["ethtool", "-K", lab.prefix, "tx", "off"])


def connect_host(lab: Lab, name: str, address: str) -> None:
    """Give a host a fresh network namespace with one cable to the bridge and no route out of the lab."""
    namespace, switch = namespace_of(lab, name), switch_of(lab)
    disconnect_host(lab, name)
    _ip("netns", "add", namespace)
    _ip("-n", namespace, "link", "set", "lo", "up")
    port = _port_of(name)
    _ip("link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", port, "netns", switch)
    _plug_in(switch, port)
    # Like a real card it keeps its hardware address over a reboot, else the machine's ARP cache leads astray.
    _ip("-n", namespace, "link", "set", "eth0", "address", _hardware_address(address))
    _ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
    _ip("-n", namespace, "link", "set", "eth0", "up")
    _ip("netns", "exec", namespace, "ethtool", "-K", "eth0", "tx", "off")


def disconnect_host(lab: Lab, name: str) -> None:
    """Take a host's network away, if it has one."""
    if has_namespace(lab, name):
        _ip("netns", "del", namespace_of(lab, name))
    # The kernel frees a namespace late, and its cable with it: the port's name is needed again at once.
    run(["ip", "-n", switch_of(lab), "link", "del", _port_of(name)], check=False)


def remove_network(lab: Lab) -> None:
    """Take away every namespace and cable of this lab; the guard route stays."""
    for namespace in NAMESPACES.iterdir() if NAMESPACES.is_dir() else ():
        if namespace.name == lab.prefix or namespace.name.startswith(f"{lab.prefix}-"):
            _ip("netns", "del", namespace.name)
    run(["ip", "link", "del", lab.prefix], check=False)


def _hardware_address(address: str) -> str:
    """Derive a locally administered one from the host's four numbers."""
    return "02:00:" + ":".join(f"{int(number):02x}" for number in address.split("."))


def _port_of(name: str) -> str:
    return f"to-{name}"


def _plug_in(switch: str, port: str) -> None:
    _ip("-n", switch, "link", "set", port, "master", "bridge")
    _ip("-n", switch, "link", "set", port, "up")
    _ip("netns", "exec", switch, "ethtool", "-K", port, "tx", "off")


def _ip(*args: str) -> None:
    run(["ip", *args])
