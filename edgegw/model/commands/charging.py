"""Commands about charging: transactions, reservations, profiles and limits."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import (
    Argument,
    CommandName,
    ListOf,
    Money,
    Number,
    OneOf,
    Text,
    Time,
    Whole,
    YesNo,
    maybe,
)
from edgegw.model.commands.places import EVSE, MAYBE_EVSE, STATION, TRANSACTION
from edgegw.model.commands.profiles import PROFILE, PURPOSE, VALUES

_ID_TOKEN = Argument("id_token", Text(), "Id token that the transaction is charged to", private=True)
_ENERGY = maybe("energy_wh", Whole(1), "Energy in Wh after which the hub stops the transaction")
_WHY_DEPARTURE = "When the car will leave"

TRANSFERS = (
    "ac_single_phase", "ac_two_phase", "ac_three_phase", "dc", "ac_bpt", "ac_bpt_der", "ac_der", "dc_bpt", "dc_acdp",
    "dc_acdp_bpt", "wpt",
)  # fmt: skip
"""Ways of energy transfer (EnergyTransferModeEnumType of 2.1)."""

COMMANDS: Mapping[str, CommandName] = {
    "start_transaction": CommandName(
        "Begin a transaction. Done when the station accepts it.",
        (
            STATION, EVSE, _ID_TOKEN,
            maybe("limit_a", Number(), "Most current per phase in A that the load loop gives it"),
            _ENERGY,
            maybe("departure_at", Time(), _WHY_DEPARTURE),
            maybe("max_cost", Money(), "Cost in the site's currency at which the hub stops the transaction"),
            maybe("profile", PROFILE, "A tx_profile for the station to hold it to: limit_a, limit_w or periods"),
            maybe("force", YesNo(), "Also with a profile where load management sets the limits"),
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
        "Say when the car of a running transaction will leave, and how much energy it wants. Without departure_at "
        "what was told of it is taken back.",
        (TRANSACTION, maybe("departure_at", Time(), _WHY_DEPARTURE), _ENERGY),
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
    "learn_phases": CommandName(
        "Learn which of the site's phases an EVSE is on, with a car that charges there: it is lowered by 4 A for some "
        "12 s, a few times, and the meters are watched. The result says what is sure.",
        (STATION, maybe("evse", Whole(1), "Number of the EVSE; the one that charges when not said")),
        at_station=False,
    ),
    "reserve": CommandName(
        "Keep an EVSE for an id token. The result names the reservation.",
        (
            STATION, MAYBE_EVSE,
            Argument("id_token", Text(), "Who it is kept for", private=True),
            Argument("until", Time(), "How long it is kept"),
            maybe("connector_type", Text(20), "Any EVSE with such a connector, as OCPP 2.x spells it: cCCS2"),
        ),
        numbered=True,
    ),
    "cancel_reservation": CommandName(
        "Give up a reservation.",
        (Argument("reservation", Text(128), "The id that the result of reserve gave"),),
    ),
    "set_charging_profile": CommandName(
        "Give a station a charging profile: one limit, several periods, or any as its OCPP version spells it. What its "
        "version lacks is refused; what is more than the station holds is brought down to it, never above what was "
        "asked. The result names the profile.",
        (
            STATION,
            Argument("evse", Whole(0, 999), "Number of the EVSE; 0 for the whole station"),
            Argument("profile", PROFILE, "One of limit_a, limit_w, periods or raw, and what belongs to it"),
            maybe("force", YesNo(), "Also what rules over the set points of load management"),
        ),
    ),
    "get_charging_profiles": CommandName(
        "Which charging profiles a station holds, of those that fit all that is named. The result holds them.",
        (
            STATION, MAYBE_EVSE,
            maybe("profile_ids", ListOf(Whole(), 100), "Ids of profiles; without other criteria then"),
            maybe("purpose", PURPOSE, "Purpose of the profiles"),
            maybe("stack_level", Whole(), "Stack level of the profiles"),
            maybe("sources", ListOf(Text(20), 4), "Who set them, such as cso, ems or so"),
        ),
        numbered=True,
    ),
    "clear_charging_profile": CommandName(
        "Take charging profiles out of a station: those that fit all that is named.",
        (
            STATION, MAYBE_EVSE,
            maybe("profile_id", Whole(), "Id of the profile"),
            maybe("purpose", PURPOSE, "Purpose of the profiles"),
            maybe("stack_level", Whole(), "Stack level of the profiles"),
        ),
    ),
    "update_dynamic_schedule": CommandName(
        "Change the values of a dynamic charging profile (OCPP 2.1), in its unit; it has to be there.",
        (
            STATION,
            Argument("profile_id", Whole(1, 2**31 - 1), "Id of the profile, from the result of set_charging_profile"),
            *(maybe(name, kind, f"{wire} of OCPP 2.1") for name, (wire, kind) in VALUES.items()),
        ),
    ),
    "use_priority_charging": CommandName(
        "Have a transaction charge by the station's priority charging profile, or no longer (OCPP 2.1).",
        (TRANSACTION, Argument("active", YesNo(), "Whether it shall")),
    ),
    "allow_energy_transfer": CommandName(
        "Which ways of energy transfer a transaction may use from now on, such as ac_bpt for discharging (OCPP 2.1).",
        (TRANSACTION, Argument("transfers", ListOf(OneOf(TRANSFERS), 11), "The ways that it may use")),
    ),
    "send_afrr_signal": CommandName(
        "Pass on a signal of automatic frequency restoration reserve (OCPP 2.1): the profiles with a signal curve say "
        "what it means.",
        (
            STATION,
            Argument("signal", Whole(-2**31, 2**31 - 1), "The value of the signal"),
            maybe("signalled_at", Time(), "When it holds from; now when not said"),
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
