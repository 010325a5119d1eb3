"""The seam between a link and the OCPP versions: payloads on one side, the site's own words on the other.

A codec is pure: it reads a payload and a `Peer`, and says what the frame means. The link does the rest: it parses and
validates before `incoming`, asks or tells the hub, validates and sends the reply, and counts.

A codec meets payloads that have passed the *tolerant* schema (`edgegw.stations.schemas`), mended where they had to be:
required keys are there, but for those of `schemas.forgiven`, with the right types; there may be keys that no schema
knows, texts and lists that are too long, lists without an entry, times that are none, and the values of the enums in
`schemas.LENIENT_ENUMS` (measurand, unit, status, errorCode, reason, ...) may be a vendor's own. A codec skips what it
does not know instead of refusing the frame around it. What it builds itself is held against the strict schema.

`edgegw.stations.v16` offers `CODEC`; `edgegw.stations.v2` offers `CODEC_201` and `CODEC_21`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from edgegw.model.commands import Command, Setpoint
from edgegw.model.contracts import Question, Word
from edgegw.model.facts import Fact
from edgegw.model.requests import Answer, StationRequest
from edgegw.model.samples import MeterSample
from edgegw.model.site import Evse, Phase, Tariff
from edgegw.model.state import MonitorState, Reservation, Transaction
from edgegw.model.value import value
from edgegw.stations.quirks import PLAIN, Meaning, Quirk

if TYPE_CHECKING:
    from edgegw.hub import Ending

Payload = dict[str, Any]
"""The payload of a frame: a JSON object as Python values."""

Version = Literal["1.6", "2.0.1", "2.1"]


class NotSupported(Exception):
    """The action belongs to the version, but this gateway does nothing with it: CALLERROR NotSupported."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class Unprocessable(Exception):
    """A valid payload that cannot be what it says: answered with CALLERROR `code`.

    `code` is one of `rpc.Code`, which is spelled as the version wants it. `text` is short, for the log and the
    station's display, and never repeats the payload.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Unsupported(Exception):
    """This version, or this station, has no message for the command: its outcome is `rejected` with `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@value()
class ListEntry:
    """An id token as the site's local list has it now."""

    id_token: str
    status: Literal["accepted", "blocked", "expired", "invalid"]
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None


@value()
class Allowed:
    """What an EVSE may draw per phase: `limit_a` for `left_s` more seconds, by a set point, and then `default_a`."""

    limit_a: float
    left_s: int
    default_a: float


@value()
class Known:
    """Looks into the hub's state and the connection that few messages need.

    variable    what a variable of the device model was last told to be, by component and name; a key of 1.6 has the
                component ""
    allowed     what an EVSE may draw, None when its station has not been told
    dynamic     the newest values of a dynamic profile that was asked for by command, by the profile's id
    monitor     what the station watches of a variable, by the monitor's number
    streamed    the monitor whose values come in a periodic event stream, by the stream's number
    taken_at    when a value of a monitor's variable was last taken down
    tariff      a price list by its name
    own_tariff  the one that what begins at the station now is charged by
    currency    the site's
    timezone    the site's, an IANA name
    voltage_v   of the site, between a phase and neutral
    """

    variable: Callable[[str, str], str | None] = lambda component, name: None
    allowed: Callable[[int], Allowed | None] = lambda evse: None
    dynamic: Callable[[int], Mapping[str, Any] | None] = lambda profile: None
    monitor: Callable[[int], MonitorState | None] = lambda number: None
    streamed: Callable[[int], MonitorState | None] = lambda stream: None
    taken_at: Callable[[MonitorState], datetime | None] = lambda monitor: None
    tariff: Callable[[str], Tariff | None] = lambda name: None
    currency: Callable[[], str] = lambda: "EUR"
    voltage_v: Callable[[], float] = lambda: 230.0
    timezone: Callable[[], str] = lambda: "UTC"
    own_tariff: Callable[[], Tariff | None] = lambda: None


@value(slots=False)
class Peer:
    """What a codec may know of the station that it speaks with: values, and looks into the durable state.

    `evses` is empty for a station that the configuration does not name. `reports_phases` is how its meter names the
    phases when that differs from its wiring. `active` gives the active transaction at an EVSE, `by_reference` the
    active transaction with the id that the station uses. `now` is when the frame arrived (aware UTC). `reservation`
    gives a reservation at the station by its id, `reserved_as` by the number that the station knows it by, `local_list`
    every entry of the local list, `variable` the value that a variable had when the station last told it: by component
    (empty for a key of 1.6), variable and instance of the variable. `transaction` gives any transaction of the station
    that memory holds, by the hub's id, `group` the group of an id token, `cost` what the transaction of an id costs so
    far, where the station shows it. `known` is what few messages ask for.

    `quirk` is what is peculiar about the station, `meanings` what of it holds for the sampled values of an EVSE now.
    `lasting_a` is the default limit that an EVSE was given, None while there is none; `volts` the site's nominal
    voltage, phase to neutral.
    """

    station: str
    evses: tuple[Evse, ...]
    reports_phases: tuple[Phase, ...] | None
    active: Callable[[int], Transaction | None]
    by_reference: Callable[[str], Transaction | None]
    now: datetime
    reservation: Callable[[str], Reservation | None] = lambda id: None
    reserved_as: Callable[[int], Reservation | None] = lambda number: None
    local_list: Callable[[], Iterable[ListEntry]] = tuple
    variable: Callable[[str, str, str | None], str | None] = lambda component, variable, instance: None
    transaction: Callable[[str], Transaction | None] = lambda id: None
    group: Callable[[str], str | None] = lambda id_token: None
    cost: Callable[[str], str | None] = lambda id: None
    known: Known = Known()
    quirk: Quirk = PLAIN
    meanings: Callable[[int], tuple[Meaning, ...]] = lambda evse: ()
    lasting_a: Callable[[int], float | None] = lambda evse: None
    volts: float = 230.0


@dataclass(slots=True)
class Ask:
    """The frame asserts and asks in one: `samples` are observed, the hub decides and commits, `reply` puts its answer
    into the payload of the CALLRESULT."""

    request: StationRequest
    reply: Callable[[Answer], Payload]
    samples: tuple[MeterSample, ...] = ()
    reckoned: tuple[str, Payload] | None = None
    """A 2.1 transaction, by the station's id, and the CostDetailsType that the station shows of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a report that a CALL of ours asked for, by the message that brings it and the request's number. With
    the `last` one the report is whole."""

    action: str
    request: int
    entries: tuple[Mapping[str, Any], ...]
    last: bool


@dataclass(slots=True)
class Tell:
    """The frame only tells: `samples` are observed and `facts` committed, then `reply` is sent as it stands.

    For 2.1's SEND, which has no answer, `reply` is dropped. A `part` goes to the command that waits for it, and then
    its `facts` are not written: the outcome holds them. `follow` is sent when the answer has gone out.
    """

    reply: Payload
    facts: tuple[Fact, ...] = ()
    samples: tuple[MeterSample, ...] = ()
    event: tuple[str, int] | None = None
    """The 2.x transaction that it is an event of, by the station's id, and the event's number."""
    reckoned: tuple[str, Payload] | None = None
    """As of an `Ask`."""
    part: Part | None = None
    follow: Outgoing | None = None


@dataclass(slots=True)
class Enquiry:
    """What the frame means depends on what somebody else knows (see `edgegw.stations.pnc`): `then` makes of the answer,
    or of None when there is none, what the frame asks or tells."""

    question: Question
    then: Callable[[Word | None], Ask | Tell]


Incoming = Ask | Tell | Enquiry


@dataclass(frozen=True, slots=True)
class Report:
    """What follows a CALL's answer: parts of `action` with the number `request`, up to the last. `ending` makes the
    command's end of all their entries. `comes` says by the answer whether any will."""

    action: str
    request: int
    ending: Callable[[Sequence[Mapping[str, Any]]], Ending]
    comes: Callable[[Mapping[str, Any]], bool] = lambda answer: bool(answer.get("status") == "Accepted")


@dataclass(slots=True)
class Outgoing:
    """A CALL to send. `ending` maps the payload of its CALLRESULT, held against the tolerant schema, to the command's
    end: `done` when the station accepted, `rejected` when it said no, `failed` when it tried and could not.

    For a set point or a default limit, `done` means that the station accepted it. With a `report` the command ends when
    that is whole.

    `then` are CALLs that follow it in carrying out the same command, where a station takes only so much in one message.
    They are sent whatever the ones before came to; `joined` makes one end of the ends of those that were answered.
    """

    action: str
    payload: Payload
    ending: Callable[[Mapping[str, Any]], Ending]
    then: tuple[Outgoing, ...] = ()
    joined: Callable[[Sequence[Ending]], Ending] | None = None
    report: Report | None = None


class Codec(Protocol):
    """One OCPP version. Without state: one object serves every station of the version."""

    @property
    def version(self) -> Version: ...

    @property
    def subprotocol(self) -> str:
        """The websocket subprotocol: `ocpp1.6`, `ocpp2.0.1`, `ocpp2.1`."""

    def incoming(self, action: str, payload: Payload, peer: Peer) -> Incoming:
        """What a CALL (or SEND) from the station means. Raises NotSupported or Unprocessable."""

    def command(self, command: Command, peer: Peer, number: int) -> Outgoing:
        """The CALL that carries out a command of `commands.CATALOGUE` with `at_station`. Raises Unsupported.

        `number` is what the hub gave to a command that the station tells of later (`CommandName.numbered`), for
        messages that carry one. `call_station` does not come here: the link sends its action and payload as they stand.
        """

    def setpoint(self, setpoint: Setpoint, peer: Peer) -> Outgoing:
        """A profile that holds the EVSE at `limit_a` per phase and lives `life_s` seconds. Raises Unsupported."""

    def default_limit(self, evse: int, limit_a: float, peer: Peer) -> Outgoing:
        """A lasting low default at the EVSE, for when no set point lives (DESIGN.md rule 7). Raises Unsupported."""
