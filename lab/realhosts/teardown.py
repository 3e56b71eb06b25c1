"""Taking a lab away without a trace, whatever state it is in and whatever records are lost."""

from realhosts import cgroups, network
from realhosts.commands import LabError, remove_tree, run, wait_until
from realhosts.places import Lab


def take_down(lab: Lab) -> None:
    """End every process of the lab and free its network, loop devices, control groups and disks."""
    cgroups.end_all(lab)
    network.remove_network(lab)
    for device in loop_devices(lab):
        run(["losetup", "--detach", device], check=False)  # the mount namespace may free it at this moment
    wait_until(lambda: not loop_devices(lab), "loop devices of the lab stay busy", 10)
    remove_tree(lab.state)
    if left := traces(lab):
        raise LabError(f"The lab left something behind: {'; '.join(left)}.")


def traces(lab: Lab) -> list[str]:
    """Name everything of the lab that is still on the machine, apart from the bases and the guard route."""
    found = [f"loop device {device}" for device in loop_devices(lab)]
    found += [f"control group {path}" for path in cgroups.traces(lab)]
    spaces = (*network.NAMESPACES.glob(lab.prefix), *network.NAMESPACES.glob(f"{lab.prefix}-*"))
    found += [f"network namespace {path.name}" for path in spaces]
    if network.has_cable(lab):
        found.append(f"interface {lab.prefix}")
    return found + ([f"folder {lab.state}"] if lab.state.exists() else [])


def loop_devices(lab: Lab) -> list[str]:
    """Name the loop devices that hold a disk of the lab."""
    lines = run(["losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE"]).stdout.splitlines()
    return [line.split()[0] for line in lines if f"{lab.state}/" in line]
