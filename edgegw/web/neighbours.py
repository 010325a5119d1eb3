"""What the page and the API ask of the gateway's other parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgegw.files.service import FileService

if TYPE_CHECKING:
    from edgegw.web.eva.presence import Eva
    from edgegw.web.kiosk.desk import Desk

Json = dict[str, Any]


def _nothing() -> Json | None:
    return None


async def _silence(station: str) -> AsyncGenerator[Json, None]:
    return
    yield  # which makes it a generator


async def _nothing_to_forget(station: str, quirk: str, by: str) -> bool:
    return False


@dataclass(slots=True)
class Neighbours:
    """What the page and the API ask of others; the composition root fills it in as they come up."""

    services: Callable[[], Mapping[str, Any]] = dict
    """State of each supervised service by name: `{"state": ..., "reason": ..., "restarts": ...}`."""
    uplink: Callable[[], Json | None] = _nothing
    load: Callable[[], Json | None] = _nothing
    """What the load loop's last turn came to, by circuit and by EVSE (`LoadLoop.snapshot`); None while it is down."""
    forecast: Callable[[], Json | None] = _nothing
    """What building and cars are expected to take (`Outlook.snapshot`); None where nothing is forecast."""
    ready: Callable[[], bool] = lambda: True
    peculiar: Callable[[str], Json] = lambda station: {}
    """What is known of a station's quirks and clock (`Peculiarities.of`)."""
    forget: Callable[[str, str, str], Awaitable[bool]] = _nothing_to_forget
    """Take back a quirk that was learned of a station (`Peculiarities.forget`)."""
    effective: Callable[[], Json] = dict
    """The configuration in force, secrets left out."""
    files: Callable[[], FileService | None] = lambda: None
    """The file service, None when the configuration asks for none."""
    kiosk: Callable[[], Desk | None] = lambda: None
    """The kiosk, None when the configuration asks for none, and while it is being rebuilt."""
    eva: Callable[[], Eva | None] = lambda: None
    """What is known of the voice process; None when the configuration asks for none."""
    trace: Callable[[str], AsyncGenerator[Json, None]] = _silence
    """What is said with a station, frame by frame, from the first `anext` on."""
    tolerated: Callable[[str], Iterable[Any]] = lambda station: ()
    """What a station is let off with: objects with the fields of TOLERATED."""
    knocks: Callable[[str, str | None], Iterable[Any]] = lambda station, address: ()
    """Who gave the station's name, or came from the address without one, and was not let in: objects with the fields of
    KNOCK, the newest first."""
    knocked: Callable[[], Iterable[Any]] = lambda: ()
    """All of them, the newest first."""
    meters: dict[str, str] = field(default_factory=dict)
    """What each configured meter measures, by its id."""
