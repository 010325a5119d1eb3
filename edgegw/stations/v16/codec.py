"""The 1.6 codec: `incoming` for what stations say, `outgoing` for what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.model.commands import Command, Setpoint
from edgegw.stations import profiles
from edgegw.stations.codec import Codec, Incoming, NotSupported, Outgoing, Payload, Peer, Unsupported, Version
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.quirked import quirked
from edgegw.stations.v16 import incoming, outgoing


class Codec16:
    """OCPP 1.6-J. Without state."""

    version: Final[Version] = "1.6"
    subprotocol: Final = "ocpp1.6"

    def incoming(self, action: str, payload: Payload, peer: Peer) -> Incoming:
        understand = incoming.ACTIONS.get(action)
        if understand is None:
            raise NotSupported(action)
        return understand(payload, peer)

    def command(self, command: Command, peer: Peer, number: int) -> Outgoing:
        build = outgoing.COMMANDS.get(command.name)
        if build is None:
            raise Unsupported(outgoing.LACKING.get(command.name, f"OCPP 1.6 has no message for {command.name}"))
        call = build(command, peer, number)
        # A profile in the station's own words goes out as it stands.
        profile = command.args.get("profile")
        return call if isinstance(profile, Mapping) and "raw" in profile else quirked(call, peer)

    def setpoint(self, setpoint: Setpoint, peer: Peer) -> Outgoing:
        profile = fitted(profiles.of_setpoint(setpoint, peer), abilities(peer, "1.6"), peer)
        return quirked(outgoing.set_profile(profile), peer)

    def default_limit(self, evse: int, limit_a: float, peer: Peer) -> Outgoing:
        profile = fitted(profiles.of_default(evse, limit_a, peer), abilities(peer, "1.6"), peer)
        return quirked(outgoing.set_profile(profile), peer)


CODEC: Final[Codec] = Codec16()
