"""Files between a station and the gateway, over HTTP as stations speak it."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from edgegw.files import FileRefused, exchange
from edgegw.files.service import FileService
from edgegw.files.shelf import FIRMWARE
from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.model.commands import Command
from edgegw.model.facts import FileReceived
from edgegw.stations import tls
from tests.files.served import ask, file_service
from tests.files.test_signature import FIRMWARE as IMAGE
from tests.files.test_signature import signed
from tests.support.certificates import Authority
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub
from tests.support.ledgers import facts_in

LOG = b"2026-11-24 the door was opened\n" * 20_000


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with a_hub(tmp_path) as hub:
        yield hub


async def to_put(files: FileService, **more: Any) -> str:
    """The URL that a station is told for a log."""
    order = Command("c1", "get_log", {"station": "CP01", "kind": "security", **more})
    return str((await files.located(order)).args["location"])


async def keep(files: FileService, name: str = "v2.bin", content: bytes = IMAGE) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    await files.shelf.take(name, chunks(), kind=FIRMWARE, name=lambda: name)


async def to_fetch(files: FileService, **more: Any) -> dict[str, Any]:
    """What the station is told of firmware v2.bin."""
    order = Command("c1", "update_firmware", {"station": "CP01", "location": "local:v2.bin", **more})
    return dict((await files.located(order)).args)


def received(folder: Path) -> list[FileReceived]:
    return [fact for fact in facts_in(folder / "journal.db") if isinstance(fact, FileReceived)]


FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="..\\secret\\CP01 log.zip"\r\n\r\n'
    + LOG
    + b"\r\n--x--"
)
PUTS: dict[str, tuple[str, str, Any, dict[str, str], str]] = {
    "PUT": ("PUT", "", LOG, {}, "security"),
    "PUT in chunks": ("PUT", "/CP01.zip", [LOG[:7], LOG[7:]], {}, "CP01.zip"),
    "PUT behind a folder": ("PUT", "/logs/CP01%20a.zip", LOG, {}, "CP01 a.zip"),
    "PUT with the name glued on": ("PUT", "CP01.zip", LOG, {}, "CP01.zip"),
    "POST of a form": ("POST", "", FORM, {"content-type": "multipart/form-data; boundary=x"}, "CP01 log.zip"),
    "POST of the file": ("POST", "/CP01.zip", LOG, {"content-type": "application/zip"}, "CP01.zip"),
}


@pytest.mark.parametrize("way", PUTS)
async def test_a_log_that_a_station_puts_is_a_fact_with_its_digest(hub: Hub, tmp_path: Path, way: str) -> None:
    method, behind, body, headers, name = PUTS[way]
    async with file_service(hub, tmp_path) as files:
        answer = await ask(method, await to_put(files) + behind, body, headers)
        assert (answer.status, answer.body) == (200, b"received\n")
        (fact,) = received(tmp_path)
        assert (fact.station, fact.kind, fact.name, fact.size) == ("CP01", "security", name, len(LOG))
        assert (fact.sha256, fact.command) == (hashlib.sha256(LOG).hexdigest(), "c1")
        assert files.shelf.path(fact.file).read_bytes() == LOG


async def test_a_ticket_is_good_for_one_log(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        url = await to_put(files)
        assert (await ask("GET", url)).status == 405
        assert (await ask("PUT", url, LOG)).status == 200
        assert (await ask("PUT", url, LOG)).status == 404
    assert len(received(tmp_path)) == 1


async def test_a_ticket_ends_and_outlives_a_restart_before(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        first, second = [urlsplit(await to_put(files)).path for _ in range(2)]
    async with file_service(hub, tmp_path) as files:
        base = f"http://127.0.0.1:{files.port}"
        assert (await ask("PUT", base + first, LOG)).status == 200
        clock: FakeClock = hub.now.__self__  # type: ignore[attr-defined]
        clock.advance(25 * 3600)
        assert (await ask("PUT", base + second, LOG)).status == 404


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/site", "/metrics", "/health/live", "/" + "x" * 32, "/%2e%2e/journal.db"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "OPTIONS"])
async def test_without_a_ticket_there_is_nothing_in_the_stations_network(
    hub: Hub, tmp_path: Path, path: str, method: str
) -> None:
    async with file_service(hub, tmp_path) as files:
        answer = await ask(method, f"http://127.0.0.1:{files.port}{path}")
        assert (answer.status, answer.body) == (404, b"there is nothing here\n")


@pytest.mark.parametrize("body", [b"x" * 101, [b"x" * 60, b"x" * 60]], ids=["by its length", "in chunks"])
async def test_what_is_too_large_is_refused_and_may_be_tried_again_smaller(hub: Hub, tmp_path: Path, body: Any) -> None:
    async with file_service(hub, tmp_path, max_bytes=100) as files:
        url = await to_put(files)
        assert (await ask("PUT", url, body)).status == 413
        assert (files.shelf.files(), received(tmp_path)) == ([], [])
        assert (await ask("PUT", url, b"x" * 100)).status == 200


async def test_what_can_not_be_written_down_is_not_taken(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*facts: object) -> None:
        raise JournalError("the disk is full")

    async with file_service(hub, tmp_path) as files:
        url = await to_put(files)
        with monkeypatch.context() as patched:
            patched.setattr(hub, "record", refuse)
            assert (await ask("PUT", url, LOG)).status == 503
        assert files.shelf.files() == []
        assert (await ask("PUT", url, LOG)).status == 200
    assert len(received(tmp_path)) == 1


async def test_a_station_that_hangs_up_half_way_leaves_nothing_and_may_try_again(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        url = await to_put(files)
        _, writer = await asyncio.open_connection("127.0.0.1", files.port)
        writer.write(f"PUT {urlsplit(url).path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\nhalf".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await ask("PUT", url, LOG)).status == 200
        assert len(files.shelf.files()) == 1
        assert len(list((tmp_path / "files" / "data").iterdir())) == 1


async def test_a_station_that_stops_half_way_is_told(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "STALL_S", 0.05)
    async with file_service(hub, tmp_path) as files:
        url = await to_put(files)
        reader, writer = await asyncio.open_connection("127.0.0.1", files.port)
        writer.write(f"PUT {urlsplit(url).path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\nhalf".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()
        assert files.shelf.files() == []


async def test_firmware_is_fetched_whole_and_in_parts(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        image = bytes(range(256)) * 4000
        await keep(files, content=image)
        url = (await to_fetch(files))["location"]
        assert url.endswith("/v2.bin")
        head = await ask("HEAD", url)
        assert (head.status, head.headers["content-length"], head.body) == (200, str(len(image)), b"")
        whole = await ask("GET", url)
        assert (whole.status, whole.body) == (200, image)
        assert whole.headers["etag"] == f'"{hashlib.sha256(image).hexdigest()}"'
        part = await ask("GET", url, headers={"range": "bytes=1000-1999", "if-range": whole.headers["etag"]})
        assert (part.status, part.body) == (206, image[1000:2000])
        assert part.headers["content-range"] == f"bytes 1000-1999/{len(image)}"
        other = await ask("GET", url, headers={"range": "bytes=1000-1999", "if-range": '"another"'})
        assert (other.status, other.body) == (200, image)
        assert (await ask("GET", url, headers={"range": f"bytes={len(image)}-"})).status == 416
        assert (await ask("PUT", url, b"x")).status == 405


async def test_a_download_is_good_for_as_often_as_the_station_may_try(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        await keep(files)
        url = (await to_fetch(files, retries=1))["location"]
        for _ in range(3):
            assert (await ask("GET", url, headers={"range": "bytes=0-3"})).status == 206
        statuses = [(await ask("GET", url)).status for _ in range(3)]
        assert statuses == [200, 200, 404]


async def test_firmware_that_is_signed_is_offered_with_its_proof(hub: Hub, tmp_path: Path) -> None:
    certificate = Authority(tmp_path).issue("maker")
    proof = signed(tmp_path, certificate.with_suffix(".key"))
    async with file_service(_today(hub), tmp_path) as files:
        await keep(files)
        assert "signature" not in await to_fetch(files)
        told = await to_fetch(files, certificate=certificate.read_text(), signature=proof)
        assert told["signature"] == proof
        files.shelf.sign("v2.bin", certificate.read_text(), proof)
        assert (await to_fetch(files))["certificate"] == certificate.read_text()


async def test_firmware_whose_proof_does_not_hold_is_not_offered(hub: Hub, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("maker")
    proof = signed(tmp_path, certificate.with_suffix(".key"))
    async with file_service(_today(hub), tmp_path, firmware_ca=authority.ca) as files:
        await keep(files, content=b"something else")
        with pytest.raises(ValueError, match="is not signed, and"):
            await to_fetch(files)
        with pytest.raises(ValueError, match="not this certificate's over this file"):
            await to_fetch(files, certificate=certificate.read_text(), signature=proof)
        with pytest.raises(ValueError, match="go together"):
            await to_fetch(files, certificate=certificate.read_text())


async def test_firmware_elsewhere_needs_a_signer_who_may_sign(hub: Hub, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, "other").issue("stranger").read_text()
    maker, expired = authority.issue("maker").read_text(), authority.issue("expired", days=-1).read_text()
    url = "http://192.0.2.9/v2.bin"
    async with file_service(_today(hub), tmp_path, firmware_ca=authority.ca) as files:
        assert (await to_fetch(files, location=url, certificate=maker, signature="AA"))["location"] == url
        for certificate, why in (
            (None, "certificate and signature are needed"), (stranger, "was not issued by"),
            (expired, "not valid today"), ("PEM", "is no PEM"),
        ):  # fmt: skip
            with pytest.raises(ValueError, match=why):
                await to_fetch(files, location=url, certificate=certificate, signature="AA")
        with pytest.raises(ValueError, match="are needed"):
            await files.located(Command("c1", "publish_firmware", {"station": "CP01", "location": url}))


async def test_firmware_that_is_published_goes_with_its_checksum(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        await keep(files)

        async def told(**more: Any) -> dict[str, Any]:
            args = {"station": "CP01", "location": "local:v2.bin", **more}
            return dict((await files.located(Command("c1", "publish_firmware", args))).args)

        found = hashlib.md5(IMAGE).hexdigest()
        assert (await told())["checksum"] == found
        assert (await ask("GET", (await told(checksum=found.upper()))["location"])).body == IMAGE
        with pytest.raises(FileRefused, match=f"which is {found}"):
            await told(checksum="0" * 32)


def _today(hub: Hub) -> Hub:
    """With the clock of the certificates, which openssl makes for today."""
    from edgegw.hub import utc_now

    hub.now = utc_now
    return hub


async def test_what_is_no_firmware_here_is_not_offered(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        with pytest.raises(FileRefused, match="there is no file"):
            await to_fetch(files)
        assert (await ask("PUT", await to_put(files, location="local:mine.zip"), LOG)).status == 200
        (log,) = files.shelf.files()
        assert log.name == "mine.zip"
        with pytest.raises(FileRefused, match="no firmware"):
            await to_fetch(files, location=f"local:{log.id}")
        for name in ("update_firmware", "publish_firmware"):
            with pytest.raises(FileRefused, match="local:NAME"):
                await files.located(Command("c1", name, {"station": "CP01"}))
        other = Command("c1", "call_station", {"station": "CP01", "action": "Reset", "payload": {}})
        assert await files.located(other) is other
        url = {"station": "CP01", "location": "ftp://192.0.2.9/v2.bin"}
        assert (await files.located(Command("c1", "update_firmware", url))).args == url


async def test_it_is_https_with_a_certificate(hub: Hub, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("hub")

    def context() -> ssl.SSLContext:
        return tls.server_context(certificate, certificate.with_suffix(".key"), None, rsa_compat=False)

    async with file_service(hub, tmp_path, tls=context) as files:
        url = await to_put(files)
        assert url.startswith("https://127.0.0.1:")
        answer = await ask("PUT", url, LOG, tls=ssl.create_default_context(cafile=authority.ca))
        assert answer.status == 200
    assert len(received(tmp_path)) == 1
