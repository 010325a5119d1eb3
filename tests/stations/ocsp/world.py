"""Certificates of contracts by openssl, and a responder whose answers are openssl's, behind HTTP on loopback."""

from __future__ import annotations

import base64
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

EMAID = "BR8AA1A2B3C4D5"

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"

Misbehaviour = Literal["", "get only", "silent", "endless", "redirect", "error", "no HTTP"]


def now() -> datetime:
    return datetime.now(UTC)


def openssl(*args: object) -> str:
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class World:
    """Root, sub and leaf (the contract); `ocsp` is a responder of sub's, `root-ocsp` one of root's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bad: Misbehaviour = ""
        self.signer: str | None = None
        self.good_minutes: int | None = 10
        self.asked: list[str] = []
        self.port = 0

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def pem(self, *names: str) -> str:
        return "".join(self.path(name).read_text() for name in names)

    def root(self, name: str = "root") -> Path:
        openssl("req", "-x509", *_KEY, "-keyout", self.folder / f"{name}.key", "-out", self.path(name), "-days", 30,
                "-subj", f"/CN={name}")  # fmt: skip
        return self.path(name)

    def issue(self, name: str, by: str, *, subject: str | None = None, extensions: str = "", days: int = 20) -> Path:
        request, more = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        more.write_text(extensions or f"basicConstraints=CA:FALSE\n{self.place}")
        openssl("req", "-new", *_KEY, "-keyout", self.folder / f"{name}.key", "-out", request, "-subj",
                subject or f"/CN={name}")  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", self.path(by), "-CAkey", self.folder / f"{by}.key",
                "-CAcreateserial", "-days", days, "-extfile", more, "-out", self.path(name))  # fmt: skip
        return self.path(name)

    def authority(self, name: str, by: str, constraints: str = _CA) -> Path:
        return self.issue(name, by, extensions=constraints + self.place)

    @property
    def place(self) -> str:
        return f"authorityInfoAccess=OCSP;URI:{self.url}\n"

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/ocsp"

    def serial(self, name: str) -> str:
        return openssl("x509", "-in", self.path(name), "-noout", "-serial").strip().partition("=")[2]

    def knows(self, by: str, **status: Literal["V", "R"]) -> None:
        """What the responder of `by` knows of certificates, by their names: valid or revoked."""
        lines = []
        for name, letter in status.items():
            revoked = "240101000000Z" if letter == "R" else ""
            lines.append("\t".join((letter, "350101000000Z", revoked, self.serial(name), "unknown", f"/CN={name}\n")))
        (self.folder / f"{by}.index").write_text("".join(lines))

    def answer(self, request: bytes) -> bytes:
        """openssl's answer: of who issued what is asked about."""
        asked = self.folder / f"{time.monotonic_ns()}.req"
        asked.write_bytes(request)
        told = openssl("ocsp", "-reqin", asked, "-req_text")
        by = next(name for name in ("sub", "root") if self._key_hash(name) in told)
        signer = self.signer or by
        fresh = () if self.good_minutes is None else ("-nmin", self.good_minutes)
        told_at = asked.with_suffix(".res")
        openssl("ocsp", "-index", self.folder / f"{by}.index", "-CA", self.path(by), "-rsigner", self.path(signer),
                "-rkey", self.folder / f"{signer}.key", "-reqin", asked, "-respout", told_at, *fresh)  # fmt: skip
        return told_at.read_bytes()

    def _key_hash(self, name: str) -> str:
        ids = openssl("x509", "-in", self.path(name), "-noout", "-pubkey")
        der = base64.b64decode("".join(ids.splitlines()[1:-1]))
        from hashlib import sha256

        return sha256(der[-65:]).hexdigest().upper()  # an uncompressed point of P-256 ends the structure

    def hashes(self, name: str, by: str) -> dict[str, Any]:
        """OCSPRequestData as a station tells it, by openssl's own reckoning."""
        request = self.folder / "hashes.req"
        openssl("ocsp", "-sha256", "-issuer", self.path(by), "-cert", self.path(name), "-no_nonce", "-reqout", request)
        lines = dict(
            line.strip().split(": ") for line in openssl("ocsp", "-reqin", request, "-req_text").splitlines()
            if line.count(": ") == 1
        )  # fmt: skip
        return {
            "hashAlgorithm": "SHA256", "issuerNameHash": lines["Issuer Name Hash"].lower(),
            "issuerKeyHash": lines["Issuer Key Hash"].lower(), "serialNumber": lines["Serial Number"].lower(),
            "responderURL": self.url,
        }  # fmt: skip


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._reply("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            self._reply("GET", base64.b64decode(unquote(self.path.removeprefix("/ocsp/"))))

        def _reply(self, method: str, request: bytes) -> None:
            world.asked.append(method)
            match world.bad:
                case "silent":
                    self.connection.settimeout(10)
                    with suppress(OSError):
                        self.connection.recv(1)  # until the gateway hangs up
                    return
                case "redirect":
                    self.send_response(302)
                    self.send_header("Location", "http://localhost:1/")
                    self.end_headers()
                    return
                case "error":
                    self.send_error(500)
                    return
                case "no HTTP":
                    self.wfile.write(b"220 ready\r\n")
                    return
                case "get only" if method == "POST":
                    self.send_error(405)
                    return
            body = b"x" * 200_000 if world.bad == "endless" else world.answer(request)
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                assert world.bad == "endless"

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler


@contextmanager
def serving(world: World, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(world))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
