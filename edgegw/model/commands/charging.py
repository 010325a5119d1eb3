"""Commands about charging: transactions, reservations, profiles and limits."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import (
    AnyObject,
    Argument,
    CommandName,
    Money,
    Number,
    OneOf,
    Text,
    Time,
    Whole,
    maybe,
)
from edgegw.model.commands.places import EVSE, MAYBE_EVSE, STATION, TRANSACTION

_ID_TOKEN = Argument("id_token", Text(), "Id token that the transaction is charged to", private=True)
_ENERGY = maybe("energy_wh", Whole(1), "Energy in Wh after which the hub stops the transaction")
_WHY_DEPARTURE = "When the car will leave"
_PURPOSE = OneOf(("tx_profile", "tx_default_profile", "station_max_profile"))

COMMANDS: Mapping[str, CommandName] = {
    "start_transaction": CommandName(
        "Begin a transaction. Done when the station accepts it.",
        (
            STATION, EVSE, _ID_TOKEN,
            maybe("limit_a", Number(), "Most current per phase in A that the load loop gives it"),
            _ENERGY,
            maybe("departure_at", Time(), _WHY_DEPARTURE),
            maybe("max_cost", Money(), "Cost in the site's currency at which the hub stops the transaction"),
        ),
        numbered=True, shows=True,
    ),
    "stop_transaction": CommandName(
        "End a transaction, named by its id or by station and EVSE. Done when the station accepts it.",
        (
            maybe("transaction", Text(64), "The hub's id of the transaction"),
            maybe("station", Text(), "Identity of the station, with evse instead of a transaction"),
            maybe("evse", Whole(1), "Number of the EVSE"),
        ),
        restricts=True, shows=True,
    ),
    "get_transaction_status": CommandName(
        "Whether a transaction goes on, and whether messages of it, or of any when none is named, wait at the station. "
        "Stations of OCPP 2.x know.",
        (
            maybe("transaction", Text(64), "The hub's id of the transaction"),
            maybe("station", Text(), "Identity of the station, instead of a transaction"),
        ),
    ),
    "set_departure": CommandName(
        "Say when the car of a running transaction will leave, and how much energy it wants.",
        (TRANSACTION, Argument("departure_at", Time(), _WHY_DEPARTURE), _ENERGY),
        at_station=False,
    ),
    "set_limit": CommandName(
        "Limit the site, a circuit or a station; without a limit the one that was set goes. The lowest of all wins.",
        (
            Argument("target", Text(), "site, circuit:ID or station:ID"),
            maybe("limit_a", Number(), "Current per phase in A"),
            maybe("limit_w", Number(), "Power in W"),
            maybe("until", Time(), "When the limit goes by itself"),
        ),
        at_station=False,
    ),
    "reserve": CommandName(
        "Keep an EVSE for an id token. The result names the reservation.",
        (
            STATION, MAYBE_EVSE,
            Argument("id_token", Text(), "Who it is kept for", private=True),
            Argument("until", Time(), "How long it is kept"),
        ),
        numbered=True,
    ),
    "cancel_reservation": CommandName(
        "Give up a reservation.",
        (Argument("reservation", Text(128), "The id that the result of reserve gave"),),
    ),
    "set_charging_profile": CommandName(
        "Give a station a charging profile of one limit, or any as its OCPP version spells it.",
        (
            STATION,
            Argument("evse", Whole(0), "Number of the EVSE; 0 for the whole station"),
            Argument("profile", AnyObject(), "{limit_a | limit_w, duration_s?, purpose?, stack_level?} or {raw}"),
        ),
    ),
    "clear_charging_profile": CommandName(
        "Take charging profiles out of a station: those that fit all that is named.",
        (
            STATION, MAYBE_EVSE,
            maybe("profile_id", Whole(), "Id of the profile"),
            maybe("purpose", _PURPOSE, "Purpose of the profiles"),
            maybe("stack_level", Whole(), "Stack level of the profiles"),
        ),
    ),
    "get_composite_schedule": CommandName(
        "What a station will allow at an EVSE, from all of its profiles. The result holds the periods.",
        (
            STATION,
            Argument("evse", Whole(0), "Number of the EVSE; 0 for the whole station"),
            Argument("duration_s", Whole(1), "How far ahead, in seconds"),
            maybe("unit", OneOf(("a", "w")), "Current in A or power in W; the station's choice when not said"),
        ),
    ),
}  # fmt: skip
