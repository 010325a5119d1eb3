"""What facts change in what is known of a station's proofs."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.core.security import is_foreign, with_certificate
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, State, StationCertificate, StationState
from edgegw.model.value import changed


def pinned(state: State, fact: f.StationBooted) -> dict[str, Any]:
    """What a boot changes of the station's pin: the first that is accepted sets it, one with it ends an alarm."""
    seen = state.stations.get(fact.station)
    if seen is None or seen.pinned_serial is None:
        return {"pinned_serial": fact.serial or None} if fact.status == "accepted" else {}
    return {} if not fact.serial or is_foreign(seen, fact.serial) else {"foreign_serial": None}


def _row(state: State, fact: f.StationFact, **fields: Any) -> Changes:
    old = state.stations.get(fact.station) or StationState(fact.station)
    return (Change("stations", fact.station, changed(old, **fields)),)


def _certificate(state: State, fact: f.StationFact, fingerprint: str, **fields: Any) -> Changes:
    old = state.stations.get(fact.station) or StationState(fact.station)
    known = next((each for each in old.certificates if each.fingerprint == fingerprint), None)
    certificate = changed(known or StationCertificate(fingerprint), **fields)
    return _row(state, fact, certificates=with_certificate(old, certificate))


def _confirmed(state: State, fact: f.PasswordConfirmed) -> Changes:
    """The station uses one password: what was set here stays if it is that, and goes if it is the gateway's."""
    return _row(state, fact, **({"password_at": None} if fact.set_here else {"password": None}))


def _signed(state: State, fact: f.CertificateSigned) -> Changes:
    return _certificate(
        state, fact, fact.fingerprint, serial_number=fact.serial_number, expires_at=fact.expires_at, use=fact.use
    )


def _issued(state: State, fact: f.CertificateIssued) -> Changes:
    if fact.fingerprint is None:
        return ()
    return _certificate(state, fact, fact.fingerprint, taken=True, use=fact.use)


def _step(state: State, fact: f.SecurityStepTaken) -> Changes:
    """From the step on that names the new profile the station may come back by it at any time."""
    tells = fact.step in ("network_profile", "security_profile")
    return _row(state, fact, upgrading_to=fact.target) if tells and fact.outcome == "done" else ()


def _raised(state: State, fact: f.SecurityProfileRaised) -> Changes:
    old = state.stations.get(fact.station)
    least = old.security_profile or 0 if old is not None else 0
    return _row(state, fact, security_profile=max(least, fact.profile), upgrading_to=None)


FOLDS: Folds = {
    f.CertificateSigned: _signed,
    f.CertificateIssued: _issued,
    f.CertificateExpiring: lambda s, x: _certificate(s, x, x.fingerprint, expires_at=x.expires_at, expiring=True),
    f.CertificateRevoked: lambda s, x: _certificate(s, x, x.fingerprint, revoked_at=x.at),
    f.PasswordConfirmed: _confirmed,
    f.PasswordRotated: lambda s, x: _row(s, x, password_at=x.at),
    f.SecurityStepTaken: _step,
    f.SecurityProfileRaised: _raised,
    f.SerialChanged: lambda s, x: _row(s, x, foreign_serial=x.serial),
}
