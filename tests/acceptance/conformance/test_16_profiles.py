"""OCPP 1.6 beyond the core: lists, firmware, triggers, reservations, security: see docs/conformance.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from edgegw.simulate.link import Fault
from tests.acceptance.conformance.scene import TOKENS, later, scene

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
FILES = "http://192.0.2.9:8008/files"


async def test_a_whole_list_has_what_is_known_of_each_card(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        assert (await on.told("send_local_list"))[0] == "done"
        (sent,) = on.station.heard("SendLocalList")
        assert sent["updateType"] == "Full"
        assert {entry["idTag"] for entry in sent["localAuthorizationList"]} == TOKENS.keys()
        assert all(entry["idTagInfo"]["status"] for entry in sent["localAuthorizationList"])


@pytest.mark.parametrize(
    ("status", "ends"),
    [("NotSupported", ("rejected", "not_supported")), ("Failed", ("failed", "failed")),
     ("VersionMismatch", ("rejected", "version_mismatch"))],
)  # fmt: skip
async def test_a_list_that_the_station_does_not_take_ends_in_its_word(tmp_path: Path, status: str, ends: Any) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["SendLocalList"] = {"status": status}
        assert await on.told("send_local_list") == ends


@pytest.mark.parametrize(
    "told",
    [("Downloading", "DownloadFailed"), ("Downloading", "Downloaded", "Installing", "InstallationFailed"),
     ("Downloading", "Downloaded", "Installing", "Installed")],
)  # fmt: skip
async def test_an_update_is_followed_to_its_end(tmp_path: Path, told: tuple[str, ...]) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["UpdateFirmware"] = {}
        assert (await on.told("update_firmware", location=FILES))[0] == "done"
        for status in told:
            assert await on.says("FirmwareStatusNotification", status=status) == {}
        found = [fact.status for fact in on.gateway.facts(f.FirmwareStatusChanged)]
        assert [status.replace("_", "") for status in found] == [status.lower() for status in told]


async def test_diagnostics_are_asked_for_and_followed(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        outcome = await on.gateway.command("get_log", station="CP01", kind="diagnostics", location=FILES)
        assert outcome.state == "done"
        assert outcome.result is not None
        assert outcome.result["file"] == "CP01-diagnostics.zip"
        await on.gateway.until(lambda: len(on.gateway.facts(f.LogReceived)) == 2)
        assert [fact.status for fact in on.gateway.facts(f.LogReceived)] == ["uploading", "uploaded"]


@pytest.mark.parametrize(
    ("message", "brings"),
    [("boot_notification", "BootNotification"), ("heartbeat", "Heartbeat"), ("meter_values", "MeterValues"),
     ("status_notification", "StatusNotification")],
)  # fmt: skip
async def test_what_is_triggered_comes(tmp_path: Path, message: str, brings: str) -> None:
    async with scene(tmp_path, "1.6") as on:
        before = len(on.station.said(brings))
        assert (await on.told("trigger", message=message))[0] == "done"
        await on.station.until(lambda: len(on.station.said(brings)) > before)


@pytest.mark.parametrize(
    ("status", "ends"),
    [("Rejected", ("rejected", "rejected")), ("NotImplemented", ("rejected", "not_implemented"))],
)
async def test_a_trigger_that_the_station_does_not_follow_is_rejected(tmp_path: Path, status: str, ends: Any) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["TriggerMessage"] = {"status": status}
        assert await on.told("trigger", message="heartbeat") == ends


@pytest.mark.parametrize("status", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_a_reservation_that_the_station_does_not_take_is_none(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["ReserveNow"] = {"status": status}
        told = await on.told("reserve", evse=1, id_token="CARD1", until=later(hours=1))
        assert told == ("rejected", status.lower())
        assert on.gateway.hub.state.reservations == {}


async def test_a_reservation_without_a_connector_is_for_connector_0(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        assert (await on.told("reserve", id_token="CARD1", until=later(hours=1)))[0] == "done"
        assert on.station.heard("ReserveNow")[0]["connectorId"] == 0


async def test_a_reservation_that_the_station_does_not_give_up_stays(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        assert (await on.told("reserve", evse=1, id_token="CARD1", until=later(hours=1)))[0] == "done"
        (held,) = on.gateway.hub.state.reservations
        on.station.answers["CancelReservation"] = {"status": "Rejected"}
        outcome = await on.gateway.command("cancel_reservation", reservation=held)
        assert (outcome.state, outcome.reason) == ("rejected", "rejected")
        assert list(on.gateway.hub.state.reservations) == [held]


@pytest.mark.parametrize(("status", "ends"), [("Failed", ("failed", "failed")), ("Rejected", ("rejected", "rejected"))])
async def test_a_certificate_that_is_not_taken_ends_in_the_stations_word(
    tmp_path: Path, status: str, ends: Any
) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["InstallCertificate"] = {"status": status}
        assert await on.told("install_certificate", use="csms_root", certificate=PEM) == ends


@pytest.mark.parametrize(
    "kind",
    ["InvalidCentralSystemCertificate", "InvalidChargePointCertificate", "InvalidFirmwareSigningCertificate",
     "InvalidFirmwareSignature"],
)  # fmt: skip
async def test_a_security_event_is_taken_and_kept(tmp_path: Path, kind: str) -> None:
    async with scene(tmp_path, "1.6") as on:
        assert await on.says("SecurityEventNotification", type=kind, timestamp=later(seconds=0)) == {}
        assert [fact.kind.lower().replace("_", "") for fact in on.gateway.facts(f.SecurityEvent)] == [kind.lower()]


async def test_signed_firmware_with_a_wrong_signature_is_followed_to_its_end(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["SignedUpdateFirmware"] = {"status": "Accepted"}
        signed = {"certificate": PEM, "signature": "c2ln"}
        outcome = await on.gateway.command("update_firmware", station="CP01", location=FILES, **signed)
        assert outcome.state == "done"
        assert outcome.result is not None
        request = outcome.result["request"]
        for status in ("Downloading", "Downloaded", "InvalidSignature"):
            assert await on.says("SignedFirmwareStatusNotification", status=status, requestId=request) == {}
        last = on.gateway.facts(f.FirmwareStatusChanged)[-1]
        assert (last.status, last.request) == ("invalid_signature", request)


@pytest.mark.parametrize("status", ["InvalidCertificate", "RevokedCertificate"])
async def test_signed_firmware_whose_certificate_is_not_taken_is_rejected(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["SignedUpdateFirmware"] = {"status": status}
        told = await on.told("update_firmware", location=FILES, certificate=PEM, signature="c2ln")
        assert told[0] == "rejected"


async def test_a_station_that_knows_no_reservations_says_so(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["ReserveNow"] = Fault("NotSupported")
        state, reason = await on.told("reserve", evse=1, id_token="CARD1", until=later(hours=1))
        assert state in ("failed", "rejected")
        assert "NotSupported" in str(reason)


@pytest.mark.parametrize(("most_tokens", "version"), [(0, -1), (500, 0)])
async def test_a_station_without_a_list_or_with_an_empty_one_says_its_version(
    tmp_path: Path, most_tokens: int, version: int
) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.cabinet.most_tokens = most_tokens
        outcome = await on.gateway.command("get_local_list_version", station="CP01")
        assert (outcome.state, outcome.result) == ("done", {"version": version})
        sent = await on.told("send_local_list")
        assert sent == (("done", None) if most_tokens else ("rejected", "not_supported"))


async def test_a_remote_start_brings_the_profile_that_its_transaction_keeps_to(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.plug(Car(soc=0.3))
        told = await on.told("start_transaction", evse=1, id_token="CARD1", profile={"limit_a": 10}, force=True)
        assert told == ("done", None)
        (asked,) = on.station.heard("RemoteStartTransaction")
        assert asked["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
        await on.station.until(lambda: on.station.places[1].offered_a == 10.0)
