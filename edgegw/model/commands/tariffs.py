"""Commands about tariffs that a station itself works with and shows, which OCPP 2.1 brought (part 2, block I).

The tariffs are the site's; the station's sums are for its display. What is billed is priced by the hub.
"""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import Argument, CommandName, ListOf, Text, Whole, maybe
from edgegw.model.commands.places import EVSE, MAYBE_EVSE, STATION, TRANSACTION

_TARIFF = Argument("tariff", Text(60), "Name of one of the site's tariffs")

COMMANDS: Mapping[str, CommandName] = {
    "set_default_tariff": CommandName(
        "Give a station a tariff for drivers that have none of their own.", (STATION, MAYBE_EVSE, _TARIFF)
    ),
    "change_transaction_tariff": CommandName(
        "Have a station show a running transaction's cost by another tariff. What is billed stays as it is.",
        (TRANSACTION, _TARIFF),
    ),
    "get_tariffs": CommandName(
        "Which tariffs a station holds, and for whom. The result holds them.",
        (STATION, MAYBE_EVSE),
    ),
    "clear_tariffs": CommandName(
        "Take default tariffs out of a station: those that are named, or all.",
        (STATION, MAYBE_EVSE, maybe("tariffs", ListOf(Text(60)), "Ids, from the result of get_tariffs")),
    ),
    "announce_web_payment": CommandName(
        "Have a station show that a driver is paying for an EVSE at a web page.",
        (STATION, EVSE, Argument("timeout_s", Whole(1, 86_400), "How long the driver has, in seconds")),
    ),
}
