"""Commands that the hub carries out itself, by writing down what they change, and those for the machine."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import Argument, CommandName, Money, OneOf, Text, Time, Whole, YesNo, maybe
from edgegw.model.commands.places import STATION, TRANSACTION

_CURRENCY = Argument("currency", Text(3), "ISO 4217")
_REFERENCE = Argument("reference", Text(128), "The payment provider's own id of it")

COMMANDS: Mapping[str, CommandName] = {
    "accept_station": CommandName("Let a station in.", (STATION,), at_station=False),
    "reject_station": CommandName("Keep a station out.", (STATION,), at_station=False),
    "set_station": CommandName(
        "Say what rules for a station in place of the file: the answer to its boot, password, security profile.",
        (
            STATION,
            maybe("boot", OneOf(("accepted", "pending", "rejected")), "The answer to its BootNotification"),
            maybe(
                "password", Text(80), "Of basic auth, 16 to 40 characters; kept as a digest. The station is not told",
                private=True,
            ),
            maybe("security_profile", Whole(0, 3), "At least this one from now on; it only rises"),
            maybe("as_configured", YesNo(), "Take back what was said; the file rules again"),
        ),
        at_station=False,
    ),
    "confirm_payment": CommandName(
        "Write down that a transaction has been paid.",
        (
            TRANSACTION, Argument("amount", Money(), "How much"), _CURRENCY, _REFERENCE,
            maybe("method", Text(32), "How it was paid, such as pix or card"),
        ),
        at_station=False,
    ),
    "refund": CommandName(
        "Write down that a payment has been given back, at most what has been paid.",
        (
            TRANSACTION, Argument("amount", Money(), "How much"), _CURRENCY, _REFERENCE,
            maybe("reason", Text(), "Why"),
        ),
        at_station=False,
    ),
    "report_problem": CommandName(
        "Write down that something is wrong at the site.",
        (
            Argument("text", Text(2000), "What is wrong, in someone's own words", private=True),
            maybe("station", Text(), "Identity of the station that it is about"),
            maybe("evse", Whole(1), "EVSE that it is about"),
            maybe("category", Text(32), "What it is about, such as cable, display or payment"),
        ),
        at_station=False,
    ),
    "sign_journal": CommandName("Sign the ledger up to now with the site's key.", at_station=False),
    "erase_personal_data": CommandName(
        "Erase what the ledger holds about a person, for good: of a token, of a transaction, or all before a time. The "
        "stations are asked to forget a token as well, by commands that wait for those that are away; the result names "
        "them.",
        (
            maybe("id_token", Text(), "The token whose values go"),
            maybe("transaction", Text(), "The transaction whose values go"),
            maybe("before", Time(), "Up to when all values go; what is still under way stays"),
        ),
        at_station=False,
    ),
    "reload": CommandName("Read the configuration file again.", at_station=False),
    "upgrade": CommandName(
        "Install another version of the gateway.",
        (maybe("version", Text(32), "Which one; the newest when not said"),),
        at_station=False,
    ),
}  # fmt: skip
