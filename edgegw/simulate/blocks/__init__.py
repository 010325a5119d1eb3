"""What a virtual station does with what it is told, a module for each functional block.

`DOES_16` of a block is what it does under 1.6, `DOES_2` under 2.0.1 and 2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.blocks import (
    authorization,
    availability,
    certificates,
    charging,
    der,
    diagnostics,
    displays,
    firmware,
    monitoring,
    provisioning,
    reports,
    reservations,
    streams,
    swap,
    tariffs,
    transactions,
    transfer,
)
from edgegw.simulate.blocks.merging import merged
from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = merged(
    authorization.DOES_16,
    availability.DOES_16,
    certificates.DOES_16,
    charging.DOES_16,
    diagnostics.DOES_16,
    firmware.DOES_16,
    provisioning.DOES_16,
    reservations.DOES_16,
    transactions.DOES_16,
    transfer.DOES_16,
)
DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = merged(
    authorization.DOES_2,
    availability.DOES_2,
    certificates.DOES_2,
    charging.DOES_2,
    der.DOES_2,
    diagnostics.DOES_2,
    displays.DOES_2,
    firmware.DOES_2,
    monitoring.DOES_2,
    provisioning.DOES_2,
    reports.DOES_2,
    reservations.DOES_2,
    streams.DOES_2,
    swap.DOES_2,
    tariffs.DOES_2,
    transactions.DOES_2,
    transfer.DOES_2,
)
