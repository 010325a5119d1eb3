"""Firmware (OCPP 1.6 section 5.19, and the security whitepaper, edition 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer, Unsupported
from edgegw.stations.commanding import carried, moment, signature_of, with_result
from edgegw.stations.words import stamp


def _update_firmware(command: Command, peer: Peer, number: int) -> Outgoing:
    """Signed firmware by the whitepaper's message, which alone carries a request number; any other by the old one."""
    retrieve_at = moment(command, "retrieve_at") or stamp(peer.now)
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    proof, install_at = signature_of(command), moment(command, "install_at")
    if proof:
        firmware = {"location": command.args["location"], "retrieveDateTime": retrieve_at, **proof}
        if install_at is not None:
            firmware["installDateTime"] = install_at
        payload = {"requestId": number, "firmware": firmware, **retries}
        return Outgoing("SignedUpdateFirmware", payload, with_result(request=number))
    if install_at is not None:
        raise Unsupported("OCPP 1.6 can say when to install of signed firmware alone")
    payload = {"location": command.args["location"], "retrieveDate": retrieve_at, **retries}
    return Outgoing("UpdateFirmware", payload, lambda answer: Ending("done", None, {"request": None}))


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "update_firmware": _update_firmware,
}
