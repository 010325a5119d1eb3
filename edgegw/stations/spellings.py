"""How stations write numbers, times, truths and words when they do not write them as OCPP does. Pure.

Whatever can mean only one thing is read; what can mean two, such as 03/04/2026, is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final

from edgegw.stations.words import stamp

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_NUMBER: Final = re.compile(r"[+-]?(\d{1,25}([.,]\d{0,25})?|[.,]\d{1,25})([eE][+-]?\d{1,2})?")
_EPOCH: Final = re.compile(r"\d{9,13}(\.\d{1,9})?")
_BY_DOTS: Final = re.compile(r"(\d\d?)([./-])(\d\d?)\2(\d{4})[ T,]+(\d\d?):(\d\d)(?::(\d\d))?")
_SLASHED: Final = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)[ T]+(.+)")

_MILLISECONDS: Final = 10**11
"""An epoch above this counts milliseconds: as seconds it would be the year 5138."""

_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off"})

_MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "booked": ("Reserved",),
    "busy": ("Occupied", "Charging"),
    "complete": ("Finishing",),
    "completed": ("Finishing",),
    "connected": ("Preparing", "Occupied"),
    "disabled": ("Unavailable",),
    "end": ("Ended",),
    "error": ("OtherError", "Faulted"),
    "evsuspended": ("SuspendedEV",),
    "evsesuspended": ("SuspendedEVSE",),
    "failure": ("OtherError", "Faulted"),
    "fault": ("OtherError", "Faulted"),
    "finished": ("Finishing",),
    "free": ("Available",),
    "idle": ("Available",),
    "inoperative": ("Unavailable",),
    "inuse": ("Occupied", "Charging"),
    "maintenance": ("Unavailable",),
    "none": ("NoError",),
    "notavailable": ("Unavailable",),
    "ok": ("NoError", "Accepted"),
    "outoforder": ("Unavailable",),
    "outofservice": ("Unavailable",),
    "paused": ("SuspendedEVSE",),
    "plugged": ("Preparing", "Occupied"),
    "pluggedin": ("Preparing", "Occupied"),
    "ready": ("Available",),
    "rfid": ("ISO14443",),
    "start": ("Started",),
    "stop": ("Ended",),
    "stopped": ("Ended",),
    "update": ("Updated",),
}
"""Vendors' own words, without case and punctuation, and what they mean: the first that is possible in its place."""


def number_in(text: str) -> int | float | None:
    """The number that a text is, also with a decimal comma; None when it is none."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    text = text.replace(",", ".")
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def truth_in(value: Any) -> bool | None:
    """What true and false are written as: words, 1 and 0."""
    word = str(value).strip().casefold() if isinstance(value, str | int) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def has_zone(text: str) -> bool:
    """Whether a time is written as OCPP asks for it: RFC 3339, with its zone."""
    return _RFC_3339.fullmatch(text) is not None


def time_in(text: str) -> tuple[str, bool]:
    """A time in another form as one that the codecs read (OCPP 1.6 section 3.13), and whether it only lacks its zone.
    What is no time, or may be one of two, stays as it is: the codecs know what to do without."""
    text = text.strip()
    try:
        return text, datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        pass
    at = _other_form(text)
    return (text, False) if at is None else (stamp(at), False)


def _other_form(text: str) -> datetime | None:
    try:
        if _EPOCH.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
        if (found := _BY_DOTS.fullmatch(text)) is not None:
            return _dated(*found.groups())
        if (found := _SLASHED.fullmatch(text)) is not None:
            year, month, day, rest = found.groups()
            return _aware(datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}T{rest}"))
        return _aware(parsedate_to_datetime(text))
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _dated(first: str, mark: str, second: str, year: str, hour: str, minute: str, second_s: str | None) -> datetime:
    """A date with its year at the end: by dots the day comes first, else the one that can't be a month is the day.
    Raises ValueError when both could be."""
    day, month = int(first), int(second)
    if mark != "." and day != month and day <= 12:
        if month <= 12:
            raise ValueError("day or month")
        day, month = month, day
    return datetime(int(year), month, day, int(hour), int(minute), int(second_s or 0), tzinfo=UTC)


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that a station means: the same but for case and punctuation, or one that vendors have another
    word for. None when it is a word of its own."""
    return _nearest(_plain(word[:64]), tuple(words))


@lru_cache(maxsize=512)
def _nearest(plain: str, words: tuple[str, ...]) -> str | None:
    for each in words:
        if _plain(each) == plain:
            return each
    return next((meant for meant in _MEANINGS.get(plain, ()) if meant in words), None)


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())
