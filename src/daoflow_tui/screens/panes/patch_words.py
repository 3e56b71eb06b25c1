"""What the patches tab says: a row for each package, why the plan can be trusted, and its four answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pydantic import ValidationError

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation
from daoflow_core.model.patches import Asked, Package, PatchPlan, PatchStatus
from daoflow_core.stamps import span
from daoflow_tui.screens.sizes import counted
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.cells import Cell, Tail
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

COLUMNS = (
    Column("name", "PACKAGE", 16, flex=True),
    Column("from", "FROM", 15, drop=1),
    Column("to", "TO", 15),
    Column("why", "WHY", 11),
    Column("needs", "NEEDS", 14, drop=2),
)
ORDERS = {"why": "security first", "name": "name", "needs": "what must follow, reboots first"}
OLD_LISTS = 4 * 3600
"""Seconds after which the host's package lists are called old."""
NONE = State("Nothing to update: the host's package manager was asked and named no package.", Role.GOOD)
UNSUPPORTED = State("No package manager this program knows was found, so nothing was asked.", Role.UNKNOWN)


def plan_of(operation: Operation | None) -> PatchPlan | None:
    """The plan an operation recorded; None when it has none that can be read."""
    if operation is None or "packageManager" not in operation.result:
        return None
    try:
        return PatchPlan.of(operation.result)
    except ValidationError:
        return None


def key_of(package: Package) -> str:
    """A package is told by its name and architecture."""
    return f"{package.name}:{package.architecture or ''}"


def row_of(package: Package) -> Row:
    """One line of the plan."""
    name = package.name if package.architecture in (None, "all", "noarch") else f"{package.name}"
    return Row(
        key_of(package),
        (
            name,
            Toned("new", Role.MUTED) if package.new else Tail(package.from_version or "?"),
            Tail(package.to_version or "?"),
            why_of(package),
            package.needs or Toned("-", Role.MUTED),
        ),
    )


def why_of(package: Package) -> Cell:
    """Why it stands in the list; what the manager does not tell is a question mark."""
    if package.held:
        return State("held", Role.OLD)
    if package.kept_back:
        return State("kept back", Role.OLD)
    if package.security is None:
        return Toned("update", Role.MUTED)
    return State("security", Role.LOOK) if package.security else "update"


def in_order(packages: Sequence[Package], key: str, reverse: bool) -> list[Package]:
    """Sorted; ties by name."""
    keys: dict[str, Callable[[Package], tuple[object, ...]]] = {
        "why": lambda one: (one.held or one.kept_back, not one.security, one.name),
        "name": lambda one: (one.name,),
        "needs": lambda one: (one.needs != "reboot", not one.needs, one.needs or "", one.name),
    }
    return sorted(packages, key=keys[key], reverse=reverse)


def accepting(words: str) -> Callable[[Package], bool] | None:
    """What a filter lets through: every word must fit, `!word` must not."""
    wanted = words.casefold().split()
    return (lambda one: all(_fits(word, one) for word in wanted)) if wanted else None


def _fits(word: str, package: Package) -> bool:
    if word.startswith("!"):
        return len(word) == 1 or not _fits(word[1:], package)
    told = [package.name, package.needs or "", package.origin or "", package.to_version or ""]
    told += ["security"] if package.security else ["update"]
    told += ["held"] * package.held + ["kept back"] * package.kept_back
    return any(word in one.casefold() for one in told)


def summary_lines(plan: PatchPlan) -> list[Words]:
    """How many, how old the lists are, what must follow, and that nothing is installed from here."""
    lines: list[Words] = []
    if plan.status is PatchStatus.AVAILABLE:
        lines.append([*_counts(plan)])
    elif plan.status is PatchStatus.NONE:
        lines.append([NONE])
    elif plan.status is PatchStatus.UNSUPPORTED:
        lines.append([UNSUPPORTED])
    else:
        lines.append([State(plan.summary or "The package manager could not be asked.", Role.BAD)])
    lines += [lists_line(plan), *_follows(plan), []]
    lines.append(["This console plans and records; it does not install packages."])
    if plan.commands:
        lines.append([Toned("  y  ", Role.KEY), "copies the exact commands for your own change window"])
    return lines


def _counts(plan: PatchPlan) -> Iterator[str | State | Toned]:
    count = len(plan.packages) if plan.package_count is None else plan.package_count
    yield Toned(counted(count, "update"), Role.STRONG)
    secure = plan.security_count
    yield "  which are security is not told" if secure is None else f"  {secure:,} security"
    held = [one.name for one in plan.packages if one.held]
    back = [one.name for one in plan.packages if one.kept_back and not one.held]
    yield f"  {len(held)} held ({', '.join(held[:3])}{', …' if len(held) > 3 else ''})" if held else ""
    yield f"  {len(back)} kept back ({', '.join(back[:3])}{', …' if len(back) > 3 else ''})" if back else ""


def lists_line(plan: PatchPlan) -> Words:
    """How old the host's package lists are; old ones can miss updates."""
    if plan.lists_age_seconds is None:
        return [Toned("When the package lists were last refreshed on the host is not known.", Role.MUTED)]
    age = span(plan.lists_age_seconds)
    words = f"Package lists were last refreshed on the host {age} ago."
    old = [State("older than 4h", Role.LOOK)] if plan.lists_age_seconds > OLD_LISTS else []
    return [Toned(f"{words}  ", Role.MUTED), *old]


def _follows(plan: PatchPlan) -> Iterator[Words]:
    if plan.reboot_required:
        yield [
            State(f"The host waits for a reboot: {plan.reboot_reason or 'it does not say why'}", Role.LOOK)
        ]
    elif plan.reboot_required is None:
        yield [Toned("Whether it waits for a reboot is not known.", Role.MUTED)]
    if plan.restart_services:
        shown, more = plan.restart_services[:6], len(plan.restart_services) - 6
        yield [
            Toned("Services that run old code: ", Role.MUTED),
            ", ".join(shown),
            f" and {more} more" if more > 0 else "",
        ]


def trust_lines(plan: PatchPlan) -> list[Words]:
    """What was asked, how each question ended, and what the four answers are."""
    lines: list[Words] = []
    for one in plan.asked:
        lines += [[Toned("Asked ", Role.MUTED), one.command], ["      ", _ended(one)]]
    if plan.package_count is not None:
        whole = plan.package_count == len(plan.packages)
        words = (
            f"all {plan.package_count:,} are listed"
            if whole
            else f"{len(plan.packages):,} of {plan.package_count:,} are listed"
        )
        lines.append([State(words, Role.GOOD if whole else Role.BAD)])
    lines += [[], [Toned("Four answers, not one:", Role.STRONG)]]
    for status, state in (
        (PatchStatus.AVAILABLE, State("updates are waiting", Role.LOOK)),
        (PatchStatus.NONE, State("nothing to update", Role.GOOD)),
        (PatchStatus.FAILED, State("could not ask", Role.BAD)),
        (PatchStatus.UNSUPPORTED, State("no known manager", Role.UNKNOWN)),
    ):
        lines.append([Toned("> " if status is plan.status else "  ", Role.KEY), state])
    return lines


def _ended(one: Asked) -> State:
    took = "" if one.seconds is None else f" in {one.seconds:.1f}s"
    if one.exit_code is None:
        return State(one.reason or "its end was not seen", Role.BAD)
    words = f"exit {one.exit_code}{took}"
    return (
        State(words, Role.GOOD)
        if one.exit_code == 0
        else State(f"{words}: {one.reason or 'no reason'}", Role.LOOK)
    )


def detail_lines(package: Package) -> list[Words]:
    """Everything known about one package."""
    told = {None: "the package manager does not tell", True: "yes", False: "no"}
    return [
        labelled("Package", Toned(package.name, Role.STRONG), f"  {package.architecture or ''}"),
        labelled("From", "new: it comes with another" if package.new else package.from_version or "?"),
        labelled("To", package.to_version or "?"),
        labelled("Security", told[package.security]),
        labelled("Held", "yes, by the operator of the host" if package.held else "no"),
        labelled("Kept back", "yes, it waits for a fuller upgrade" if package.kept_back else "no"),
        labelled("Origin", package.origin or "?"),
        labelled("Needs", package.needs or "nothing that is known"),
    ]


def title_of(operation: Operation, plan: PatchPlan, age: str) -> str:
    """What stands after the pane's name."""
    return f"{short(operation.id)}  made {age} ago  {plan.package_manager}"
