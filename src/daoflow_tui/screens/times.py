"""How moments are shown: as an age, in local time or in UTC; one choice for the whole console."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from daoflow_core.stamps import parse_stamp, seconds_between, span


class Times(StrEnum):
    """What `z` goes through."""

    AGE = "age"
    LOCAL = "local"
    UTC = "UTC"

    @property
    def following(self) -> Times:
        """The next one."""
        order = list(Times)
        return order[(order.index(self) + 1) % len(order)]


def clock_time(at: str, times: Times) -> str:
    """A stamp as date and time of day; ages are shown as local time here, for lists that need a moment."""
    moment = parse_stamp(at)
    if times is not Times.UTC:
        moment = moment.astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def short_time(at: str, now: datetime, times: Times) -> str:
    """A stamp in at most 8 cells: `14s`, or the time of day, or the date when it was another day."""
    if times is Times.AGE:
        return span(seconds_between(at, now))
    moment = parse_stamp(at)
    if times is Times.LOCAL:
        moment, now = moment.astimezone(), now.astimezone()
    return moment.strftime("%H:%M:%S" if moment.date() == now.date() else "%b %d")


def ago(at: str | None, now: datetime, times: Times = Times.AGE) -> str:
    """A stamp as people say it: `14s ago`, `never`."""
    if not at:
        return "never"
    words = short_time(at, now, times)
    return f"{words} ago" if times is Times.AGE else words
