"""Passwords and security profiles (1.6 security whitepaper, use cases A01 and A05)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer, Unsupported
from edgegw.stations.words import ending


def _rotate_password(command: Command, peer: Peer, number: int) -> Outgoing:
    password = command.args.get("password")
    if password is None:
        raise Unsupported("the gateway makes the password itself")
    return Outgoing("ChangeConfiguration", {"key": "AuthorizationKey", "value": password}, ending)


def _upgrade_security(command: Command, peer: Peer, number: int) -> Outgoing:
    """The last step alone. Where the station connects to, no message of 1.6 can say."""
    payload = {"key": "SecurityProfile", "value": str(command.args["profile"])}
    return Outgoing("ChangeConfiguration", payload, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "rotate_password": _rotate_password,
    "upgrade_security": _upgrade_security,
}
