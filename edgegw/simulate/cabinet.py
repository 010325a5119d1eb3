"""What a station keeps beside its charges, in every version."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgegw.simulate.link import Payload


@dataclass(slots=True)
class Cabinet:
    """`reserved`: EVSE by reservation number, 0 for any; `reserved_for`: token and group by it. `tokens` is the local
    list, `certificates` are hash data by type, `texts` are the messages that its display shows, by number.

    Of its settings, keys of 1.6 and `Component.Variable` of 2.x: `bounds` are the least and most that it takes,
    `after_restart` what is so after its next restart alone, `lacks` what it does not have. `most_items` is how many
    variables it takes in a message, `most_sent` how many id tokens, and `most_tokens` how many its list holds.

    Of 2.1: `controls` of energy resources by id, as they were set, `streams` of values by number, `tariffs` by EVSE,
    `signals` for frequency reserve as they came, `transfers` that a transaction may use, by its reference."""

    reserved: dict[int, int] = field(default_factory=dict)
    reserved_for: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    list_version: int = 0
    tokens: list[str] = field(default_factory=list)
    certificates: list[tuple[str, Payload]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    shown: dict[int, Payload] = field(default_factory=dict)
    """The messages of `texts` that were set, as they came."""
    bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    after_restart: set[str] = field(default_factory=set)
    lacks: set[str] = field(default_factory=set)
    most_items: int = 20
    most_tokens: int = 500
    most_sent: int = 100
    monitors: dict[int, Payload] = field(default_factory=dict)
    built_in: set[int] = field(default_factory=set)
    """Numbers of those that its vendor made."""
    severity: int = 9
    """It tells events of this severity and worse."""
    alerting: dict[int, int] = field(default_factory=dict)
    """Monitors that have noticed something which is not over, and the event that told it."""
    events: int = 0
    """Events told so far."""
    customers: dict[str, str] = field(default_factory=dict)
    """What is known of a customer, by id token or other name."""
    published: set[str] = field(default_factory=set)
    networks: dict[int, Payload] = field(default_factory=dict)
    controls: dict[str, Payload] = field(default_factory=dict)
    streams: dict[int, Payload] = field(default_factory=dict)
    tariffs: dict[int, Payload] = field(default_factory=dict)
    signals: list[int] = field(default_factory=list)
    transfers: dict[str, list[str]] = field(default_factory=dict)
    chains: dict[str | None, str] = field(default_factory=dict)
    """Certificates of its own that were signed, by what they are for; None: for all."""
    takes: int = 1
    """Which of the schedules that it is offered the car takes, counted from 1."""
    csr: str | None = None
    """The request for its certificate as PEM, instead of one that only looks like it."""
