"""Files over FTP, with the clients that stations are made of: curl, and Python's own."""

from __future__ import annotations

import asyncio
import ftplib
import io
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from edgegw.files import FileRefused, ftp, passive, transfers
from edgegw.files.service import FileService, FtpListener
from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.model.commands import Command
from edgegw.model.facts import VariablesChanged
from tests.files.served import file_service
from tests.files.test_service import hub as hub
from tests.files.test_service import keep as keep_as
from tests.files.test_service import received

LOG = b"a line\n" * 20_000
FIRMWARE = b"firmware of a station 2.0"
T = TypeVar("T")

WAYS = ["--disable-epsv", "--ftp-pasv", "--append"]
ANY = {"ftp": FtpListener(0)}


async def to_put(files: FileService, location: str = "local+ftp:") -> str:
    order = Command("c1", "get_log", {"station": "CP01", "kind": "diagnostics", "location": location})
    return str((await files.located(order)).args["location"])


async def to_fetch(files: FileService, **more: Any) -> str:
    order = Command("c1", "update_firmware", {"station": "CP01", "location": "local+ftp:v2.bin", **more})
    return str((await files.located(order)).args["location"])


def token_of(url: str) -> str:
    found = urlsplit(url).password
    assert found is not None
    return found


async def curl(*args: str) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--show-error", "--max-time", "20", *args,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told = (await process.communicate())[0]
    return process.returncode or 0, told


async def by_python(
    files: FileService, talk: Callable[[ftplib.FTP], T], user: str = "station", password: str = ""
) -> T:
    """What `talk` makes of a session that has logged in."""
    port = files.ftp_port
    assert port is not None

    def run() -> T:
        with ftplib.FTP(timeout=10) as client:
            client.connect("127.0.0.1", port)
            client.login(user, password)
            return talk(client)

    return await asyncio.to_thread(run)


def refused(client: ftplib.FTP, command: str | None = None) -> str:
    """What a command is refused with, or what comes next."""
    try:
        said = client.getresp() if command is None else client.sendcmd(command)
    except ftplib.Error as error:
        return str(error)
    raise AssertionError(said)


@pytest.mark.parametrize("way", WAYS)
async def test_a_log_that_curl_puts_is_a_fact_with_its_digest(hub: Hub, tmp_path: Path, way: str) -> None:
    (tmp_path / "diag.zip").write_bytes(LOG)
    async with file_service(hub, tmp_path, **ANY) as files:
        url = await to_put(files)
        assert await curl(way, "-T", str(tmp_path / "diag.zip"), url) == (0, b"")
        code, _ = await curl(way, "-T", str(tmp_path / "diag.zip"), url)
        assert code == 67, "the ticket was for one log"
        (stored,) = files.shelf.files()
        assert (stored.name, stored.station, files.shelf.path(stored.id).read_bytes()) == ("diag.zip", "CP01", LOG)
    (fact,) = received(tmp_path)
    assert (fact.size, fact.sha256, fact.command) == (len(LOG), sha256(LOG).hexdigest(), "c1")


async def test_firmware_is_fetched_whole_and_from_where_it_broke_off(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        await keep_as(files, "v2.bin", FIRMWARE)
        url = await to_fetch(files)
        assert await curl(url) == (0, FIRMWARE)
        assert await curl("-C", "9", url) == (0, FIRMWARE[9:])
        assert await curl("--head", url) == (0, b"Content-Length: 25\r\nAccept-ranges: bytes\r\n")
        assert (await curl("-C", "99", url))[0] != 0


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
async def test_firmware_is_fetched_by_wget_as_well(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        await keep_as(files, "v2.bin", FIRMWARE)
        process = await asyncio.create_subprocess_exec(
            "wget", "-q", "-t", "1", "-T", "10", "-O", str(tmp_path / "got.bin"), await to_fetch(files)
        )
        assert await process.wait() == 0
        assert (tmp_path / "got.bin").read_bytes() == FIRMWARE


async def test_a_session_of_python_sees_one_file_and_no_directories(hub: Hub, tmp_path: Path) -> None:
    def talk(client: ftplib.FTP) -> list[Any]:
        got = io.BytesIO()
        client.cwd("/etc")
        client.retrbinary("RETR v2.bin", got.write)
        return [
            got.getvalue(), client.pwd(), client.nlst(), client.size("v2.bin"), client.sendcmd("FEAT").count("\n"),
            client.sendcmd("NOOP"), client.mkd("x"), client.cwd(".."),
        ]  # fmt: skip

    async with file_service(hub, tmp_path, **ANY) as files:
        await keep_as(files, "v2.bin", FIRMWARE)
        password = token_of(await to_fetch(files))
        found = await by_python(files, talk, password=password)
        assert found == [FIRMWARE, "/etc", ["v2.bin"], 25, 6, "200 yes", "x", "250 as you like"]


@pytest.mark.parametrize("where", ["password", "user", "path"])
async def test_a_ticket_may_be_password_user_or_path(hub: Hub, tmp_path: Path, where: str) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        token = token_of(await to_put(files))
        user, password = {"password": ("x", token), "user": (token, "x"), "path": ("anonymous", "a@b")}[where]
        folder = f"/{token}/" if where == "path" else ""

        def talk(client: ftplib.FTP) -> str:
            return client.storbinary(f"STOR {folder}a.zip", io.BytesIO(LOG))

        assert await by_python(files, talk, user, password) == "226 received"
        assert [each.name for each in files.shelf.files()] == ["a.zip"]


@pytest.mark.parametrize(
    "command",
    ["RETR v1.bin", "RETR ../../etc/passwd", "RETR", "STOR x", "APPE x", "SIZE /etc/passwd", "DELE v2.bin",
     "RNFR v2.bin", "PORT 127,0,0,1,9,9", "EPRT |1|127.0.0.1|2000|", "SITE EXEC id", "AUTH TLS", "\xff\x00", "MODE B",
     "REST -1"],
)  # fmt: skip
async def test_nothing_else_is_there(hub: Hub, tmp_path: Path, command: str) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        await keep_as(files, "v2.bin", FIRMWARE)
        password = token_of(await to_fetch(files))

        def talk(client: ftplib.FTP) -> str:
            client.makepasv()
            return refused(client, command)

        assert (await by_python(files, talk, password=password))[:2] in ("50", "55")


async def test_without_a_ticket_nobody_comes_in(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        await keep_as(files, "v2.bin", FIRMWARE)

        def guess(client: ftplib.FTP) -> list[str]:
            told = []
            for _ in range(3):
                client.sendcmd("USER station")
                told.append(refused(client, "PASS guess"))
            with pytest.raises((EOFError, OSError)):
                client.sendcmd("USER station")
            return told

        with pytest.raises(ftplib.error_perm, match="530"):
            await by_python(files, guess, "station", "wrong")

        def look(client: ftplib.FTP) -> list[str]:
            assert client.nlst() == []
            return guess(client)

        assert await by_python(files, look, "anonymous") == ["530 no such user"] * 3

        def early(client: ftplib.FTP) -> str:
            client.sendcmd("USER x")
            return refused(client, "PASV")

        assert await by_python(files, early, "anonymous") == "530 log in first"


@pytest.mark.parametrize("announced", [True, False])
async def test_what_is_too_large_is_refused_and_may_be_tried_again(hub: Hub, tmp_path: Path, announced: bool) -> None:
    async with file_service(hub, tmp_path, max_bytes=1000, **ANY) as files:
        password = token_of(await to_put(files))

        def talk(client: ftplib.FTP) -> str:
            if announced:
                client.sendcmd(f"ALLO {len(LOG)}")
            with pytest.raises((ftplib.error_perm, OSError)) as no:
                client.storbinary("STOR a", io.BytesIO(LOG * 10))
            # Who is cut off while it writes has yet to read why.
            told = str(no.value) if isinstance(no.value, ftplib.Error) else refused(client)
            assert told == "552 a file may have 1000 bytes"
            return client.storbinary("STOR a", io.BytesIO(b"less"))

        assert await by_python(files, talk, password=password) == "226 received"
        assert [each.size for each in files.shelf.files()] == [4]


async def test_an_upload_that_falls_short_of_what_was_announced_leaves_nothing(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        password = token_of(await to_put(files))

        def talk(client: ftplib.FTP) -> str:
            client.sendcmd("ALLO 100")
            with pytest.raises(ftplib.error_temp, match="426"):
                client.storbinary("STOR a", io.BytesIO(b"less"))
            return client.storbinary("STOR a", io.BytesIO(b"less"))

        assert await by_python(files, talk, password=password) == "226 received"
        assert len(files.shelf.files()) == 1


async def test_what_can_not_be_written_down_is_not_taken(hub: Hub, tmp_path: Path, monkeypatch: Any) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        password = token_of(await to_put(files))

        async def full(*facts: Any) -> None:
            raise JournalError("disk full")

        def talk(client: ftplib.FTP) -> None:
            with pytest.raises(ftplib.error_temp, match="452 not stored, try again"):
                client.storbinary("STOR a", io.BytesIO(LOG))

        monkeypatch.setattr(hub, "record", full)
        await by_python(files, talk, password=password)
        assert files.shelf.files() == []


async def test_a_data_connection_from_another_address_is_cut(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        password = token_of(await to_put(files))

        def talk(client: ftplib.FTP) -> str:
            host, port = client.makepasv()
            with socket.socket() as thief:
                thief.bind(("127.0.0.2", 0))
                thief.connect((host, port))
                thief.settimeout(5)
                with suppress(ConnectionResetError):
                    assert thief.recv(1) == b""
            with socket.create_connection((host, port)) as own:
                assert client.sendcmd("STOR a").startswith("150")
                own.sendall(b"mine")
            return client.getresp()

        assert await by_python(files, talk, password=password) == "226 received"


async def test_who_says_nothing_is_hung_up_on(hub: Hub, tmp_path: Path, monkeypatch: Any) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        password = token_of(await to_put(files))

        def stalls(client: ftplib.FTP) -> str:
            with client.transfercmd("STOR a") as data:
                data.sendall(b"half")
                return refused(client)

        def never(client: ftplib.FTP) -> str:
            client.makepasv()
            assert client.sendcmd("STOR a").startswith("150")
            return refused(client)

        def idles(client: ftplib.FTP) -> str:
            return refused(client)

        monkeypatch.setattr(transfers, "STALL_S", 0.1)
        monkeypatch.setattr(passive, "WITHIN_S", 0.1)
        assert await by_python(files, stalls, password=password) == "426 the connection ended within the file"
        assert await by_python(files, never, password=password) == "425 nobody connected"
        monkeypatch.setattr(ftp, "IDLE_S", 0.1)
        assert await by_python(files, idles, "anonymous") == "421 nothing came"
        assert files.shelf.files() == []


async def test_a_line_without_an_end_and_too_many_sessions_are_cut(hub: Hub, tmp_path: Path, monkeypatch: Any) -> None:
    async with file_service(hub, tmp_path, **ANY) as files:
        reader, writer = await asyncio.open_connection("127.0.0.1", files.ftp_port)
        assert await reader.readline() == b"220 ready\r\n"
        writer.write(b"x" * 5000)
        assert await reader.read() == b""
        writer.close()
        monkeypatch.setattr(ftp, "MAX_SESSIONS", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", files.ftp_port)
        assert await reader.read() == b"421 too many connections\r\n"
        writer.close()


async def test_who_asks_and_never_reads_is_hung_up_on(hub: Hub, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ftp, "IDLE_S", 0.2)
    monkeypatch.setattr(ftp, "CLOSE_S", 0.1)
    async with file_service(hub, tmp_path, **ANY) as files:

        def asks() -> None:
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(10)
                client.connect(("127.0.0.1", files.ftp_port))
                while True:
                    client.sendall(b"FEAT\r\n" * 1000)

        with pytest.raises(ConnectionError):
            await asyncio.to_thread(asks)


async def test_data_connections_keep_to_their_ports(hub: Hub, tmp_path: Path) -> None:
    with socket.socket() as held, socket.socket() as free:
        held.bind(("127.0.0.1", 0))
        held.listen()
        free.bind(("127.0.0.1", 0))
        taken, port = held.getsockname()[1], free.getsockname()[1]
        free.close()
        async with file_service(hub, tmp_path, ftp=FtpListener(0, (port, port))) as files:
            assert (await by_python(files, lambda client: client.makepasv(), "anonymous"))[1] == port
        async with file_service(hub, tmp_path, ftp=FtpListener(0, (taken, taken))) as files:
            with pytest.raises(ftplib.error_temp, match="425 no port is free"):
                await by_python(files, lambda client: client.makepasv(), "anonymous")


@pytest.mark.parametrize(
    ("says", "scheme"), [(None, "http"), ("FTP,FTPS", "ftp"), ("HTTP, FTP", "http"), ("https,ftp", "ftp"), ("", "http")]
)
@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_a_station_that_speaks_nothing_else_is_told_an_ftp_url(
    hub: Hub, tmp_path: Path, ocpp: str, says: str | None, scheme: str
) -> None:
    place = {"component": "", "variable": "SupportedFileTransferProtocols"}
    if ocpp == "2.0.1":
        place = {"component": "OCPPCommCtrlr", "variable": "FileTransferProtocols"}
    if says is not None:
        entry = {**place, "attribute": "actual", "value": says}
        await hub.record(VariablesChanged(station="CP01", at=hub.now(), action="GetVariables", variables=(entry,)))
    async with file_service(hub, tmp_path, **ANY) as files:
        assert urlsplit(await to_put(files, "local:")).scheme == scheme


async def test_where_no_ftp_is_served_none_is_offered(hub: Hub, tmp_path: Path) -> None:
    async with file_service(hub, tmp_path) as files:
        assert files.ftp_port is None
        with pytest.raises(FileRefused, match=r"ocpp\.files\.ftp"):
            await to_put(files)
