"""Facts of what a station is made of: its variables, what it watches of them, the messages on its display.

They hold only what has become known or other than before (docs/decisions/0080), and name the whole of it, so that the
newest of a thing counts. Each entry leaves out what is not known. Where it stands in the station's device model (OCPP
2.0.1 part 1 section 4) are `component`, `component_instance`, `evse`, `connector`, `variable`, `variable_instance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class VariablesChanged(StationFact):
    """A station told of variables that were not known like this. `action` is the message that told of them.

    Each of `variables` is one attribute of one variable, as VariableState names it. The value of a secret, or of what
    identifies a driver, is not there. `left_out` counts new ones beyond those that are kept of one station.
    """

    type: ClassVar[str] = "variables_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("action",)

    action: str
    variables: tuple[Mapping[str, Any], ...]
    left_out: int = 0


@value(kw_only=True)
class MonitorsChanged(StationFact):
    """A station told of monitors that were not known like this, each as MonitorState names it; those whose numbers are
    `removed` it has no more. `left_out` counts new ones beyond those that are kept of one station."""

    type: ClassVar[str] = "monitors_changed"
    shown: ClassVar[tuple[str, ...] | None] = ()

    monitors: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[int, ...] = ()
    left_out: int = 0


@value(kw_only=True)
class DisplaysChanged(StationFact):
    """A station told of display messages that were not known like this, each as DisplayState names it; those whose
    numbers are `removed` it shows no more. `left_out` counts new ones beyond those that are kept of one station."""

    type: ClassVar[str] = "displays_changed"
    shown: ClassVar[tuple[str, ...] | None] = ()

    displays: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[int, ...] = ()
    left_out: int = 0


@value(kw_only=True)
class CustomerInformationTold(StationFact):
    """Part `part` (from 0) of what a station knows of a customer, who was asked about under the number `request`."""

    type: ClassVar[str] = "customer_information_told"
    shown: ClassVar[tuple[str, ...] | None] = ("request", "part", "last")
    personal: ClassVar[tuple[str, ...]] = ("text",)

    request: int
    part: int
    last: bool
    text: str | None = None
