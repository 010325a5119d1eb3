"""Serial numbers are pinned, security profiles never fall, certificates that were taken back stay known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edgegw.core.authorize import decide_boot
from edgegw.core.commands.own import OWN
from edgegw.core.fold import apply, fold
from edgegw.core.security import (
    KEPT_CERTIFICATES,
    fingerprint,
    is_kept_out,
    is_revoked,
    newest,
    profile_of,
    upgrade_refusal,
)
from edgegw.model import facts as f
from edgegw.model.requests import BootRequest
from edgegw.model.state import CommandState
from tests.support.hubs import a_site
from tests.support.world import World


def boots(world: World, serial: str | None, station: str = "CP01") -> tuple[str, list[f.Fact]]:
    request = BootRequest(station=station, at=world.context.now, ocpp="1.6", vendor="v", model="m", serial=serial)
    decision = decide_boot(world.state, request, world.context)
    for fact in decision.facts:
        apply(world.state, fold(world.state, fact))
    return decision.answer.status, [fact for fact in decision.facts if isinstance(fact, f.SerialChanged)]


def test_the_serial_number_of_the_first_boot_is_pinned_and_another_is_an_alarm_once() -> None:
    world = World(site=a_site())
    assert boots(world, "SN-1") == ("accepted", [])
    assert boots(world, "sn-1 ") == ("accepted", []), "letters and blanks are firmware's whims"
    assert boots(world, None) == ("accepted", [])
    status, (alarm,) = boots(world, "SN-2")
    assert status == "accepted"
    assert (alarm.serial, alarm.pinned, alarm.refused) == ("SN-2", "SN-1", False)  # type: ignore[attr-defined]
    assert boots(world, "SN-2") == ("accepted", []), "told once"
    seen = world.state.stations["CP01"]
    assert (seen.serial, seen.pinned_serial, seen.foreign_serial) == ("SN-2", "SN-1", "SN-2")
    assert boots(world, "SN-1") == ("accepted", [])
    assert world.state.stations["CP01"].foreign_serial is None
    assert len(boots(world, "SN-2")[1]) == 1, "it changed again"


def test_where_the_site_says_so_another_serial_number_keeps_out_until_somebody_accepts_it() -> None:
    world = World(site=a_site(on_serial_change="reject"))
    boots(world, "SN-1")
    status, (alarm,) = boots(world, "SN-2")
    assert (status, alarm.refused) == ("rejected", True)  # type: ignore[attr-defined]
    assert is_kept_out(world.context.site, world.state.stations["CP01"])
    command = CommandState("c", "accept_station", {"station": "CP01"}, "cli", "received", world.context.now)
    facts, _ = OWN["accept_station"](world.state, command, command.args, world.context)
    for fact in facts:
        apply(world.state, fold(world.state, fact))
    assert not is_kept_out(world.context.site, world.state.stations["CP01"])
    assert boots(world, "SN-2") == ("accepted", [])
    assert boots(world, "SN-1")[0] == "rejected", "the old one is the other one now"


def test_a_station_that_waits_for_an_installer_pins_nothing() -> None:
    world = World(site=a_site(unknown_stations="pending"))
    boots(world, "SN-1", "NEW")
    assert world.state.stations["NEW"].pinned_serial is None


def test_what_a_station_was_raised_to_it_keeps() -> None:
    world = World(site=a_site())
    for profile in (3, 2):
        fact = f.SecurityProfileRaised(station="CP01", at=world.context.now, profile=profile)
        apply(world.state, fold(world.state, fact))
    seen, site = world.state.stations["CP01"], world.context.site
    assert profile_of(site, seen, "CP01", has_password=False) == 3
    assert profile_of(site, None, "CP02", has_password=True) == 0
    assert profile_of(site, None, "NEW", has_password=True) == 1
    assert profile_of(site, None, "NEW", has_password=False) == 0


def signed(world: World, print_: str, *, taken: bool = True) -> None:
    now = world.context.now
    made = f.CertificateSigned(
        station="CP01", at=now, use="station", fingerprint=print_, serial_number="0a", expires_at=now + timedelta(1)
    )
    taken_ = f.CertificateIssued(station="CP01", at=now, use="station", by="gateway:ca", fingerprint=print_)
    for fact in (made, *((taken_,) if taken else ())):
        apply(world.state, fold(world.state, fact))


def test_of_many_certificates_those_that_were_taken_back_stay_known() -> None:
    world = World(site=a_site())
    signed(world, "first")
    revoked = f.CertificateRevoked(station="CP01", at=world.context.now, fingerprint="first", by="cli")
    apply(world.state, fold(world.state, revoked))
    for number in range(2 * KEPT_CERTIFICATES):
        signed(world, f"print-{number}")
    signed(world, "untaken", taken=False)
    seen = world.state.stations["CP01"]
    assert len(seen.certificates) == KEPT_CERTIFICATES
    assert is_revoked(seen, "first")
    used = newest(seen)
    assert used is not None
    assert used.fingerprint == f"print-{2 * KEPT_CERTIFICATES - 1}", "one that it has not taken is not used"


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_has_no_fingerprint(pem: str) -> None:
    assert fingerprint(pem) is None


GOOD: dict[str, Any] = {
    "ocpp": "2.0.1", "url": "wss://hub/ocpp", "has_tls": True, "has_root": True, "signs": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("target", "current", "changed", "words"),
    [
        (2, 0, {}, None), (3, 2, {}, None), (2, 1, {}, None), (2, 0, {"ocpp": "1.6", "url": None}, None),
        (2, 2, {}, "never goes down"), (2, 3, {}, "never goes down"), (3, 1, {}, "security profile 2 first"),
        (3, 2, {"signs": False}, "nobody signs"), (2, 0, {"has_tls": False}, "needs a listener with tls"),
        (2, 0, {"has_root": False}, "name the root"), (2, 0, {"url": None}, "url is needed"),
        (2, 0, {"url": "ws://hub"}, "begins with wss://"),
    ],
)  # fmt: skip
def test_a_way_up_is_refused_for_what_it_lacks(
    target: int, current: int, changed: dict[str, Any], words: str | None
) -> None:
    refused = upgrade_refusal(target, current, **(GOOD | changed))
    assert refused is None if words is None else words in str(refused)
