"""Who has the say: the gateway, or the other CSMS while it answers in time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from edgegw.simulate.station import Version
from tests.stations.upstream.csms import SILENCE, a_csms, now
from tests.stations.upstream.presented import presented

BOTH: list[Version] = ["1.6", "2.0.1"]


def says(version: str, status: str, **more: Any) -> dict[str, Any]:
    return {"idTagInfo" if version == "1.6" else "idTokenInfo": {"status": status, **more}}


@pytest.mark.parametrize("version", BOTH)
async def test_its_word_counts_above_the_local_list(tmp_path: Path, version: Version) -> None:
    """CARD1 is on the gateway's list and CARD7 is not; the other CSMS sees it the other way round."""
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, authority={"authorize": "upstream"}) as gateway,
        gateway.station(version) as station,
    ):
        await gateway.until(gateway.connected)
        csms.answers["Authorize"] = says(version, "Blocked")
        assert not await station.present("CARD1")
        csms.answers["Authorize"] = says(version, "Accepted")
        assert await station.present("CARD7")
        found = [(each.id_token, each.status, each.source) for each in gateway.facts(f.TokenDecided)]
        assert found == [("CARD1", "blocked", "upstream"), ("CARD7", "accepted", "upstream")]
        shown = [each.get("idTag") or each["idToken"]["idToken"] for each in csms.told("Authorize")]
        assert shown == ["CARD1", "CARD7"]


async def test_all_that_it_says_of_a_card_reaches_the_station(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url, authority="upstream") as gateway:
        said = says("1.6", "Accepted", parentIdTag="FLEET", expiryDate="2031-01-02T03:04:05Z")
        csms.answers["Authorize"] = said
        async with gateway.station("1.6") as station:
            await gateway.until(gateway.connected)
            assert await station.connection.call("Authorize", {"idTag": "CARD7"}) == said


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("answer", [SILENCE, "InternalError", {"nonsense": True}])
async def test_without_its_word_in_time_the_gateway_decides(tmp_path: Path, version: Version, answer: Any) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url, authority="upstream", wait="0.2s") as gateway:
        csms.answers |= {"Authorize": answer, "StartTransaction": SILENCE, "TransactionEvent": SILENCE}
        csms.spoil = isinstance(answer, dict)
        async with gateway.station(version) as station:
            await gateway.until(gateway.connected)
            began = asyncio.get_running_loop().time()
            assert await station.present("CARD1")
            assert not await station.present("CARD2")
            station.plug(Car())
            assert await station.present("CARD1")
            await gateway.until(lambda: gateway.facts(f.TransactionStarted))
            assert asyncio.get_running_loop().time() - began < 3
        sources = [each.source for each in gateway.facts(f.TokenDecided)]
        assert set(sources[:3]) == {"list"}


@pytest.mark.parametrize("version", BOTH)
async def test_a_start_that_it_refuses_is_recorded_and_ends(tmp_path: Path, version: Version) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url, authority={"start": "upstream"}) as gateway:
        refused = says(version, "Invalid")
        csms.answers["StartTransaction"] = refused | {"transactionId": 4711}
        csms.answers["TransactionEvent"] = refused
        async with gateway.station(version) as station:
            await gateway.until(gateway.connected)
            station.plug(Car())
            assert await station.present("CARD1")  # Authorize is the gateway's
            await gateway.until(lambda: gateway.facts(f.TransactionStarted))
            csms.answers.pop("TransactionEvent")
            await gateway.until(lambda: gateway.facts(f.TransactionEnded))
            await gateway.until(lambda: gateway.backlog() == 0)
        (start,) = gateway.facts(f.TransactionStarted)
        assert start.authorization == "invalid"
        if version == "1.6":
            assert [each["transactionId"] for each in csms.told("StopTransaction")] == [4711]


async def test_a_repeated_start_is_neither_asked_nor_told_again(tmp_path: Path) -> None:
    start = {"connectorId": 1, "idTag": "CARD7", "meterStart": 100, "timestamp": now()}
    async with a_csms() as csms:
        csms.answers["StartTransaction"] = says("1.6", "Accepted", parentIdTag="FLEET") | {"transactionId": 99}
        async with presented(tmp_path, csms.url, authority="upstream") as gateway, gateway.station("1.6") as station:
            await gateway.until(gateway.connected)
            first = await station.connection.call("StartTransaction", start)
            again = await station.connection.call("StartTransaction", start)
        async with presented(tmp_path, csms.url, authority="upstream") as gateway, gateway.station("1.6") as station:
            await gateway.until(gateway.connected)
            at_last = await station.connection.call("StartTransaction", start)
            stop = {"transactionId": first["transactionId"], "meterStop": 200, "timestamp": now()}
            await station.connection.call("StopTransaction", stop)
            await gateway.until(lambda: csms.told("StopTransaction"))
        assert first == again == at_last
        assert first["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FLEET"}
        assert first["transactionId"] != 99
        assert len(csms.told("StartTransaction")) == 1
        assert csms.told("StopTransaction")[0]["transactionId"] == 99


async def test_an_answer_that_was_lost_is_asked_for_under_the_same_id(tmp_path: Path) -> None:
    """The connection ends over a start: what is said again is the same message, so a CSMS can count it once."""
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station("1.6") as station:
        await gateway.until(gateway.connected)
        csms.answers["StartTransaction"] = SILENCE
        await station.connection.call(
            "StartTransaction", {"connectorId": 1, "idTag": "CARD1", "meterStart": 1, "timestamp": now()}
        )
        await gateway.until(lambda: csms.told("StartTransaction"))
        csms.answers.clear()
        csms.sockets["CP01"].transport.abort()
        await gateway.until(lambda: len(csms.told("StartTransaction")) == 2 and gateway.backlog() == 0)
        heard = zip(csms.heard, csms.ids, strict=True)
        ids = [id for (_, action, _), id in heard if action == "StartTransaction"]
        assert ids[0] == ids[1]


@pytest.mark.parametrize(("code", "times"), [("InternalError", 3), ("FormationViolation", 1)])
async def test_what_it_refuses_is_given_up_and_what_follows_goes_on(tmp_path: Path, code: str, times: int) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station("1.6") as station:
        await gateway.until(gateway.connected)
        csms.answers["StartTransaction"] = code
        start = {"connectorId": 1, "idTag": "CARD1", "meterStart": 1, "timestamp": now()}
        begun = await station.connection.call("StartTransaction", start)
        await gateway.until(lambda: gateway.backlog() == 0)
        stop = {"transactionId": begun["transactionId"], "meterStop": 2, "timestamp": now()}
        await station.connection.call("StopTransaction", stop)
        await station.connection.call("FirmwareStatusNotification", {"status": "Installed"})
        await gateway.until(lambda: csms.told("FirmwareStatusNotification"))
        assert len(csms.told("StartTransaction")) == times
        assert csms.told("StopTransaction") == []  # it has no number there
        assert gateway.transactions[0].state == "ended"


@pytest.mark.parametrize("say", ["local", "upstream"])
@pytest.mark.parametrize("version", BOTH)
async def test_vendors_messages_are_answered_by_who_has_the_say(tmp_path: Path, version: Version, say: str) -> None:
    about = {"authority": {"data_transfer": say}, "wait": "0.3s"}
    async with a_csms() as csms, presented(tmp_path, csms.url, **about) as gateway:
        async with gateway.station(version) as station:
            await gateway.until(gateway.connected)
            said = await station.connection.call("DataTransfer", {"vendorId": "org.example", "data": "x"})
            csms.answers["DataTransfer"] = SILENCE
            late = await station.connection.call("DataTransfer", {"vendorId": "org.example", "data": "y"})
        there = {"status": "Accepted", "data": "from upstream"}
        assert (said == there, len(csms.told("DataTransfer"))) == ((False, 0) if say == "local" else (True, 2))
        assert late["status"].startswith("UnknownVendor")


async def test_it_tells_what_a_charge_costs_where_it_has_the_say(tmp_path: Path) -> None:
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, authority={"stop": "upstream"}) as gateway,
        gateway.station("2.0.1") as station,
    ):
        await gateway.until(gateway.connected)
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.transactions and gateway.backlog() == 0)
        csms.answers["TransactionEvent"] = {"totalCost": 12.5}
        (running,) = gateway.transactions
        end = {
            "eventType": "Ended", "timestamp": now(), "triggerReason": "EVDeparted", "seqNo": 99,
            "transactionInfo": {"transactionId": running.reference, "stoppedReason": "Local"},
        }  # fmt: skip
        assert await station.connection.call("TransactionEvent", end) == {"totalCost": 12.5}


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_a_boot_that_it_does_not_accept_is_told_again_and_nothing_else_is(tmp_path: Path, status: str) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway:
        csms.answers["BootNotification"] = {"status": status, "currentTime": now(), "interval": 1}
        async with gateway.station("1.6") as station:
            await gateway.until(lambda: csms.told("BootNotification"))
            assert station.booted  # its boot is the gateway's to answer
            station.plug(Car())
            assert await station.present("CARD1")
            await gateway.until(lambda: gateway.facts(f.TransactionStarted))
            assert set(csms.actions()) == {"BootNotification"}
            assert not gateway.connected()
            assert (gateway.forwarding.shown("CP01") or {})["trouble"] == "it does not accept the station's boot"
            csms.answers.clear()
            await gateway.until(lambda: csms.told("StartTransaction"))
            assert csms.actions().count("BootNotification") >= 2


async def test_it_is_told_heartbeats_of_the_gateways_own(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway:
        csms.answers["BootNotification"] = {"status": "Accepted", "currentTime": now(), "interval": 1}
        async with gateway.station("1.6"):
            await gateway.until(lambda: len(csms.told("Heartbeat")) >= 2)


async def test_each_station_shows_its_password(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url, passwords={"CP01": "secret-1"}) as gateway:
        async with gateway.station("1.6"), gateway.station("1.6", id="CP02"):
            await gateway.until(lambda: gateway.connected("CP01") and gateway.connected("CP02"))
        assert sorted(csms.logins, key=str) == ["Basic Q1AwMTpzZWNyZXQtMQ==", None]
