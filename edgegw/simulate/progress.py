"""How far a virtual station has come with what takes it some time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edgegw.simulate.transactions import Message

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def progress(station: Station, action: str, statuses: tuple[str, ...], request: int | None) -> Callable[[], None]:
    """Tells every status in turn in a notification of its own, with the number of the request if there is one."""
    about = {} if request is None else {"requestId": request}

    def tell() -> None:
        station.connection.say(*(Message(action, {"status": each, **about}, keep=False) for each in statuses))

    return tell
