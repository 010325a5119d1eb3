"""The versions of OCPP that a virtual station speaks, and what it needs of each: `v16` and `v2` are the dialects."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message, Transaction

if TYPE_CHECKING:
    from edgegw.simulate.station import Station

Version = Literal["1.6", "2.0.1", "2.1"]
VERSIONS: Final[tuple[Version, ...]] = ("1.6", "2.0.1", "2.1")


class Dialect(Protocol):
    """What a version says, and does with what it is told."""

    def boot(self, station: Station, reason: str) -> Message: ...
    def status(self, station: Station, evse: int) -> Message: ...
    def statuses(self, station: Station) -> Iterable[Message]: ...
    def authorize(self, token: str) -> Message: ...
    def authorized(self, answer: Payload) -> bool: ...
    def started(self, station: Station, transaction: Transaction) -> Iterable[Message]: ...
    def changed(self, station: Station, transaction: Transaction) -> Iterable[Message]: ...
    def metered(self, station: Station, transaction: Transaction) -> Iterable[Message]: ...
    def ended(self, station: Station, transaction: Transaction) -> Iterable[Message]: ...
    def readings(self, station: Station, evse: int) -> Message: ...
    def fill_in(self, message: Message) -> Payload: ...
    def answered(self, message: Message, answer: Payload) -> bool:
        """Whether the transaction may go on."""

    def group(self, answer: Payload) -> str | None:
        """The group of a token, by the answer to authorize."""

    def connector_status(self, station: Station, evse: int) -> str: ...
    def serve(self, station: Station, action: str, payload: Payload) -> Reply | None:
        """The answer to a CALL; None when this station does nothing with the action."""


@cache
def actions(version: Version) -> frozenset[str]:
    """Every action of a version, by the names of its JSON Schemas."""
    spec = importlib.util.find_spec("ocpp")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}[version] / "schemas"
    names = {path.stem for path in folder.glob("*.json")}
    return frozenset(name.removesuffix("Request") for name in names if not name.endswith("Response"))
