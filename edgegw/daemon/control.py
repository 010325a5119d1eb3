"""The commands that talk to a running gateway, through its control socket (`web.control` of the file).

Plain standard library: HTTP over a Unix socket. Each command prints, and returns its exit code.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from edgegw.settings import Invalid
from edgegw.settings.peek import control_socket

GOOD, FAILED, USAGE, USELESS = 0, 1, 2, 78

RELOAD_S = 120.0
"""A reload probes new and changed meters one after the other, and lets stations end what they are saying."""

ANSWER_S = 10.0
"""Beyond what the gateway itself may wait for."""


class Unreachable(Exception):
    """No gateway could be asked; the text says why and what to do."""


class Refused(Exception):
    """The gateway's own refusal, in its words."""


def reload(file: Path, *, as_json: bool) -> int:
    """Have the gateway read its file again. 0 when the new content is in force, 1 with the errors when it is not."""

    def ask(gateway: Gateway) -> int:
        outcome = gateway.ask(
            "POST", f"/api/v1/commands?wait={RELOAD_S:.0f}", {"name": "reload"}, timeout_s=RELOAD_S + ANSWER_S
        )
        done = outcome["state"] == "done"
        if as_json:
            say(json.dumps(outcome, ensure_ascii=False))
        elif done:
            report = outcome["result"] or {}
            say(f"reloaded: {', '.join(report.get('changed') or ()) or 'nothing had changed'}")
            for section in report.get("needs_restart") or ():
                say(f"{section} counts from the next start on")
            for warning in report.get("warnings") or ():
                say(warning)
        elif outcome["reason"]:
            complain(*outcome["reason"].splitlines(), "the old configuration stays in force")
        else:
            complain(f"the reload is still {outcome['state']} after {RELOAD_S:.0f} s; the gateway's log will tell")
        return GOOD if done else FAILED

    code = talk(file, ask)
    if code == USELESS:  # the file does not even say where the gateway listens, which would refuse it too
        complain("the old configuration stays in force")
    return GOOD if code == GOOD else FAILED


def order(file: Path, name: str, args: Mapping[str, Any], *, wait_s: float, as_json: bool) -> int:
    """Give a command and wait for its end. 1 when it is not done by then."""

    def ask(gateway: Gateway) -> int:
        body = {"name": name, "args": args}
        outcome = gateway.ask("POST", f"/api/v1/commands?wait={wait_s:g}", body, timeout_s=wait_s + ANSWER_S)
        done = outcome["state"] == "done"
        if as_json:
            say(json.dumps(outcome, ensure_ascii=False))
        elif done:
            told = {key: value for key, value in (outcome["result"] or {}).items() if value is not None}
            say(f"{args['station']} accepts" + (f": {json.dumps(told, ensure_ascii=False)}" if told else ""))
        else:
            complain(f"{name} is {outcome['state']}: {outcome['reason'] or 'no answer yet'}")
        return GOOD if done else FAILED

    return talk(file, ask)


class Gateway:
    """The API of the gateway at the other end of a control socket."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, method: str, path: str, body: Any = None, *, timeout_s: float = ANSWER_S) -> Any:
        """The JSON that the gateway answers. Raises Refused for its refusals, Unreachable when there is no answer."""
        written = None if body is None else json.dumps(body)
        with self._asked(method, path, written, "application/json", timeout_s) as response:
            return json.loads(response.read() or b"null")

    def text(self, path: str, *, timeout_s: float = ANSWER_S) -> str:
        """GET a text. Raises as `ask` does."""
        with self._asked("GET", path, None, "application/json", timeout_s) as response:
            return response.read().decode("utf-8", "replace")

    def send(self, path: str, content: BinaryIO, *, timeout_s: float) -> Any:
        """PUT what an open file holds; the JSON that the gateway answers. Raises as `ask` does."""
        with self._asked("PUT", path, content, "application/octet-stream", timeout_s) as response:
            return json.loads(response.read())

    def fetch(self, path: str, into: Path, *, timeout_s: float) -> int:
        """GET into a file, which is there whole or not at all; its bytes. Raises as `ask` does, and OSError's of it as
        Refused."""
        with self._asked("GET", path, None, "application/json", timeout_s) as response:
            part = into.with_name(f"{into.name}.part")
            try:
                with part.open("wb") as file:
                    shutil.copyfileobj(response, file)
                    size = file.tell()
                if size != int(response.headers.get("content-length", size)):
                    raise Unreachable(f"{self._path}: the gateway hung up within the file")
                part.replace(into)
            except OSError as error:
                raise Refused(f"{into}: {error.strerror or error}") from error
            finally:
                part.unlink(missing_ok=True)
            return size

    def events(self, path: str, *, silence_s: float) -> Iterator[tuple[str, Any]]:
        """Server-sent events as (name, JSON), with ("", None) for each sign of life, until the gateway ends them.

        A gateway that says nothing at all for `silence_s` is Unreachable; otherwise raises as `ask` does.
        """
        with self._asked("GET", path, None, "application/json", silence_s) as response:
            name = ""
            for line in iter(response.readline, b""):
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    yield name, json.loads(value)
                elif line.startswith(b":"):
                    yield "", None

    @contextlib.contextmanager
    def _asked(
        self, method: str, path: str, body: Any, kind: str, timeout_s: float
    ) -> Iterator[http.client.HTTPResponse]:
        connection = _UnixConnection(self._path, timeout_s)
        try:
            # A body that is refused before its end breaks the pipe, with the reason behind it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, {"content-type": kind})
            response = connection.getresponse()
            if response.status >= 400:
                told = json.loads(response.read())
                raise Refused(str(told.get("detail") or told.get("title") or response.status))
            yield response
        except PermissionError as error:
            raise Unreachable(
                f"{self._path}: no permission to talk to the gateway; only root and the group edgegw have it "
                "(sudo usermod -aG edgegw YOU, then log in again)"
            ) from error
        except TimeoutError as error:
            raise Unreachable(f"{self._path}: the gateway did not answer within {timeout_s:.0f} s") from error
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise Unreachable(
                f"{self._path}: the gateway does not run, or listens at another web.control than this file names"
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{self._path}: the gateway can't be asked: {error or type(error).__name__}") from error
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def talk(file: Path, ask: Callable[[Gateway], int]) -> int:
    try:
        code = ask(Gateway(control_socket(file)))
    except Invalid as error:
        complain(*(str(finding) for finding in error.findings))
        return USELESS
    except (Unreachable, Refused) as error:
        complain(str(error))
        return FAILED
    return code


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in columns."""
    plain = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in plain) for column in range(len(plain[0]))]
    for row in plain:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def printable(text: str) -> str:
    """`text` without what would steer the terminal: stations wrote some of it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def complain(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(f"edgegw: {line}\n")
