"""Real model values for the hub's tabs: a busy production host with something to clean and something to patch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from daoflow_core.model.cleanup import (
    CleanupPreview,
    CleanupRun,
    CommandResult,
    Group,
    Item,
    ItemKind,
    ItemOutcome,
    ItemResult,
    KeptItem,
    Question,
)
from daoflow_core.model.needs import Need, NeedLevel
from daoflow_core.model.patches import Asked, Package, PatchPlan, PatchStatus
from daoflow_core.model.resources import (
    Cpu,
    Disk,
    DiskUsage,
    DockerUse,
    HostFacts,
    Memory,
    ResourceSnapshot,
    Swap,
)
from daoflow_core.services.cleanup_judgement import command_of
from daoflow_core.stamps import stamp

GB, MB, GIB = 10**9, 10**6, 2**30


@dataclass(frozen=True)
class Point:
    """One point of a trend."""

    at: str
    cpu_percent: int | None
    memory_percent: int | None
    disk_percent: int | None


def at(now: datetime, **ago: float) -> str:
    return stamp(now.astimezone(UTC) - timedelta(**ago))


def disk(used: int = 91) -> Disk:
    total = 80 * GIB
    return Disk(total_bytes=total, used_bytes=total * used // 100, available_bytes=total * (100 - used) // 100,
                total_gb=80.0, used_percent=used)  # fmt: skip


USAGE = (
    DiskUsage(type="Images", total_count=41, active=17, size_bytes=21_400 * MB, reclaimable_bytes=9_800 * MB),
    DiskUsage(
        type="Containers", total_count=17, active=11, size_bytes=1_100 * MB, reclaimable_bytes=300 * MB
    ),
    DiskUsage(
        type="Local Volumes", total_count=12, active=7, size_bytes=8_200 * MB, reclaimable_bytes=3_900 * MB
    ),
    DiskUsage(
        type="Build Cache", total_count=88, active=0, size_bytes=6_000 * MB, reclaimable_bytes=6_000 * MB
    ),
)


def snapshot(
    now: datetime, *, age: float = 16, docker: DockerUse | None = None, swap: Swap | None = None
) -> ResourceSnapshot:
    return ResourceSnapshot(
        cpu=Cpu(cores=4, load1=3.52, load5=3.1, load15=2.8, load_percent=88),
        memory=Memory(total_bytes=int(7.8 * GIB), available_bytes=int(2.3 * GIB), used_percent=71),
        swap=swap or Swap(total_bytes=0, free_bytes=0),
        disk=disk(),
        docker=docker or DockerUse(reachable=True, version="27.3.1", disk_usage=USAGE),
        host=HostFacts(
            os_name="Debian GNU/Linux 12", kernel="6.8.0-45", uptime_seconds=41 * 86400 + 3 * 3600
        ),
        checked_at=at(now, seconds=age),
    )


def trend(now: datetime) -> list[Point]:
    cpu = (22, 31, 34, 46, 48, 57, 63, 71, 84, 83, 90, 100, 93, 95, 96, 94, 88)
    return [
        Point(at(now, seconds=60 * (len(cpu) - index)), value, 60 + index % 12, 70 + index)
        for index, value in enumerate(cpu)
    ]


def item(kind: ItemKind, number: int, name: str, size: int | None, detail: str = "") -> Item:
    identifier = f"{number:012x}{'ab' * 26}"
    return Item(kind=kind, id=name if kind is ItemKind.VOLUME else identifier, name=name, size_bytes=size, detail=detail,
                mark="m")  # fmt: skip


def preview(
    now: datetime,
    *,
    age: float = 120,
    volumes: bool = False,
    complete: bool = True,
    empty: bool = False,
    name: str = "web-old",
) -> CleanupPreview:
    containers = tuple(
        item(ItemKind.CONTAINER, 0x4F1C9A + one, f"{name}-{one}", 52 * MB, f"exited {9 - one}d ago, status 0")
        for one in range(6)
    )
    images = tuple(item(ItemKind.IMAGE, 0x19AC00 + one, "<none>", 435 * MB, "untagged") for one in range(14))
    cache = tuple(item(ItemKind.BUILD_CACHE, 0x77F000 + one, "", 68 * MB, "not in use") for one in range(88))
    stores = tuple(
        item(ItemKind.VOLUME, one, f"pgdata-{one}", 780 * MB, "used by nothing") for one in range(5)
    )
    groups = (
        Group(kind=ItemKind.CONTAINER, title="stopped containers", items=containers, size_bytes=312 * MB),
        Group(kind=ItemKind.IMAGE, title="dangling images", items=images, size_bytes=6_090 * MB),
        Group(kind=ItemKind.BUILD_CACHE, title="build cache", items=cache, size_bytes=5_984 * MB),
        Group(
            kind=ItemKind.VOLUME,
            title="unused volumes",
            items=stores,
            size_bytes=3_900 * MB,
            included=volumes,
        ),
    )
    kept = tuple(
        KeptItem(kind=ItemKind.IMAGE, id=f"{0xEE00 + one:064x}", name=f"shop/api:4.{one}", size_bytes=411 * MB,
                 reason="tagged and in no container")
        for one in range(9)
    )  # fmt: skip
    questions = (
        Question(name="containers", answered=True),
        Question(name="images", answered=True),
        Question(name="build cache", answered=complete, reason=None if complete else "exit 1"),
    )
    count = 108 + (5 if volumes else 0)
    made = now - timedelta(seconds=age)
    return CleanupPreview(
        include_volumes=volumes,
        complete=complete,
        engine_version="27.3.1",
        questions=questions,
        groups=tuple(Group(kind=one.kind, title=one.title, included=one.included) for one in groups)
        if empty
        else groups,
        kept=kept,
        item_count=0 if empty else count,
        foretold_bytes=0 if empty else 12_386 * MB + (3_900 * MB if volumes else 0),
        disk_before=disk(),
        previewed_at=stamp(made),
        expires_at=stamp(made + timedelta(minutes=30)),
        foretold_at_most=None if empty else 14_100 * MB,
        commands=()
        if empty
        else tuple(command_of(one) for group in groups if group.included for one in group.items),
    )


def run(preview_id: str, *, volumes: bool = False) -> CleanupRun:
    results = (
        *(ItemResult(kind=ItemKind.CONTAINER, id=f"{one:064x}", name=f"web-old-{one}", size_bytes=52 * MB,
                     outcome=ItemOutcome.REMOVED) for one in range(5)),
        ItemResult(kind=ItemKind.CONTAINER, id="f" * 64, name="web-old-5", outcome=ItemOutcome.GONE),
        ItemResult(kind=ItemKind.IMAGE, id="e" * 64, name="<none>", size_bytes=435 * MB, outcome=ItemOutcome.KEPT,
                   reason="in use by container 77ab12 by now"),
        ItemResult(kind=ItemKind.IMAGE, id="d" * 64, name="<none>", size_bytes=435 * MB, outcome=ItemOutcome.FAILED,
                   reason="conflict: image is being used by running container 77ab12"),
    )  # fmt: skip
    commands = tuple(
        CommandResult(
            command=f"docker {verb} {one.id}",
            exit_code=1 if one.outcome is ItemOutcome.FAILED else 0,
            seconds=0.3,
        )
        for one in results
        if one.outcome in (ItemOutcome.REMOVED, ItemOutcome.FAILED)
        for verb in ["container rm" if one.kind is ItemKind.CONTAINER else "image rm --no-prune"]
    )
    return CleanupRun(
        preview_id=preview_id,
        include_volumes=volumes,
        results=results,
        removed=5,
        gone=1,
        kept=1,
        failed=1,
        newcomers=2,
        foretold_bytes=12_386 * MB,
        freed_bytes=6_400 * MB,
        disk_before=disk(),
        disk_after=disk(84),
        command_results=commands,
    )


PACKAGES = (
    Package(name="openssl", architecture="amd64", from_version="3.0.14-1", to_version="3.0.15-1", security=True,
            origin="Debian-Security", needs="restart 6"),
    Package(name="linux-image-amd64", architecture="amd64", from_version="6.1.106", to_version="6.1.112", security=True,
            needs="reboot"),
    Package(name="curl", architecture="amd64", from_version="7.88.1-10+u7", to_version="7.88.1-10+u8", security=False),
    Package(name="docker-ce", architecture="amd64", from_version="27.3.1", to_version="27.4.0", security=False,
            needs="restart docker"),
    Package(name="containerd.io", architecture="amd64", from_version="1.7.22", to_version="1.7.24", security=False, held=True),
    Package(name="grub-pc", architecture="amd64", from_version="2.06-13", to_version="2.06-14", security=False, kept_back=True),
)  # fmt: skip


def plan(now: datetime, status: PatchStatus = PatchStatus.AVAILABLE, *, age: float = 41 * 60) -> PatchPlan:
    known = status is PatchStatus.AVAILABLE
    asked = Asked(command="apt-get -s dist-upgrade", exit_code=0 if status is not PatchStatus.FAILED else 100, seconds=1.3,
                  reason=None if status is not PatchStatus.FAILED else "Could not get lock")  # fmt: skip
    return PatchPlan(
        status=status,
        package_manager="unknown" if status is PatchStatus.UNSUPPORTED else "apt",
        package_count=len(PACKAGES) if known else 0 if status is PatchStatus.NONE else None,
        security_count=2 if known else None,
        held_count=1 if known else None,
        packages=PACKAGES if known else (),
        lists_age_seconds=6 * 3600,
        reboot_required=False,
        restart_services=("ssh", "cron") if known else None,
        commands=("apt-get update", "apt-get install openssl=3.0.15-1 linux-image-amd64=6.1.112")
        if known
        else (),
        asked=() if status is PatchStatus.UNSUPPORTED else (asked,),
        planned_at=at(now, seconds=age),
        summary="apt-get could not be asked: Could not get lock" if status is PatchStatus.FAILED else "",
    )


NEEDS = (
    Need(code="disk-full", level=NeedLevel.FAULT, message="Disk / is at 91%, over the hard limit of 90%",
         next_step="preview a cleanup", key="p"),
    Need(code="cpu-busy", level=NeedLevel.WARN, message="CPU load has been over 80% for 9 checks",
         next_step="read what ran last", key="6"),
    Need(code="updates", level=NeedLevel.NOTE, message="14 package updates, 3 of them security (planned 41m ago)",
         next_step="open the patch plan", key="4"),
    Need(code="host-key-approved", level=NeedLevel.GOOD, message="Host key approved by mara on 2026-10-02 (SHA256:Qe1…)"),
    Need(code="docker", level=NeedLevel.GOOD, message="Docker 27.3.1 and Compose 2.29.7 meet the floor (20.10, 2.0)"),
)  # fmt: skip
