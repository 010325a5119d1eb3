"""Commands about what a 2.x station is made of: reports, monitors, networks; and what it knows of a customer."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import (
    Argument,
    CommandName,
    ListOf,
    Number,
    OneOf,
    Record,
    Text,
    Whole,
    YesNo,
    maybe,
)
from edgegw.model.commands.places import STATION
from edgegw.model.commands.stations import VARIABLE
from edgegw.model.commands.upkeep import HASHES

REPORT_BASES = ("configuration_inventory", "full_inventory", "summary_inventory")
CRITERIA = ("active", "available", "enabled", "problem")
MONITOR_KINDS = (
    "delta", "lower_threshold", "periodic", "periodic_clock_aligned", "target_delta", "target_delta_relative",
    "upper_threshold",
)  # fmt: skip
MONITOR_CRITERIA = ("delta_monitoring", "periodic_monitoring", "threshold_monitoring")
INTERFACES = (
    "any", "wired0", "wired1", "wired2", "wired3", "wireless0", "wireless1", "wireless2", "wireless3",
)  # fmt: skip

_PLACE = tuple(each for each in VARIABLE if each.name != "attribute")
_COMPONENT = tuple(
    maybe(each.name, each.kind, each.about)
    if each.name == "variable"
    else Argument(each.name, each.kind, each.about, required=each.name == "component")
    for each in _PLACE
)
"""A component, or one of its variables."""

_APN = Record((
    Argument("name", Text(2000), "The access point's own name"),
    maybe("user", Text(50), "Who logs in"),
    maybe("password", Text(64), "With what"),
    maybe("sim_pin", Whole(), "PIN of the SIM card"),
    maybe("network", Text(6), "MCC and MNC of the network that is preferred"),
    maybe("only_network", YesNo(), "No other network than that"),
    maybe("authentication", OneOf(("auto", "chap", "none", "pap")), "How it logs in; auto when not said"),
))  # fmt: skip
_VPN = Record((
    Argument("server", Text(2000), "Its address"),
    Argument("user", Text(50), "Who logs in"),
    maybe("group", Text(50), "As which group"),
    Argument("password", Text(64), "With what"),
    Argument("key", Text(255), "The shared secret"),
    Argument("kind", OneOf(("ikev2", "ipsec", "l2tp", "pptp")), "Kind of network"),
))  # fmt: skip

_SEVERITY = Whole(0, 9)
CERTIFICATE = Record(HASHES)
_STREAM = Record((
    maybe("interval_s", Whole(), "Seconds after which values are sent"),
    maybe("values", Whole(), "How many values are sent together"),
))  # fmt: skip
_MONITOR = (
    *_PLACE,
    Argument("kind", OneOf(MONITOR_KINDS), "What is watched for; the target deltas in OCPP 2.1 alone"),
    Argument("value", Number(-1e12), "Threshold or delta in the variable's unit; seconds of a periodic one"),
    Argument("severity", _SEVERITY, "0 (danger) to 9 (for the curious)"),
    maybe("transaction", YesNo(), "Only while a transaction runs"),
    maybe("monitor", Whole(), "The number of a monitor that it takes the place of"),
    maybe("stream", _STREAM, "Have a periodic one's values come in an event stream (OCPP 2.1)"),
)

COMMANDS: Mapping[str, CommandName] = {
    "get_report": CommandName(
        "Have a station report of itself: a base, or the components that are named or fit. Done when it accepts; what "
        "it reports are variables_changed facts, as far as they were not known, and variables_reported with the "
        "request number of the result is their end.",
        (
            STATION,
            maybe("base", OneOf(REPORT_BASES), "A report that every station has; not together with the others"),
            maybe("components", ListOf(Record(_COMPONENT)), "Which components, or variables of them"),
            maybe("criteria", ListOf(OneOf(CRITERIA)), "Components that are one of these"),
        ),
        numbered=True,
    ),
    "set_network_profile": CommandName(
        "Tell a station another way to a CSMS. It uses it when its NetworkConfigurationPriority names the slot.",
        (
            STATION,
            Argument("slot", Whole(), "Where the station keeps it"),
            Argument("url", Text(512), "Websocket URL of the CSMS, without the station's identity", private=True),
            Argument("interface", OneOf(INTERFACES), "Network interface; any in OCPP 2.1 alone"),
            Argument("security_profile", Whole(0, 3), "As the station has it in its own file entry"),
            maybe("timeout_s", Whole(1), "How long a message may take to be answered; 30 when not said"),
            maybe("apn", _APN, "Access point of a mobile network that it goes through", private=True),
            maybe("vpn", _VPN, "Private network that it goes through", private=True),
        ),
    ),
    "set_monitors": CommandName(
        "Have a station watch variables, and tell by itself what is noticed. The result tells the monitors' numbers.",
        (STATION, Argument("monitors", ListOf(Record(_MONITOR)), "What is watched")),
    ),
    "clear_monitors": CommandName(
        "Have a station watch no longer.",
        (STATION, Argument("monitors", ListOf(Whole()), "Numbers of the monitors")),
    ),
    "get_monitors": CommandName(
        "Have a station report what it watches, as monitors_changed facts as far as it was not known; "
        "variables_reported with the request number of the result is their end.",
        (
            STATION,
            maybe("components", ListOf(Record(_COMPONENT)), "Monitors of these alone"),
            maybe("criteria", ListOf(OneOf(MONITOR_CRITERIA)), "Monitors of these kinds alone"),
        ),
        numbered=True,
    ),
    "set_monitoring_base": CommandName(
        "Which monitors of its vendor a station works with. Other than all, it takes away those that were set.",
        (STATION, Argument("base", OneOf(("all", "factory_default", "hard_wired_only")), "Which ones")),
    ),
    "set_monitoring_level": CommandName(
        "How severe an event must be for a station to tell it.",
        (STATION, Argument("severity", _SEVERITY, "It tells this and what is worse: lower numbers")),
    ),
    "customer_information": CommandName(
        "Have a station tell, or forget, what it knows of a customer. Done when it accepts; what it tells are "
        "customer_information_told facts under the request number of the result.",
        (
            STATION,
            maybe("report", YesNo(), "It shall tell"),
            maybe("clear", YesNo(), "It shall forget"),
            maybe("id_token", Text(), "The customer's id token", private=True),
            maybe("customer", Text(64), "Or another name that the station knows the customer by", private=True),
            maybe("certificate", CERTIFICATE, "Or the customer's contract certificate, by its hashes", private=True),
        ),
        numbered=True,
    ),
    "get_display_messages": CommandName(
        "Have a station report what its display shows, as displays_changed facts as far as it was not known; "
        "variables_reported with the request number of the result is their end.",
        (
            STATION,
            maybe("messages", ListOf(Whole()), "Numbers of the messages; all when not said"),
            maybe("priority", OneOf(("always_front", "in_front", "normal_cycle")), "Those of this priority"),
            maybe("shown_while", OneOf(("charging", "faulted", "idle", "unavailable")), "Those that are shown then"),
        ),
        numbered=True,
    ),
    "publish_firmware": CommandName(
        "Have a station fetch firmware and offer it to others on its network. What comes of it are "
        "firmware_status_changed facts under the request number of the result, which has the checksum as well.",
        (
            STATION,
            Argument(
                "location",
                Text(512),
                "URL that the station fetches it from, or local:NAME of a file here",
                private=True,
            ),
            maybe("checksum", Text(32), "MD5 of the firmware, in hex; of a file here it is worked out"),
            maybe("retries", Whole(), "How often the station tries again"),
            maybe("retry_interval_s", Whole(), "Seconds between its tries"),
        ),
        numbered=True,
    ),
    "unpublish_firmware": CommandName(
        "Have a station offer firmware no longer.",
        (STATION, Argument("checksum", Text(32), "MD5 of the firmware, in hex")),
    ),
}
