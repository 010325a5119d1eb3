"""What is wrong with a station, and what to do: a sentence for each thing that an installer can mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidUpgrade

from edgegw.model import facts as f
from edgegw.model.requests import BootRequest
from edgegw.stations import unopened
from edgegw.stations.handshakes import _WORDS
from edgegw.stations.knocks import Knocks
from edgegw.web import findings
from edgegw.web.neighbours import Neighbours
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site
from tests.web.served import serving
from tests.web.test_openapi import named

ABOUT: dict[str, Any] = {"station": "CP01"}


class Seen:
    """A hub that has seen a station do this and that; `of` is what the API then shows of it."""

    def __init__(self, folder: Path, **site: Any) -> None:
        self.clock = FakeClock()
        self.knocks = Knocks(self.clock.now)
        self.known: dict[str, Any] = {}
        self._folder = folder
        self._site = a_site(**site)

    def neighbours(self) -> Neighbours:
        return Neighbours(peculiar=lambda station: self.known, knocks=self.knocks.of, knocked=self.knocks.all)

    async def of(self, *facts: f.Fact, station: str = "CP01", boots: bool = True) -> dict[str, Any]:
        async with a_hub(self._folder, self.clock, self._site) as hub:
            if boots:
                at = self.clock.now()
                await hub.record(f.StationConnected(at=at, station=station, ocpp="1.6", address="10.0.0.9"))
                await hub.request(
                    BootRequest(station=station, at=at, ocpp="1.6", vendor="ACME", model="One", serial="SN1")
                )
            await hub.record(*facts)
            async with serving(hub, self._folder, self.neighbours()) as web:
                body: dict[str, Any] = (await web.installer.get(f"/api/v1/stations/{station}")).json
                masked = (await web.guest.get(f"/api/v1/stations/{station}")).json
        for each in (body, masked):
            named("Station").validate(each)
        assert masked["findings"] == body["findings"]
        assert "10.0.0.9" not in str(masked)
        assert "SN1" not in str(masked)
        return body


def kinds(body: dict[str, Any]) -> list[str]:
    return [each["kind"] for each in body["findings"]]


async def test_of_a_station_that_is_well_there_is_nothing_to_say(tmp_path: Path) -> None:
    body = await Seen(tmp_path).of()
    assert body["findings"] == []
    assert (body["link"], body["boot_source"], body["security_source"]) == (
        {"state": "up", "since": None},
        "file",
        "file",
    )


async def test_one_that_never_came_and_one_that_went_are_told_apart(tmp_path: Path) -> None:
    body = await Seen(tmp_path / "never").of(boots=False)
    assert kinds(body) == ["never"]
    assert "ws://HUB:PORT/ocpp/CP01" in body["findings"][0]["todo"]
    seen = Seen(tmp_path / "down")
    gone = f.StationDisconnected(**ABOUT, at=seen.clock.now(), reason="1006")
    body = await seen.of(gone)
    assert kinds(body) == ["down"]
    assert body["link"] == {"state": "down", "since": "2026-03-02T12:00:00.000000Z"}


async def test_why_one_is_not_let_in_goes_before_that_it_is_away(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    for _ in range(3):
        seen.knocks.turned_away("CP01", "10.0.0.9", "password", "wrong or missing user name or password")
    (finding,) = (await seen.of(boots=False))["findings"]
    assert (finding["kind"], finding["level"], finding["values"]["count"]) == ("turned_away", "bad", 3)
    assert "wrong or missing user name or password" in finding["text"]
    assert "AuthorizationKey" in finding["todo"]


async def test_tls_that_fails_is_told_of_the_station_that_was_at_the_address(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    seen.knocks.turned_away(None, "10.0.0.8", "tls_version", "it speaks no TLS of 1.2 or newer")
    seen.knocks.turned_away(None, "10.0.0.9", "tls_server_certificate", "it does not trust the root")
    body = await seen.of(f.StationDisconnected(**ABOUT, at=seen.clock.now(), reason="1006"))
    assert [each["reason"] for each in body["knocks"]] == ["tls_server_certificate"]
    assert "Put the root" in body["findings"][0]["todo"]


def test_for_each_reason_of_a_refusal_it_is_said_what_to_do() -> None:
    reasons = {f"tls_{word}" for word, _ in _WORDS.values()}
    begun = [(b"\x16", None), (b"POST", None), (b"GET ", None), (b"GET ", InvalidUpgrade("Upgrade"))]
    begun += [(b"GET ", InvalidHandshake("x")), (b"\0", InvalidMessage("x"))]
    reasons |= {unopened.why(*each)[0] for each in begun} | {"path"}
    assert {"tls", "soap", "slow", "no_websocket", "request", "no_http"} <= reasons
    assert reasons <= findings.TURNED_AWAY.keys()


async def test_a_word_that_keeps_it_out_is_named_with_whose_it_is(tmp_path: Path) -> None:
    body = await Seen(tmp_path / "a", unknown_stations="pending").of(station="CP99")
    assert kinds(body) == ["pending"]
    assert (body["boot_source"], body["findings"][0]["todo"]) == (
        "ocpp.unknown_stations", "If it belongs here: edgegw stations accept CP99",
    )  # fmt: skip
    seen = Seen(tmp_path / "b")
    body = await seen.of(f.StationSet(**ABOUT, at=seen.clock.now(), boot="rejected", by="cli"))
    assert (kinds(body), body["boot_source"]) == (["rejected"], "installer")
    assert body["findings"][0]["todo"].endswith("edgegw stations set CP01 --boot accepted")
    changed = f.SerialChanged(**ABOUT, at=seen.clock.now(), serial="SN2", pinned="SN1", refused=True)
    body = await Seen(tmp_path / "c", on_serial_change="alarm").of(changed)
    assert kinds(body) == ["serial_changed"]


@pytest.mark.parametrize(
    ("fact", "kind", "level"),
    [
        (f.StationFellSilent(**ABOUT, at=FakeClock().now(), calls=5), "silent", "bad"),
        (
            f.StationClockOff(**ABOUT, at=FakeClock().now(), skew_s=-10800.0, fault="local_time"),
            "clock_local_time", "warm",
        ),
        (f.StationClockOff(**ABOUT, at=FakeClock().now(), skew_s=95.0, fault="off"), "clock_off", "warm"),
        (
            f.StationStatusChanged(
                **ABOUT, at=FakeClock().now(), evse=1, connector=1, status="faulted", error="GroundFailure"
            ),
            "faulted", "bad",
        ),
        (
            f.StationProvisioned(
                **ABOUT, at=FakeClock().now(), digest="d",
                settings=({"setting": "sample_interval", "status": "refused", "value": "60"},),
            ),
            "settings_refused", "warm",
        ),
        (
            f.StationProvisioned(
                **ABOUT, at=FakeClock().now(), digest="d",
                settings=({"setting": "sample_interval", "status": "reboot_required", "value": "60"},),
            ),
            "restart_required", "warm",
        ),
        (
            f.LocalListSent(**ABOUT, at=FakeClock().now(), version=0, digest="d", entries=0, reason="not_supported"),
            "list_refused", "hint",
        ),
        (
            f.SecurityStepTaken(**ABOUT, at=FakeClock().now(), target=2, step="security_profile", outcome="done"),
            "upgrading", "warm",
        ),
        (f.AvailabilityWanted(**ABOUT, at=FakeClock().now(), operative=False, evse=1, by="cli"), "out_of_use", "hint"),
    ],
)  # fmt: skip
async def test_what_a_station_has_shown_is_put_into_words(tmp_path: Path, fact: f.Fact, kind: str, level: str) -> None:
    (finding,) = (await Seen(tmp_path).of(fact))["findings"]
    assert (finding["kind"], finding["level"]) == (kind, level)
    assert finding["text"].endswith(".")
    assert "{" not in finding["text"] + finding["todo"]


async def test_an_evse_that_the_file_does_not_name_is_told(tmp_path: Path) -> None:
    at = FakeClock().now()
    body = await Seen(tmp_path).of(
        f.StationStatusChanged(**ABOUT, at=at, evse=7, connector=1, status="available"),
    )
    assert kinds(body) == ["evse_unnamed"]
    assert body["findings"][0]["text"] == "It tells of EVSE 7, which the file does not name: no limit is kept there."


async def test_a_password_on_its_way_is_told_and_how_it_came_in(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    seen.known = {"proof": {"tls": True, "by": "password"}, "password_pending": True}
    body = await seen.of()
    assert kinds(body) == ["password_pending"]
    assert body["proof"] == {"tls": True, "by": "password"}


async def test_who_was_not_let_in_is_for_an_installer(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        knocks = Knocks(hub.now)
        knocks.turned_away("CP77", "10.0.0.9", "unknown", "this station is not known here")
        async with serving(hub, tmp_path, Neighbours(knocked=knocks.all)) as web:
            (knock,) = (await web.installer.get("/api/v1/knocks")).json["items"]
            refused = await web.guest.get("/api/v1/knocks")
    named("Knock").validate(knock)
    assert (knock["station"], knock["count"]) == ("CP77", 1)
    assert refused.kind == "not-allowed"
