"""The 2.x codecs: one class, two dialects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command, Setpoint
from edgegw.stations import profiles
from edgegw.stations.codec import Codec, Incoming, NotSupported, Outgoing, Payload, Peer, Unsupported, Version
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.quirked import quirked
from edgegw.stations.v2 import incoming, outgoing
from edgegw.stations.v2.dialect import V21, V201, Dialect


class Codec2:
    """OCPP 2.0.1 or 2.1. Without state."""

    def __init__(
        self,
        dialect: Dialect,
        actions: Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]],
        commands: Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]],
    ) -> None:
        self._dialect = dialect
        self._actions = actions
        self._commands = commands
        self.version: Final[Version] = dialect.version
        self.subprotocol: Final = f"ocpp{dialect.version}"

    def incoming(self, action: str, payload: Payload, peer: Peer) -> Incoming:
        understand = self._actions.get(action)
        if understand is None:
            raise NotSupported(action)
        return understand(payload, peer, self._dialect)

    def command(self, command: Command, peer: Peer, number: int) -> Outgoing:
        build = self._commands.get(command.name)
        if build is None and command.name in outgoing.COMMANDS_21:
            raise Unsupported(f"{command.name} came with OCPP 2.1, the station speaks {self.version}")
        if build is None:
            raise Unsupported(f"OCPP {self.version} has no message for {command.name}")
        call = build(command, peer, number, self._dialect)
        # A profile in the station's own words goes out as it stands.
        profile = command.args.get("profile")
        return call if isinstance(profile, Mapping) and "raw" in profile else quirked(call, peer)

    def setpoint(self, setpoint: Setpoint, peer: Peer) -> Outgoing:
        profile = fitted(profiles.of_setpoint(setpoint, peer), abilities(peer, self.version), peer)
        return quirked(outgoing.set_profile(profile, self._dialect), peer)

    def default_limit(self, evse: int, limit_a: float, peer: Peer) -> Outgoing:
        profile = fitted(profiles.of_default(evse, limit_a, peer), abilities(peer, self.version), peer)
        return quirked(outgoing.set_profile(profile, self._dialect), peer)


CODEC_201: Final[Codec] = Codec2(V201, incoming.ACTIONS, outgoing.COMMANDS)
CODEC_21: Final[Codec] = Codec2(V21, incoming.ACTIONS_21, outgoing.COMMANDS_21)
