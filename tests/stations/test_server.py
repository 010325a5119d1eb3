"""The server over real sockets: who gets in and how, second connections, commands, the end."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from edgegw.hub import AnswerLost
from edgegw.model.commands import Command, Setpoint
from edgegw.model.facts import (
    SecurityEvent,
    StationAnsweredAgain,
    StationConnected,
    StationDisconnected,
    StationDisobeyed,
    StationFellSilent,
)
from edgegw.model.site import Site
from edgegw.model.state import StationState
from edgegw.stations import availability, doorkeeper, links
from edgegw.stations.calls import MUTE_AFTER
from edgegw.stations.errors import NoAnswer, StationOffline
from edgegw.stations.server import StationServer
from edgegw.stations.settings import Listen, ListenTls
from edgegw.stations.surroundings import Timing
from tests.stations.doubles import NOW, MemoryHub, PlainCodec, settings, site
from tests.support.gateway import until
from tests.support.stations import bundled

BOOT = [2, "boot", "BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"}]
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
HEARTBEAT = b'[2,"h","Heartbeat",{}]'


class Served:
    def __init__(self, server: StationServer, hub: MemoryHub) -> None:
        self.server = server
        self.hub = hub

    @contextlib.asynccontextmanager
    async def station(
        self, path: str = "/ocpp/CP01", subprotocols: Any = ("ocpp1.6",), scheme: str = "ws", **options: Any
    ) -> AsyncIterator[ClientConnection]:
        host, port = self.server.addresses[0]
        async with connect(
            f"{scheme}://{host}:{port}{path}", subprotocols=subprotocols, proxy=None, **options
        ) as connection:
            yield connection

    def facts(self, kind: type) -> list[Any]:
        return [fact for fact in self.hub.facts if isinstance(fact, kind)]


@contextlib.asynccontextmanager
async def served(
    at: Site | None = None, *listen: Any, unknown: Any = "pending", limits: Any = None, **options: Any
) -> AsyncIterator[Served]:
    hub = MemoryHub(at or site("CP01", unknown=unknown))
    codecs: Any = {version: PlainCodec(version) for version in ("1.6", "2.0.1", "2.1")}  # type: ignore[arg-type]
    server = StationServer(
        hub,
        settings(*listen, unknown=unknown, limits=limits),
        codecs,
        **bundled(hub, **options),  # type: ignore[arg-type]
    )
    started = asyncio.Event()
    run = asyncio.create_task(server.run(started.set))
    waiter = asyncio.create_task(started.wait())
    await asyncio.wait([run, waiter], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    try:
        if run.done():
            run.result()
        yield Served(server, hub)
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def ask(connection: ClientConnection, frame: Any) -> list[Any]:
    await connection.send(frame if isinstance(frame, bytes) else orjson.dumps(frame), text=True)
    answer: list[Any] = orjson.loads(await connection.recv(decode=False))
    return answer


async def eventually(check: Any) -> None:
    async with asyncio.timeout(2):
        while not check():
            await asyncio.sleep(0.005)


async def test_a_station_connects_is_served_and_its_coming_and_going_are_facts() -> None:
    async with served() as served_:
        async with served_.station() as station:
            assert station.subprotocol == "ocpp1.6"
            assert (await ask(station, HEARTBEAT))[0] == 3
            assert served_.server.links.connected == {"CP01"}
            (came,) = served_.facts(StationConnected)
            assert (came.station, came.ocpp, came.address) == ("CP01", "1.6", "127.0.0.1")
        await eventually(lambda: served_.facts(StationDisconnected))
        assert not served_.server.links.connected


@pytest.mark.parametrize("path", ["/CP01", "//CP01", "/ocpp/CP01/", "/%43P01", "/ws://10.0.0.1:9000/CP01"])
async def test_a_station_gets_in_by_any_of_the_paths_that_stations_use(path: str) -> None:
    async with served() as served_, served_.station(path) as station:
        assert (await ask(station, HEARTBEAT))[0] == 3
        assert served_.server.links.connected == {"CP01"}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ocpp1.6"], "ocpp1.6"),
        (["ocpp0.1", "ocpp1.6"], "ocpp1.6"),
        (["ocpp2.0.1", "ocpp1.6"], "ocpp2.0.1"),
        (["ocpp2.1"], "ocpp2.1"),
    ],
)
async def test_the_version_is_agreed_by_subprotocol(offered: list[str], chosen: str) -> None:
    async with served() as served_, served_.station(subprotocols=offered) as station:
        assert station.subprotocol == chosen
        await ask(station, HEARTBEAT)
        assert served_.facts(StationConnected)[0].ocpp == chosen.removeprefix("ocpp")


async def test_a_wrong_subprotocol_is_answered_without_one_and_closed() -> None:
    async with served() as served_, served_.station(subprotocols=["ocpp0.1"]) as station:
        assert station.subprotocol is None
        with pytest.raises(ConnectionClosed):
            await station.recv()
        assert station.close_code == 1002
        assert not served_.facts(StationConnected)


async def test_no_subprotocol_is_1_6_for_a_known_station_and_a_closed_door_for_another() -> None:
    async with served() as served_:
        async with served_.station(subprotocols=None) as station:
            assert (await ask(station, HEARTBEAT))[0] == 3
        async with served_.station("/CP99", subprotocols=None) as station:
            with pytest.raises(ConnectionClosed):
                await station.recv()


@pytest.mark.parametrize(("unknown", "status"), [("reject", 404), ("pending", None), ("accept", None)])
async def test_an_unknown_station_meets_the_sites_rule(unknown: str, status: int | None) -> None:
    async with served(unknown=unknown) as served_:
        if status is None:
            async with served_.station("/CP99") as station:
                assert (await ask(station, HEARTBEAT))[0] == (3 if unknown == "accept" else 4)
        else:
            with pytest.raises(InvalidStatus) as caught:
                async with served_.station("/CP99"):
                    pass
            assert caught.value.response.status_code == status


async def test_a_stranger_that_was_accepted_by_hand_comes_in_where_others_are_turned_away() -> None:
    async with served(unknown="reject") as served_:
        served_.hub.state.stations["CP99"] = StationState("CP99", admitted=True, registration="accepted")
        async with served_.station("/CP99") as station:
            assert (await ask(station, HEARTBEAT))[0] == 3
        served_.hub.state.stations["CP99"] = StationState("CP99", admitted=False, registration="rejected")
        with pytest.raises(InvalidStatus):
            async with served_.station("/CP99"):
                pass


async def test_made_up_names_do_not_fill_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "MAX_UNKNOWN", 1)
    async with served() as served_, served_.station("/CP98") as first:
        await ask(first, HEARTBEAT)
        with pytest.raises(InvalidStatus) as caught:
            async with served_.station("/CP99"):
                pass
        assert caught.value.response.status_code == 503
        async with served_.station("/CP01") as known:
            assert (await ask(known, HEARTBEAT))[0] == 3


async def test_a_path_without_a_station_is_not_found() -> None:
    async with served() as served_:
        with pytest.raises(InvalidStatus) as caught:
            async with served_.station("/"):
                pass
        assert caught.value.response.status_code == 404


async def test_a_password_is_asked_for_and_the_right_one_opens() -> None:
    async with served(site("CP01", profile=1), passwords={"CP01": "right"}) as served_:
        for password in (None, "wrong"):
            headers = {"Authorization": "Basic " + base64.b64encode(f"CP01:{password}".encode()).decode()}
            with pytest.raises(InvalidStatus) as caught:
                async with served_.station(additional_headers=headers if password else None):
                    pass
            assert caught.value.response.status_code == 401
            assert "Basic" in caught.value.response.headers["WWW-Authenticate"]
        headers = {"Authorization": "Basic " + base64.b64encode(b"CP01:right").decode()}
        async with served_.station(additional_headers=headers) as station:
            assert (await ask(station, HEARTBEAT))[0] == 3


def _basic(station: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{station}:{password}".encode()).decode()}


async def test_who_guesses_passwords_is_refused_while_its_neighbours_still_come_in() -> None:
    passwords = {"CP01": "one", "CP02": "two"}
    async with served(site("CP01", "CP02", profile=1), passwords=passwords, limits={"failed_logins": 3}) as served_:
        waits: list[str] = []

        async def status(station: str, password: str | None) -> int:
            headers = _basic(station, password) if password is not None else None
            try:
                async with served_.station(f"/{station}", additional_headers=headers):
                    return 101
            except InvalidStatus as refused:
                waits.extend(refused.response.headers.get_all("Retry-After"))
                return refused.response.status_code

        assert await status("CP02", "two") == 101
        assert [await status("CP01", None) for _ in range(5)] == [401] * 5
        assert [await status("CP01", "guess") for _ in range(4)] == [401, 401, 401, 429]
        assert await status("CP01", "one") == 429
        assert await status("CP02", "two") == 101
        assert await status("CP02", "guess") == 401
        assert await status("CP02", "two") == 429
        assert len(waits) == 3
        assert all(590 < int(wait_s) <= 600 for wait_s in waits)


async def test_an_address_has_so_many_connections_and_no_more_until_one_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = site("CP01", "CP02", "CP03")
    async with served(at, limits={"connections": 2}) as served_, served_.station("/CP01") as first:
        await ask(first, HEARTBEAT)
        host, port = served_.server.addresses[0]
        _, mute = await asyncio.open_connection(host, port)  # says nothing, and counts all the same
        for _ in range(2):
            with pytest.raises((InvalidMessage, ConnectionError)):
                async with served_.station("/CP02"):
                    pass
        assert (await ask(first, HEARTBEAT))[0] == 3
        mute.close()
        await mute.wait_closed()
        await eventually(lambda: served_.server.doorkeeper._gate._open == {"127.0.0.1": 1})
        async with served_.station("/CP02") as second:
            assert (await ask(second, HEARTBEAT))[0] == 3
    assert len([line for line in caplog.messages if "no more of it" in line]) == 1


async def test_a_whole_site_behind_one_address_comes_in_at_once() -> None:
    names = [f"CP{number:03}" for number in range(150)]
    async with served(site(*names)) as served_, contextlib.AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(served_.station(f"/{name}")) for name in names))
        await eventually(lambda: len(served_.server.links.connected) == len(names))


@pytest.mark.parametrize(("path", "most_kib"), [("/CP01", 2048), ("/NEW", 256)])
async def test_a_frame_of_2_mib_of_a_stranger_256_kib_closes_with_1009_and_the_station_may_come_again(
    path: str, most_kib: int
) -> None:
    async with served() as served_:
        async with served_.station(path) as station:
            assert (await ask(station, b'[2,"d","MadeUp",{"data":"' + b"x" * ((most_kib - 1) * 1024) + b'"}]'))[0] == 4
            await station.send(b'[2,"d","DataTransfer",{"data":"' + b"x" * (most_kib * 1024) + b'"}]', text=True)
            with pytest.raises(ConnectionClosed):
                await station.recv()
            assert station.close_code == 1009
        async with served_.station(path) as station:
            assert (await ask(station, HEARTBEAT))[0] in (3, 4)


@pytest.mark.parametrize("frame", [b"[" * 100_000, b"{", b"[]", b"\x00\xff", b'[2,["x"],[],{}]'])
async def test_a_bad_frame_is_answered_and_the_next_is_served(frame: bytes) -> None:
    async with served() as served_, served_.station() as station:
        assert (await ask(station, frame))[0] == 4
        assert (await ask(station, HEARTBEAT))[0] == 3


async def test_a_station_that_pipelines_and_reads_late_gets_every_answer_in_order() -> None:
    frames = []
    for number in range(3000):
        kind = number % 3
        action, payload = [
            ("Heartbeat", {}), ("StatusNotification", STATUS), ("MadeUp", {"data": "x" * 200}),
        ][kind]  # fmt: skip
        frames.append(orjson.dumps([2, str(number), action, payload]))
    async with served() as served_, served_.station() as station:

        async def send() -> None:
            for frame in frames:
                await station.send(frame, text=True)

        sending = asyncio.create_task(send())
        await asyncio.sleep(0.05)
        for number in range(len(frames)):
            kind, message_id, *_ = orjson.loads(await station.recv())
            assert (kind, message_id) == (4 if number % 3 == 2 else 3, str(number))
        await sending
        assert len(served_.hub.facts) == 1 + len(frames) // 3


async def test_a_message_in_fragments_is_one_frame() -> None:
    async with served() as served_, served_.station() as station:
        await station.send(["[2,", '"h","Heart', 'beat",{}]'])
        assert orjson.loads(await station.recv())[:2] == [3, "h"]


async def test_a_new_connection_from_the_same_address_replaces_the_old() -> None:
    async with served() as served_:
        async with served_.station() as old, served_.station() as new:
            assert (await ask(new, HEARTBEAT))[0] == 3
            with pytest.raises(ConnectionClosed):
                await old.recv()
            await old.wait_closed()
            await asyncio.sleep(0.02)
            assert served_.server.links.connected == {"CP01"}
        await eventually(lambda: len(served_.facts(StationDisconnected)) == 2)
        kinds = [type(fact).__name__ for fact in served_.hub.facts]
        assert kinds == ["StationConnected", "StationDisconnected"] * 2
        reasons = [fact.reason for fact in served_.facts(StationDisconnected)]
        assert reasons == ["replaced", "closed by the station: 1000"]


async def test_a_stranger_does_not_push_out_a_living_station_of_profile_0() -> None:
    async with served() as served_, served_.station() as old:
        await ask(old, HEARTBEAT)
        for _ in range(2):
            async with served_.station(local_addr=("127.0.0.2", 0)) as stranger:
                with pytest.raises(ConnectionClosed):
                    await stranger.recv()
                assert stranger.close_code == 1008
        assert (await ask(old, HEARTBEAT))[0] == 3
        (event,) = served_.facts(SecurityEvent)
        assert event.kind == "second_connection"


async def test_a_dead_connection_gives_way_to_one_from_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PROBE_S", 0.05)
    async with served() as served_, served_.station() as old:
        await ask(old, HEARTBEAT)
        old.transport.pause_reading()
        async with served_.station(local_addr=("127.0.0.2", 0)) as new:
            assert (await ask(new, HEARTBEAT))[0] == 3
            old.transport.abort()


async def test_a_call_goes_to_the_station_and_its_answer_comes_back() -> None:
    async with served(timing=Timing(call_timeout_s=1.0)) as served_, served_.station() as station:
        await ask(station, BOOT)
        call = asyncio.create_task(served_.server.orders.call("CP01", "ClearCache", {}))
        _, message_id, action, payload = orjson.loads(await station.recv())
        assert (action, payload) == ("ClearCache", {})
        await station.send(orjson.dumps([3, message_id, {"status": "Accepted"}]).decode())
        assert await call == {"status": "Accepted"}
        with pytest.raises(StationOffline):
            await served_.server.orders.call("CP02", "ClearCache", {})


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ([3, {"status": "Accepted"}], "done"),
        ([3, {"status": "Rejected"}], "rejected"),
        ([4, "InternalError", "no", {}], "failed"),
    ],
)
async def test_a_command_ends_as_the_station_answers(answer: list[Any], state: str) -> None:
    async with served() as served_, served_.station() as station:
        await ask(station, BOOT)
        execute = served_.hub.executors["reset"]
        ending = asyncio.create_task(execute(Command("c", "reset", {"station": "CP01", "kind": "soft"}), 7))
        message_id = orjson.loads(await station.recv())[1]
        await station.send(orjson.dumps([answer[0], message_id, *answer[1:]]).decode())
        assert (await ending).state == state


async def test_a_command_without_an_answer_is_lost_and_one_that_was_not_sent_is_not() -> None:
    async with served(timing=Timing(call_timeout_s=0.05)) as served_:
        execute = served_.hub.executors["reset"]
        reset = Command("c", "reset", {"station": "CP01", "kind": "soft"})
        assert (await execute(reset, 0)).state == "failed"
        async with served_.station() as station:
            assert (await execute(reset, 0)).state == "failed"  # no boot, so nothing was sent
            await ask(station, BOOT)
            with pytest.raises(AnswerLost):
                await execute(reset, 0)
            assert (await execute(Command("c", "trigger", {"station": "CP01"}), 0)).state == "rejected"


async def test_a_call_by_command_carries_any_action() -> None:
    async with served() as served_, served_.station() as station:
        await ask(station, BOOT)
        args = {"station": "CP01", "action": "ClearCache", "payload": {}}
        ending = asyncio.create_task(served_.hub.executors["call_station"](Command("c", "call_station", args), 0))
        message_id = orjson.loads(await station.recv())[1]
        await station.send(orjson.dumps([3, message_id, {"status": "Accepted"}]).decode())
        assert (await ending).result == {"result": {"status": "Accepted"}}


async def test_a_station_cannot_write_a_log_line_of_its_own_making(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with served() as served_:
        async with served_.station(subprotocols=("ocpp2.1",)) as station:
            await station.send('[5,"a","Bad\\nforged: line","\\u001b[2J",{}]')
            await station.close(1000, "bye\nforged: line")
        await until(lambda: "disconnected" in caplog.text)
    assert "Bad forged: line" in caplog.text
    assert "bye forged: line" in caplog.text
    assert "\nforged" not in caplog.text


async def test_a_set_point_says_why_it_was_not_taken() -> None:
    async with served(timing=Timing(call_timeout_s=0.05)) as served_:
        setpoint = Setpoint("CP01", 1, 16.0)
        assert "not connected" in ((await served_.server.orders.apply_setpoint(setpoint)).reason or "")
        async with served_.station() as station:
            await ask(station, BOOT)
            silent = await served_.server.orders.apply_setpoint(setpoint)
            assert not silent.accepted
            assert "did not answer" in (silent.reason or "")


async def test_defaults_are_stored_at_each_boot_and_a_refusal_is_a_fact() -> None:
    async with served(defaults=lambda station: {1: 6.0}) as served_, served_.station() as station:
        await ask(station, BOOT)
        message_id = orjson.loads(await station.recv())[1]
        await station.send(orjson.dumps([3, message_id, {"status": "Rejected"}]).decode())
        await eventually(lambda: served_.facts(StationDisobeyed))
        assert served_.facts(StationDisobeyed)[0].limit_a == 6.0


async def test_a_station_that_answers_no_call_is_hung_up_on_and_known_to_be_silent_until_it_answers() -> None:
    async with served() as served_:
        silent = REGISTRY.get_sample_value("edgegw_stations_fell_silent_total") or 0
        async with served_.station() as station:
            await ask(station, BOOT)
            for _ in range(MUTE_AFTER):
                with pytest.raises(NoAnswer):
                    await served_.server.orders.call("CP01", "ClearCache", {}, 0.02)
            await eventually(lambda: served_.facts(StationFellSilent))
        assert served_.facts(StationFellSilent)[0].calls == MUTE_AFTER
        assert [fact.reason for fact in served_.facts(StationDisconnected)] == ["closed by the gateway: 1011 mute"]
        assert REGISTRY.get_sample_value("edgegw_stations_fell_silent_total") == silent + 1

        served_.hub.state.stations["CP01"] = StationState("CP01", silent_since=NOW)
        async with served_.station() as station:
            await ask(station, BOOT)
            assert not served_.facts(StationAnsweredAgain)
            for answer in ([4, "GenericError", "", {}], [3, {"status": "Accepted"}]):
                ours = asyncio.create_task(served_.server.orders.call("CP01", "ClearCache", {}))
                _, message_id, *_ = orjson.loads(await station.recv())
                await station.send(orjson.dumps([answer[0], message_id, *answer[1:]]), text=True)
                await asyncio.gather(ours, return_exceptions=True)
            await eventually(lambda: served_.facts(StationAnsweredAgain))
        assert len(served_.facts(StationAnsweredAgain)) == 1
        assert len(served_.facts(StationFellSilent)) == 1


async def test_a_port_in_use_is_said_in_one_line_that_names_it() -> None:
    async with served() as served_:
        _, port = served_.server.addresses[0]
        with pytest.raises(OSError, match=rf"127\.0\.0\.1:{port}: the port is in use"):
            async with served(None, Listen(address="127.0.0.1", port=port)):
                pass


async def test_an_address_that_the_machine_does_not_have_is_said_in_one_line() -> None:
    with pytest.raises(OSError, match=r"198\.51\.100\.1:9000: this machine has no such address") as refused:
        async with served(None, Listen(address="198.51.100.1", port=9000)):
            pass
    assert "('" not in str(refused.value)


async def test_a_stop_lets_what_is_in_flight_be_answered_and_closes_with_1012() -> None:
    async with contextlib.AsyncExitStack() as stack:
        server = contextlib.AsyncExitStack()
        served_ = await server.enter_async_context(served())
        station = await stack.enter_async_context(served_.station())
        await ask(station, HEARTBEAT)
        served_.hub.gate.clear()
        await station.send(orjson.dumps([2, "a", "Authorize", {"idTag": "T"}]).decode())
        await eventually(lambda: served_.hub.requests)
        stop = asyncio.create_task(server.aclose())
        await asyncio.sleep(0.05)
        assert not stop.done()
        served_.hub.gate.set()
        assert orjson.loads(await station.recv())[:2] == [3, "a"]
        with pytest.raises(ConnectionClosed):
            await station.recv()
        assert station.close_code == 1012
        await stop
        assert served_.facts(StationDisconnected)[0].reason == "gateway stopped"


# TLS


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca, hub, CP01 and CP02 as .pem and .key, made by openssl."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "2")
    for name, alternative in (("hub", "IP:127.0.0.1"), ("CP01", "DNS:CP01"), ("CP02", "DNS:CP02")):
        (folder / "ext").write_text(f"subjectAltName={alternative}\n")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", f"{name}.pem", "-days", "2", "-extfile", "ext",
        )  # fmt: skip
    return folder


def secure(authority: Path) -> Listen:
    files = ListenTls(certificate=authority / "hub.pem", key=authority / "hub.key", client_ca=authority / "ca.pem")
    return Listen(address="127.0.0.1", port=0, tls=files)


def client_context(authority: Path, name: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority / "ca.pem"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13's default, which plain certificates don't pass
    if name is not None:
        context.load_cert_chain(authority / f"{name}.pem", authority / f"{name}.key")
    return context


@pytest.mark.parametrize(("certificate", "opens"), [("CP01", True), ("CP02", False), (None, False)])
async def test_profile_3_opens_for_its_own_certificate_alone(
    authority: Path, certificate: str | None, opens: bool
) -> None:
    async with served(site("CP01", profile=3), secure(authority)) as served_:
        context = client_context(authority, certificate)
        if opens:
            async with served_.station(scheme="wss", ssl=context) as station:
                assert (await ask(station, HEARTBEAT))[0] == 3
        else:
            with pytest.raises(InvalidStatus) as caught:
                async with served_.station(scheme="wss", ssl=context):
                    pass
            assert caught.value.response.status_code == 401


async def test_profile_2_comes_in_over_tls_and_not_over_plain_text(authority: Path) -> None:
    headers = {"Authorization": "Basic " + base64.b64encode(b"CP01:right").decode()}
    at = site("CP01", profile=2)
    async with (
        served(at, secure(authority), passwords={"CP01": "right"}) as served_,
        served_.station(scheme="wss", ssl=client_context(authority), additional_headers=headers) as station,
    ):
        assert (await ask(station, HEARTBEAT))[0] == 3
    async with served(at, passwords={"CP01": "right"}) as served_:
        with pytest.raises(InvalidStatus) as caught:
            async with served_.station(additional_headers=headers):
                pass
        assert caught.value.response.status_code == 403


async def test_tls_1_1_is_not_spoken(authority: Path) -> None:
    async with served(site("CP01"), secure(authority)) as served_:
        context = client_context(authority)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            async with served_.station(scheme="wss", ssl=context):
                pass


async def test_a_certificate_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"hub\.pem.*: No such file or directory$"):
        async with served(None, secure(tmp_path)):
            pass


async def test_a_certificate_that_is_none_and_a_key_of_another_are_told_in_words(
    authority: Path, tmp_path: Path
) -> None:
    tls = secure(authority).tls
    assert tls is not None
    (tmp_path / "none.pem").write_text("none")
    for changed, words in (
        ({"certificate": tmp_path / "none.pem"}, "not PEM, or not of this kind"),
        ({"client_ca": tmp_path / "none.pem"}, "not PEM, or not of this kind"),
        ({"key": authority / "CP01.key"}, "the key belongs to another certificate"),
    ):
        with pytest.raises(ValueError, match=rf"{words}$"):
            async with served(None, Listen(address="127.0.0.1", port=0, tls=tls.model_copy(update=changed))):
                pass


async def test_what_fails_beside_the_connections_is_told_and_stations_are_served_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*about: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(availability, "follow", broken)
    async with served() as served_, served_.station() as connection:
        await connection.send(HEARTBEAT)
        assert orjson.loads(await connection.recv())[:2] == [3, "h"]
        assert "no longer looked after until the stations' server starts anew: stations' availability" in caplog.text
