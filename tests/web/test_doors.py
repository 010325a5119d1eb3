"""Who is let in, what a guest does not get, and what bad requests do: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
from pathlib import Path

import pytest

from edgegw import serving as http
from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.web import query
from edgegw.web.neighbours import Neighbours
from edgegw.web.server import Web
from tests.support.hubs import a_hub
from tests.web.served import SECRETS, Client, busy_hub, neighbours, running, serving

SHOWN = (
    "/api/v1/site", "/api/v1/stations", "/api/v1/stations/CP01", "/api/v1/meters", "/api/v1/circuits",
    "/api/v1/tariffs", "/api/v1/config/effective", "/api/v1/transactions", "/api/v1/facts?limit=1000",
    "/api/v1/samples?source=stations/CP01/1", "/api/v1/commands/secret", "/metrics", "/health/ready", "/openapi.json",
)  # fmt: skip


async def tell(command: Command, remote_start_id: int) -> Ending:
    """Ends a command with more than a guest should know."""
    return Ending("failed", "the card CARD2 is at 10.20.30.40", {"idTag": "CARD1"})


async def test_a_guest_sees_no_token_serial_address_or_credential_anywhere(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        hub.carry_out(["call_station"], tell)
        args = {"station": "CP01", "action": "DataTransfer", "payload": {"idTag": "CARD1"}, "timeout_s": 3}
        assert (await hub.submit(Command("secret", "call_station", args), wait_s=5)).state == "failed"
        transactions = [row["id"] for row in (await web.guest.get("/api/v1/transactions")).json["items"]]
        seen = set()
        for path in (*SHOWN, *(f"/api/v1/transactions/{each}" for each in transactions)):
            masked, whole = await web.guest.get(path), await web.installer.get(path)
            assert masked.status == whole.status == 200
            assert not [secret for secret in SECRETS if secret in masked.body.decode()], path
            seen |= {secret for secret in SECRETS if secret in whole.body.decode()}
        assert seen == set(SECRETS)  # they were there to be seen
        assert {row["id_token"] for row in (await web.guest.get("/api/v1/transactions")).json["items"]} == {"…"}


async def test_a_guest_changes_nothing(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        head = hub.journal.position("A").head
        for method, path, body in (
            ("POST", "/api/v1/commands", {"name": "set_limit", "args": {"target": "site", "limit_a": 6}}),
            ("POST", "/api/v1/stations/CP01/call", {"action": "Reset"}),
            ("PATCH", "/api/v1/stations/CP09", {"boot": "accepted"}),
            ("DELETE", "/api/v1/stations/CP09", None),
        ):
            assert (await web.guest.ask(method, path, body)).kind == "not-allowed"
        assert hub.journal.position("A").head == head


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil", ""])
async def test_a_foreign_name_is_not_served(tmp_path: Path, host: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert (await web.guest.get("/api/v1/site", {"host": host})).kind == "wrong-host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "192.168.1.10:8080", "[::1]:8080"])
async def test_the_gateways_own_names_and_addresses_are_served(tmp_path: Path, host: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert (await web.guest.get("/health/live", {"host": host})).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost", "http://localhost:1"])
async def test_other_origins_are_refused(tmp_path: Path, origin: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        for client in (web.guest, web.installer):
            assert (await client.get("/api/v1/site", {"host": "localhost", "origin": origin})).kind == "not-allowed"
        own = {"host": "localhost:8080", "origin": "http://localhost:8080"}
        assert (await web.guest.get("/api/v1/site", own)).status == 200


async def test_head_answers_as_get_without_a_body_and_options_with_what_is_possible(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        for path in (*(set(SHOWN) - {"/api/v1/commands/secret"}), "/", "/page.js", "/api/v1/changes"):
            head = await web.guest.ask("HEAD", path)
            assert (head.status, head.body) == (200, b""), path
        for path, methods in (
            ("/api/v1/site", "GET, HEAD, OPTIONS"),
            ("/api/v1/commands", "OPTIONS, POST"),
            ("/api/v1/stations/CP01", "GET, HEAD, OPTIONS, PATCH"),
            ("/", "GET, HEAD, OPTIONS"),
        ):
            options = await web.guest.ask("OPTIONS", path)
            assert (options.status, options.headers["allow"]) == (204, methods)
        wrong = await web.installer.ask("PUT", "/api/v1/site")
        assert (wrong.kind, wrong.status, wrong.headers["allow"]) == ("wrong-method", 405, "GET, HEAD, OPTIONS")
        assert (await web.installer.get("/api/v1/commands")).kind == "wrong-method"


async def test_every_answer_keeps_browsers_from_guessing(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        for path in ("/", "/api/v1/site", "/nothing"):
            answer = await web.guest.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "server" not in answer.headers
        assert "default-src 'none'" in (await web.guest.get("/")).headers["content-security-policy"]


# Bodies


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "bad-request"),
        (b"{", "bad-request"),
        (b"[]", "bad-request"),
        (b"null", "bad-request"),
        (b'{"name": "\xff"}', "bad-request"),
        ('{"name": "reload"}'.encode("utf-16"), "bad-request"),
        (b'{"name": NaN}', "bad-request"),
        (b"[" * 100_000, "bad-request"),
        (b'{"name": "reload", "names": 1}', "invalid"),
        (b" " * (query.MAX_BODY + 1), "too-large"),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(tmp_path: Path, body: bytes, kind: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        sent = {"content-type": "application/json"}
        assert (await web.installer.post("/api/v1/commands", body, sent)).kind == kind
        assert (await web.installer.get("/health/live")).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_a_body_of_another_type_is_refused(tmp_path: Path, kind: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        answer = await web.installer.post("/api/v1/commands", b'{"name": "reload"}', {"content-type": kind})
        assert answer.kind == "wrong-content"


async def test_a_body_that_grows_without_end_is_cut_off(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert isinstance(web.installer.at, Path)
        reader, writer = await asyncio.open_unix_connection(web.installer.at)
        writer.write(
            b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        for _ in range(query.MAX_BODY // 0x8000 + 2):
            writer.write(piece)
        assert b" 413 " in await reader.readline()
        writer.close()


async def test_a_body_that_is_said_to_be_too_long_is_not_waited_for(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        reader, writer = await asyncio.open_unix_connection(web.installer.at)  # type: ignore[arg-type]
        writer.write(b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n")
        async with asyncio.timeout(5):
            assert b" 413 " in await reader.readline()
        writer.close()


async def test_a_body_that_does_not_arrive_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "BODY_S", 0.05)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        reader, writer = await asyncio.open_unix_connection(web.installer.at)  # type: ignore[arg-type]
        writer.write(b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
        assert b" 408 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nhost: loc", b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\nGET"])
async def test_who_does_not_say_what_it_wants_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(http, "REQUEST_S", 0.1)
    monkeypatch.setattr(http, "IDLE_S", 0.1)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.guest.at)  # type: ignore[arg-type]
        writer.write(said)
        with contextlib.suppress(ConnectionResetError):
            async with asyncio.timeout(5):
                while await reader.read(65536):
                    pass
        writer.close()
        assert (await web.guest.get("/health/live")).status == 200


async def test_what_is_no_http_ends_the_connection(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.guest.at)  # type: ignore[arg-type]
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert b" 400 " in await reader.readline()
        await reader.read()
        writer.close()


async def test_a_fault_of_ours_is_told_without_a_traceback(tmp_path: Path) -> None:
    def broken() -> dict[str, object]:
        raise ZeroDivisionError("inside of the gateway")

    async with a_hub(tmp_path) as hub, serving(hub, tmp_path, Neighbours(services=broken)) as web:
        answer = await web.installer.get("/api/v1/site")
        assert answer.kind == "internal"
        assert "inside" not in answer.body.decode()


# Listeners


async def test_the_control_socket_is_for_owner_and_group_and_goes_with_its_gateway(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        async with serving(hub, tmp_path) as web:
            assert isinstance(web.installer.at, Path)
            assert stat.filemode(web.installer.at.stat().st_mode) == "srw-rw----"
        assert not web.installer.at.exists()


async def test_a_control_socket_that_a_killed_gateway_left_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "control.sock"))
    left.close()
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert (await web.installer.get("/health/live")).status == 200


async def test_a_second_gateway_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        second = Web(hub, Neighbours(), listen=None, control=tmp_path / "control.sock")
        with pytest.raises(OSError, match=r"web\.control: can't listen at .*: another gateway listens there"):
            async with running(second):
                pass
        assert (await web.installer.get("/health/live")).status == 200


async def test_a_file_where_the_control_socket_belongs_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "control.sock").write_text("precious")
    async with a_hub(tmp_path) as hub:
        with pytest.raises(OSError, match="something that is no socket lies there"):
            async with serving(hub, tmp_path):
                pass
    assert (tmp_path / "control.sock").read_text() == "precious"


async def test_a_port_in_use_is_one_clear_line_and_leaves_no_socket_behind(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert web.web.port is not None
        taken = Web(hub, Neighbours(), listen=("127.0.0.1", web.web.port), control=tmp_path / "other.sock")
        with pytest.raises(OSError, match=rf"web\.listen: can't listen on 127\.0\.0\.1:{web.web.port}: the port is in"):
            async with running(taken):
                pass
        assert not (tmp_path / "other.sock").exists()


async def test_it_stops_at_once_also_with_open_connections(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        async with serving(hub, tmp_path) as web:
            idle = [await asyncio.open_connection("127.0.0.1", web.guest.at) for _ in range(20)]  # type: ignore[arg-type]
            stream = Client(web.guest.at).connection()
            await asyncio.to_thread(stream.request, "GET", "/api/v1/changes")
            assert (await asyncio.to_thread(stream.getresponse)).status == 200
            stopping = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - stopping < http.CLOSING_S
        stream.close()
        for _, writer in idle:
            writer.close()
