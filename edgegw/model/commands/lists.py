"""Commands that change what the hub knows by heart: the local list of id tokens, and the price lists."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import AnyObject, Argument, CommandName, ListOf, OneOf, Record, Text, Time, maybe

_ID_TOKEN = Text(255)
_STATUS = OneOf(("accepted", "blocked", "expired", "invalid"))

_ENTRY = Record(
    (
        Argument("id_token", _ID_TOKEN, "Id token as the station reads it"),
        maybe("status", _STATUS, "What it is answered; accepted when not said"),
        maybe("group", _ID_TOKEN, "Id token of the group that it belongs to"),
        maybe("language", Text(35), "Its bearer's language, such as pt-BR"),
        maybe("expires_at", Time(), "From when on it is answered expired"),
    )
)

COMMANDS: Mapping[str, CommandName] = {
    "set_tokens": CommandName(
        "Change entries of the local list and leave the others. Counts until a higher revision of a list names them.",
        (
            maybe("add", ListOf(_ENTRY, 1000), "Entries that are new or take the place of older ones", private=True),
            maybe("remove", ListOf(_ID_TOKEN, 1000), "Id tokens to be taken out of the list", private=True),
        ),
        at_station=False,
    ),
    "set_tariffs": CommandName(
        "Put other price lists in force, in place of those that came before. What runs is billed by its own.",
        (
            Argument("tariffs", AnyObject(), "Price lists by name, each with the keys that the file has"),
            maybe("effective_from", Time(), "From when on they count; at once when not said"),
        ),
        at_station=False,
    ),
}
