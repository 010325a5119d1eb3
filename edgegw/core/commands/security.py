"""Commands about what stations prove themselves with, which the hub carries out itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgegw.core.context import Context
from edgegw.core.security import newest
from edgegw.core.unfit import Unfit
from edgegw.model import facts as f
from edgegw.model.state import CommandState, State


def revoke_certificate(
    state: State, command: CommandState, args: Mapping[str, Any], ctx: Context
) -> tuple[tuple[f.Fact, ...], Mapping[str, Any]]:
    """Raises Unfit."""
    seen = state.stations.get(args["station"])
    if seen is None and args["station"] not in ctx.site.stations:
        raise Unfit(f"there is no station {args['station']!r}")
    fingerprint = args.get("fingerprint")
    if fingerprint is None:
        certificate = newest(seen) if seen is not None else None
        if certificate is None:
            raise Unfit("no certificate of the station's is known here: name its fingerprint")
        fingerprint = certificate.fingerprint
    fingerprint = fingerprint.replace(":", "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", fingerprint) is None:
        raise Unfit("fingerprint is the SHA-256 of the certificate, 64 digits of hex")
    fact = f.CertificateRevoked(
        at=ctx.now, station=args["station"], fingerprint=fingerprint, reason=args.get("reason"), by=command.by
    )
    return (fact,), {"fingerprint": fingerprint}
