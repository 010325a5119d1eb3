"""What a station may be by what it has proven before: its serial number is pinned, its security profile never falls.

Pure. The pin is advice, not proof: a station can say any serial number. It tells a swapped or copied station apart from
an honest one, which is why a site chooses what a change means (`ocpp.on_serial_change`).
"""

from __future__ import annotations

import base64
from hashlib import sha256

from edgegw.model import facts as f
from edgegw.model.site import Site
from edgegw.model.state import StationCertificate, StationState

KEPT_CERTIFICATES = 20
"""Of a station; beyond, the oldest that is neither revoked nor the newest is forgotten."""


def is_foreign(seen: StationState | None, serial: str | None) -> bool:
    """Whether a boot with `serial` contradicts the pinned serial number. Some firmware leaves it out at times: that
    says nothing."""
    if seen is None or seen.pinned_serial is None or not serial:
        return False
    return serial.strip().casefold() != seen.pinned_serial.strip().casefold()


def is_kept_out(site: Site, seen: StationState | None) -> bool:
    """Whether a station is out for a serial number that nobody has accepted yet."""
    return site.on_serial_change == "reject" and seen is not None and seen.foreign_serial is not None


def serial_changed(seen: StationState | None, boot: f.StationBooted, *, refused: bool) -> tuple[f.Fact, ...]:
    """The alarm that goes with a boot; once for each serial number."""
    if seen is None or boot.serial is None or seen.foreign_serial == boot.serial or not is_foreign(seen, boot.serial):
        return ()
    pinned = seen.pinned_serial
    assert pinned is not None, "what is not pinned contradicts nothing"
    return (f.SerialChanged(at=boot.at, station=boot.station, serial=boot.serial, pinned=pinned, refused=refused),)


def profile_of(site: Site, seen: StationState | None, station: str, *, has_password: bool) -> int:
    """The security profile that a station has to keep: what the file says, or what it was raised to.

    One that the file does not name has none of its own, and is asked for a password once it has one of the gateway's
    (`has_password`).
    """
    configured = site.stations.get(station)
    least = configured.security_profile if configured is not None else int(has_password)
    return max(least, (seen.security_profile or 0) if seen is not None else 0)


def with_certificate(seen: StationState, certificate: StationCertificate) -> tuple[StationCertificate, ...]:
    """The station's certificates with `certificate` put in, in place of the one of the same fingerprint."""
    same = [each.fingerprint == certificate.fingerprint for each in seen.certificates]
    if any(same):
        return tuple(certificate if is_it else each for each, is_it in zip(seen.certificates, same, strict=True))
    kept = [*seen.certificates, certificate]
    while len(kept) > KEPT_CERTIFICATES:
        old = next((each for each in kept[:-1] if each.revoked_at is None), None)
        if old is None:
            break  # what is revoked has to stay known
        kept.remove(old)
    return tuple(kept)


def fingerprint(chain: str) -> str | None:
    """The SHA-256 in hex of the first certificate of a PEM, None where there is none."""
    inside = chain.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END CERTIFICATE-----")[0]
    try:
        der = base64.b64decode("".join(inside.split()), validate=True)
    except ValueError:
        return None
    return sha256(der).hexdigest() if der else None


def is_revoked(seen: StationState | None, fingerprint: str) -> bool:
    return seen is not None and any(
        each.fingerprint == fingerprint and each.revoked_at is not None for each in seen.certificates
    )


def newest(seen: StationState, use: str = "station") -> StationCertificate | None:
    """The certificate that the station uses towards the gateway (`station`) or cars (`v2g`, `v2g_20`), of those that
    were signed here: the newest that it took for it, or for all of them."""
    used = [
        each for each in seen.certificates if each.taken and each.revoked_at is None and each.use in (use, "combined")
    ]
    return used[-1] if used else None


def upgrade_refusal(
    target: int, current: int, *, ocpp: str, url: str | None, has_tls: bool, has_root: bool, signs: bool
) -> str | None:
    """What a way to a higher security profile lacks, None when it can be gone."""
    if target <= current:
        return f"the station is at security profile {current} already, and never goes down"
    if not has_tls:
        return f"security profile {target} needs a listener with tls in ocpp.listen"
    if target == 3 and current < 2:
        return "a certificate is signed for a station that has proven itself: bring it to security profile 2 first"
    if target == 3 and not signs:
        return "nobody signs certificates that a listener takes: see ocpp.ca, or name an authority in tls.client_ca"
    if not has_root:
        return "name the root above the gateway's certificate: the listener's file does not hold it"
    if ocpp != "1.6" and url is None:
        return "a station of OCPP 2.x is told where to connect: url is needed, as wss://HOST:PORT/PATH"
    if url is not None and not url.startswith("wss://"):
        return "url begins with wss://"
    return None
