"""A server that speaks Vault's HTTP API as its documentation has it: KV version 2, AppRole, renewing and looking up a
token, over TLS. Its lives are short enough to be seen."""

from __future__ import annotations

import http.server
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.support.certificates import Authority

ROLE, SECRET_ID, ROOT = "role-51aa", "secret-id-51aa", "hvs.root-51aa"


class VaultServer:
    """`secrets` are by mount and path, such as "secret/edgegw/stations". `asked` are its requests, the newest last."""

    def __init__(self, folder: Path, port: int = 0, *, life_s: float = 3600.0) -> None:
        authority = Authority(folder, "vault-ca")
        certificate = authority.issue("vault")
        self.ca = authority.ca
        self.secrets: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.life_s = life_s
        self.sealed = False
        self.hangs_s = 0.0
        self.tokens: dict[str, float | None] = {ROOT: None}
        vault = self

        class Api(http.server.BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(size) or b"null")
                vault.asked.append(f"{self.command} {self.path}")
                time.sleep(vault.hangs_s)
                status, told = vault.answer(self.command, self.path, self.headers.get("X-Vault-Token"), body)
                text = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = handle_one  # noqa: N815 (http.server's names)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Api)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, token: str | None, body: Any) -> tuple[int, Any]:
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if (method, path) == ("POST", "/v1/auth/approle/login"):
            if body != {"role_id": ROLE, "secret_id": SECRET_ID}:
                return 400, {"errors": ["invalid role or secret ID"]}
            return 200, self._auth(f"hvs.{secrets.token_hex(8)}")
        lives_until = self.tokens.get(token or "", 0.0)
        if lives_until is not None and lives_until < time.monotonic():
            return 403, {"errors": ["permission denied"]}
        assert token is not None
        if (method, path) == ("POST", "/v1/auth/token/renew-self"):
            return 200, self._auth(token)
        if (method, path) == ("GET", "/v1/auth/token/lookup-self"):
            ttl = 0 if lives_until is None else int(lives_until - time.monotonic())
            return 200, {"data": {"ttl": ttl, "renewable": lives_until is not None}}
        mount, found, below = path.removeprefix("/v1/").partition("/data/")
        values = self.secrets.get(unquote(f"{mount}/{below}")) if found else None
        if method != "GET" or values is None:
            return 404, {"errors": []}
        return 200, {"data": {"data": values, "metadata": {"version": 1, "destroyed": False}}}

    def _auth(self, token: str) -> Any:
        self.tokens[token] = time.monotonic() + self.life_s
        return {"auth": {"client_token": token, "lease_duration": int(self.life_s), "renewable": True}}

    def serve(self) -> None:
        self._server.serve_forever(0.01)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def vault(folder: Path, **options: Any) -> Iterator[VaultServer]:
    server = VaultServer(folder, **options)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
