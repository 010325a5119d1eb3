"""Files by the API: firmware put in, logs fetched, and who may not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from edgegw.hub import utc_now
from edgegw.web.neighbours import Neighbours
from tests.files.served import ask, file_service
from tests.files.test_service import to_put
from tests.files.test_signature import FIRMWARE, signed
from tests.support.certificates import Authority
from tests.support.hubs import a_hub
from tests.web.served import serving
from tests.web.test_openapi import check, named

OCTETS = {"content-type": "application/octet-stream"}
PATH = "/api/v1/files/{id}"


async def test_firmware_is_put_in_listed_fetched_and_taken_away(tmp_path: Path) -> None:
    async with (
        a_hub(tmp_path) as hub,
        file_service(hub, tmp_path) as files,
        serving(hub, tmp_path, Neighbours(files=lambda: files)) as web,
    ):
        put = await web.installer.ask("PUT", "/api/v1/files/v2.bin", FIRMWARE, OCTETS)
        check(PATH, "put", put)
        digest = hashlib.sha256(FIRMWARE).hexdigest()
        assert (put.status, put.json["sha256"], put.json["signed"]) == (200, digest, False)
        again = await web.installer.ask("PUT", "/api/v1/files/v2.bin", FIRMWARE, OCTETS)
        check(PATH, "put", again)
        assert again.kind == "conflict"
        listed = await web.installer.get("/api/v1/files")
        check("/api/v1/files", "get", listed)
        assert listed.json["items"] == [put.json]
        fetched = await web.installer.get("/api/v1/files/v2.bin")
        check(PATH, "get", fetched)
        assert (fetched.status, fetched.body) == (200, FIRMWARE)
        part = await web.installer.get("/api/v1/files/v2.bin", {"range": "bytes=0-3"})
        check(PATH, "get", part)
        assert (part.status, part.body) == (206, FIRMWARE[:4])
        gone = await web.installer.ask("DELETE", "/api/v1/files/v2.bin")
        assert gone.status == 204
        assert (await web.installer.get("/api/v1/files")).json["items"] == []
        for method in ("GET", "DELETE"):
            missing = await web.installer.ask(method, "/api/v1/files/v2.bin")
            check(PATH, method.lower(), missing)
            assert missing.kind == "not-found"


async def test_a_signature_is_kept_if_it_holds(tmp_path: Path) -> None:
    certificate = Authority(tmp_path).issue("maker")
    proof = {"certificate": certificate.read_text(), "signature": signed(tmp_path, certificate.with_suffix(".key"))}
    path = "/api/v1/files/{id}/signature"
    async with a_hub(tmp_path) as hub, file_service(hub, tmp_path) as files:
        hub.now = utc_now  # openssl makes certificates for today
        async with serving(hub, tmp_path, Neighbours(files=lambda: files)) as web:

            async def sign(name: str, body: Any) -> Any:
                answer = await web.installer.ask("PUT", f"/api/v1/files/{name}/signature", body)
                check(path, "put", answer)
                return answer

            await web.installer.ask("PUT", "/api/v1/files/v2.bin", FIRMWARE, OCTETS)
            await web.installer.ask("PUT", "/api/v1/files/other.bin", b"other", OCTETS)
            named("NewSignature").validate(proof)
            assert (await sign("other.bin", proof)).kind == "invalid"
            assert (await sign("v2.bin", {"certificate": "x"})).kind == "invalid"
            assert (await sign("none.bin", proof)).kind == "not-found"
            assert (await sign("v2.bin", proof)).json["signed"] is True
            assert files.shelf.get("v2.bin").signature == proof["signature"]


async def test_a_log_of_a_station_is_fetched_by_the_id_that_the_fact_tells(tmp_path: Path) -> None:
    async with (
        a_hub(tmp_path) as hub,
        file_service(hub, tmp_path) as files,
        serving(hub, tmp_path, Neighbours(files=lambda: files)) as web,
    ):
        assert (await ask("PUT", await to_put(files), b"the log")).status == 200
        (fact,) = (await web.installer.get("/api/v1/facts?type=file_received")).json["items"]
        fetched = await web.installer.get(f"/api/v1/files/{fact['data']['file']}")
        assert fetched.body == b"the log"
        (row,) = (await web.installer.get("/api/v1/files")).json["items"]
        assert (row["station"], row["kind"], row["command"]) == ("CP01", "security", "c1")
        (masked,) = (await web.guest.get("/api/v1/facts?type=file_received")).json["items"]
        assert masked["data"] == {"station": "CP01", "kind": "security", "size": 7}


async def test_a_guest_sees_no_files_and_without_a_service_there_are_none(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        for path in ("/api/v1/files", "/api/v1/files/x"):
            refused = await web.guest.get(path)
            check(path.replace("/x", "/{id}"), "get", refused)
            assert refused.kind == "not-allowed"
            assert (await web.installer.get(path)).kind == "unavailable"


async def test_what_is_no_name_of_a_file_is_refused(tmp_path: Path) -> None:
    async with (
        a_hub(tmp_path) as hub,
        file_service(hub, tmp_path, max_bytes=10) as files,
        serving(hub, tmp_path, Neighbours(files=lambda: files)) as web,
    ):
        for name, body, kind in (
            ("..%2fx", b"x", "invalid"),
            (".x", b"x", "invalid"),
            ("x", b"x" * 11, "too-large"),
        ):
            answer = await web.installer.ask("PUT", f"/api/v1/files/{name}", body, OCTETS)
            check(PATH, "put", answer)
            assert answer.kind == kind, name
