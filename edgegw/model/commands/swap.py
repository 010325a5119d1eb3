"""Commands about stations that swap batteries, which OCPP 2.1 brought (part 2, block S)."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import Argument, CommandName, Text
from edgegw.model.commands.places import STATION

COMMANDS: Mapping[str, CommandName] = {
    "request_battery_swap": CommandName(
        "Have a station swap a driver's batteries. battery_swapped facts with the request number of the result follow.",
        (STATION, Argument("id_token", Text(), "Whose batteries", private=True)),
        numbered=True,
    ),
}
