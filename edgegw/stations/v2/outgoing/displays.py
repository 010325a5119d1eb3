"""Messages on a display (OCPP 2.0.1 part 2, block O)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.commanding import carried, moment, named_transaction, with_result
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending

_PRIORITIES: Final = {"always_front": "AlwaysFront", "in_front": "InFront", "normal_cycle": "NormalCycle"}


def _set_display_message(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """A number that the station shows already is replaced (use case O06)."""
    args = command.args
    number = args["message"] if args.get("message") is not None else number
    content: Payload = {"format": str(args.get("format") or "utf8").upper(), "content": args["text"]}
    if args.get("language") is not None:
        content["language"] = args["language"]
    message: Payload = {
        "id": number,
        "priority": _PRIORITIES[args.get("priority") or "normal_cycle"],
        "message": content,
    }
    if args.get("shown_while") is not None:
        message["state"] = str(args["shown_while"]).capitalize()
    for name, key in (("starts_at", "startDateTime"), ("ends_at", "endDateTime")):
        if (at := moment(command, name)) is not None:
            message[key] = at
    if args.get("transaction") is not None:
        message["transactionId"] = named_transaction(command, peer).reference
    return Outgoing("SetDisplayMessage", {"message": message}, with_result(message=number))


def _clear_display_message(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("ClearDisplayMessage", {"id": command.args["message"]}, ending)


def _get_display_messages(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """Use case O04: they come in NotifyDisplayMessages."""
    args = command.args
    payload: Payload = {"requestId": number, **carried(command, messages="id")}
    if args.get("priority") is not None:
        payload["priority"] = _PRIORITIES[args["priority"]]
    if args.get("shown_while") is not None:
        payload["state"] = str(args["shown_while"]).capitalize()
    return Outgoing("GetDisplayMessages", payload, with_result(request=number))


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "get_display_messages": _get_display_messages,
    "set_display_message": _set_display_message,
    "clear_display_message": _clear_display_message,
}
