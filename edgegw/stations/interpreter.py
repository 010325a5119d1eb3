"""From a station's CALL to what it means for the hub: validated, translated, its times put right."""

from __future__ import annotations

import logging

from edgegw.stations import metrics
from edgegw.stations.acquaintance import Acquaintance
from edgegw.stations.codec import Codec, Incoming, NotSupported, Tell, Unprocessable
from edgegw.stations.gathering import Gathering
from edgegw.stations.rpc import Call, Code, Fault, Send
from edgegw.stations.schemas import Kind, Violation, elsewhere, for_version
from edgegw.stations.tolerances import Reception

log = logging.getLogger("edgegw.stations")


class Interpreter:
    """Of one connection. Parts of a report that a CALL of ours waits for go to `gathering`."""

    def __init__(self, known: Acquaintance, codec: Codec, reception: Reception, gathering: Gathering) -> None:
        self._known = known
        self._codec = codec
        self._reception = reception
        self._gathering = gathering
        self._version = codec.version
        self._sends = for_version(codec.version).sends

    def understand(self, call: Call | Send, *, fresh: bool) -> Incoming | Fault:
        """Never raises: a codec that fails costs this CALL, not the connection. `fresh`: it has not waited here."""
        action = call.action
        # A SEND that comes as a CALL, as stations without SEND have it, is taken and answered with nothing.
        kind: Kind = "send" if type(call) is Send or action in self._sends else "request"
        taken = self._reception.take(action, kind, call.payload)
        if taken is None and (named := self._reception.named(action)) is not None:
            call.action = named
            return self.understand(call, fresh=fresh)
        if taken is None:
            metrics.received(metrics.UNKNOWN).inc()
            return Fault("unknown_action", Code.NOT_IMPLEMENTED, elsewhere(action, self._version), call.id)
        metrics.received(action).inc()
        if isinstance(taken, Violation):
            return Fault("invalid_payload", taken.code, taken.text, call.id)
        call.payload = taken
        known = self._known
        if action != "BootNotification" and not known.may_be_served():
            return Fault("not_accepted", Code.SECURITY, "this station has not been accepted", call.id)
        try:
            incoming = known.dated(action, taken, self._codec.incoming(action, taken, known.peer()), fresh=fresh)
        except NotSupported:
            return Fault("not_supported", Code.NOT_SUPPORTED, "this gateway does nothing with this action", call.id)
        except Unprocessable as refused:
            return Fault("unprocessable", refused.code, refused.text, call.id)
        except Exception:
            log.exception("%s: %s could not be translated", known.station, action)
            return Fault("internal", Code.INTERNAL, "", call.id)
        if isinstance(incoming, Tell) and incoming.part is not None and self._gathering.take(incoming.part):
            incoming.facts = ()
        return incoming
