"""Commands that steer a station, and any OCPP message."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import (
    AnyObject,
    Anything,
    Argument,
    CommandName,
    ListOf,
    Number,
    OneOf,
    Record,
    Text,
    Time,
    Whole,
    YesNo,
    maybe,
)
from edgegw.model.commands.places import EVSE, MAYBE_CONNECTOR, MAYBE_EVSE, STATION

MAX_TIMEOUT_S = 600
"""A station that is asked by name of the action may take this long to answer."""

ATTRIBUTES = ("actual", "target", "min_set", "max_set")
VARIABLE = (
    maybe("component", Text(50), "Component of OCPP 2.x; a key of OCPP 1.6 has none"),
    Argument("variable", Text(50), "Name of the variable, or of the key in OCPP 1.6"),
    maybe("attribute", OneOf(ATTRIBUTES), "Which of its values; actual when not said"),
    maybe("component_instance", Text(50), "Instance of the component"),
    maybe("variable_instance", Text(50), "Instance of the variable"),
    maybe("evse", Whole(1), "EVSE that the component belongs to"),
    maybe("connector", Whole(1), "Connector that the component belongs to"),
)

COMMANDS: Mapping[str, CommandName] = {
    "unlock_connector": CommandName("Unlock a connector.", (STATION, EVSE, MAYBE_CONNECTOR)),
    "reset": CommandName(
        "Restart a station, or an EVSE where the version can.",
        (
            STATION,
            Argument("kind", OneOf(("soft", "hard")), "hard is at once; soft is graceful, in OCPP 2.x when idle"),
            MAYBE_EVSE,
        ),
    ),
    "change_availability": CommandName(
        "Take a station, EVSE or connector out of service, or put it back.",
        (STATION, Argument("operative", YesNo(), "Whether it shall be in service"), MAYBE_EVSE, MAYBE_CONNECTOR),
    ),
    "trigger": CommandName(
        "Have a station send a message now.",
        (
            STATION,
            Argument("message", Text(50), "Such as status_notification, or as OCPP spells it"),
            MAYBE_EVSE,
            MAYBE_CONNECTOR,
            maybe("custom", Text(50), "Of the message custom_trigger the vendor's own one (OCPP 2.1)"),
        ),
    ),
    "get_variables": CommandName(
        "Read a station's settings: those that are named, or all. Of OCPP 2.x all come as variables_changed facts, as "
        "far as they were not known; variables_reported with the request number of the result is their end.",
        (STATION, maybe("variables", ListOf(Record(VARIABLE)), "Which ones")),
        numbered=True,
    ),
    "set_variables": CommandName(
        "Change a station's settings. They go in as many messages as the station wants; the result tells of each.",
        (
            STATION,
            Argument(
                "variables",
                ListOf(Record((*VARIABLE, Argument("value", Text(2500), "The new value, always a text")))),
                "Which ones, and to what",
                private=True,
            ),
        ),
    ),
    "send_local_list": CommandName(
        "Give a station the site's list of id tokens, in place of the one that it holds.", (STATION,), numbered=True
    ),
    "get_local_list_version": CommandName(
        "Which version of the list of id tokens a station holds: 0 for none, -1 where it can hold none.", (STATION,)
    ),
    "clear_cache": CommandName("Have a station forget which id tokens it was told about.", (STATION,)),
    "set_display_message": CommandName(
        "Show a text on a station's display. The result names the message.",
        (
            STATION,
            Argument("text", Text(512), "What is shown"),
            maybe("message", Whole(), "Number of the message that it takes the place of"),
            maybe("format", OneOf(("ascii", "html", "uri", "utf8")), "How the text is written; utf8 when not said"),
            maybe("language", Text(8), "Language of the text (RFC 5646)"),
            maybe("priority", OneOf(("always_front", "in_front", "normal_cycle")), "normal_cycle when not said"),
            maybe("shown_while", OneOf(("charging", "faulted", "idle", "unavailable")), "Always when not said"),
            maybe("starts_at", Time(), "From when on it is shown"),
            maybe("ends_at", Time(), "Until when it is shown"),
            maybe("transaction", Text(64), "The hub's id of the transaction that it is shown for, until that ends"),
        ),
        numbered=True,
    ),
    "clear_display_message": CommandName(
        "Take a text off a station's display.",
        (STATION, Argument("message", Whole(), "Number of the message, from the result of set_display_message")),
    ),
    "data_transfer": CommandName(
        "Send a vendor's own message.",
        (
            STATION,
            Argument("vendor_id", Text(), "Whose message it is"),
            maybe("message_id", Text(50), "Which of the vendor's messages"),
            maybe("payload", Anything(), "Its content; for OCPP 1.6 what is no text is sent as JSON", private=True),
        ),
    ),
    "call_station": CommandName(
        "Send any CALL of the station's own OCPP version; the result holds its answer as it came.",
        (
            STATION,
            Argument("action", Text(50), "As OCPP spells it: Reset"),
            Argument("payload", AnyObject(), "The payload of the CALL", private=True),
            maybe("timeout_s", Number(0, MAX_TIMEOUT_S, above=True), "How long the answer may take, in seconds"),
            maybe("force", YesNo(), "Also what works against load management or billing"),
        ),
    ),
}
