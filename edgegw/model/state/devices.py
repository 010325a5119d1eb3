"""Rows about what stations are made of: variables, monitors and displays of their device models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from sys import intern
from typing import Any

from edgegw.model.value import value


@value()
class VariableState:
    """An attribute of a variable in a station's device model (OCPP 2.0.1 part 1 section 4), as last told.

    Key: station, component, its instance, EVSE, connector, variable, its instance and attribute, with `/` between; each
    is empty where there is none, and without case, as they are in OCPP.
    """

    station: str
    component: str
    variable: str
    at: datetime
    """When the gateway was told that it is like this."""
    attribute: str = "actual"
    """`actual`, `target`, `min_set` or `max_set`."""
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None
    value: str | None = None
    """None where the station did not say, or it is not kept: a secret, or a driver's."""
    mutability: str | None = None
    """`read_only`, `write_only` or `read_write`."""
    data_type: str | None = None
    unit: str | None = None
    """Of value and limits, as OCPP spells it."""
    min_limit: float | None = None
    """For a text or a list: the fewest characters or members."""
    max_limit: float | None = None
    values: str | None = None
    """What it may be, with commas between."""

    def __post_init__(self) -> None:
        # A hub holds tens of thousands, and its stations tell mostly the same words: each is kept once.
        for name in ("station", "component", "variable", "attribute", "value", "mutability", "data_type", "values"):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, intern(text))


@value()
class MonitorState:
    """Key `{station}/{monitor}`. What a station watches of a variable, and tells of by NotifyEvent."""

    station: str
    monitor: int
    """The number that the station knows it by."""
    component: str
    variable: str
    at: datetime
    kind: str
    """Such as `upper_threshold`, `delta` or `periodic`."""
    value: float
    """Threshold or delta in the variable's unit; of a periodic one the interval in seconds."""
    severity: int
    """0 (danger) to 9 (for the curious)."""
    transaction: bool = False
    """It watches only while a transaction runs."""
    origin: str | None = None
    """`custom_monitor`, `preconfigured_monitor` or `hard_wired_monitor`; OCPP 2.0.1 does not say."""
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None
    stream: int | None = None
    """The periodic event stream that brings its values (OCPP 2.1)."""


@value()
class DisplayState:
    """Key `{station}/{message}`. A message that a station shows, or will show."""

    station: str
    message: int
    """The number that the station knows it by."""
    at: datetime
    priority: str
    """`always_front`, `in_front` or `normal_cycle`."""
    texts: tuple[Mapping[str, Any], ...]
    """One a language: `text`, `format`, and `language` where it is told."""
    state: str | None = None
    """What the station must be doing for it to be shown, such as `charging` or `idle`; None: anything."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reference: str | None = None
    """The transaction that it belongs to, by the id that the station uses."""
    component: str | None = None
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
