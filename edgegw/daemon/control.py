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
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from edgegw.settings import Invalid
from edgegw.settings.peek import control_socket

GOOD, FAILED, USAGE, USELESS = 0, 1, 2, 78

RELOAD_S = 120.0
"""A reload probes new and changed meters one after the other, and lets stations end what they are saying."""

LEARN_S, LEARN_EVERY_S, LEARN_MORE = 110.0, 2.0, 100
"""Learning phases is waited for at once, then asked after so often: the gateway ends it by itself."""

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


def stations(file: Path, *, as_json: bool) -> int:
    """Print every station that is configured or has shown itself."""

    def ask(gateway: Gateway) -> int:
        items = gateway.ask("GET", "/api/v1/stations")["items"]
        if as_json:
            say(json.dumps(items, ensure_ascii=False))
            return GOOD
        heads = ("STATION", "NAME", "LINK", "OCPP", "BOOT", "MODEL", "CLOCK", "QUIRKS", "EVSES")
        table([heads, *(_row(item) for item in items)])
        for item in items:
            for each in item.get("tolerated", ()):
                say(f"{item['id']} {each['text']} ({each['where']}; {each['count']}x)")
            for evse in item["evses"]:
                if (wired := evse.get("wired")) is not None:
                    say(f"WRONG PHASES: {wired['text']}" if wired["contradicts"] else wired["text"])
        return GOOD

    return talk(file, ask)


def _row(item: Mapping[str, Any]) -> tuple[str, ...]:
    evses = " ".join(_evse(evse) for evse in item["evses"])
    boot = item["registration"] or "-"
    return (
        item["id"],
        item["name"],
        ("silent" if item.get("silent_since") else "up") if item["connected"] else "down",
        item["ocpp"] or "-",
        boot if item["configured"] else f"{boot} (not configured)",
        " ".join(part for part in (item["vendor"], item["model"]) if part) or "-",
        _skew(item.get("skew_s")),
        ",".join(_quirks(item)) or "-",
        evses or "-",
    )


def _skew(skew_s: float | None) -> str:
    return "-" if skew_s is None else f"{skew_s:+.0f} s"


def _quirks(item: Mapping[str, Any]) -> list[str]:
    known = item.get("quirks") or {"recognised": [], "learned": []}
    return [*known["recognised"], *(each["quirk"] for each in known["learned"])]


def quirks(file: Path, station: str, *, forget: str | None, as_json: bool) -> int:
    """Print what is peculiar about a station: recognised, learned with its evidence, and what it changes.

    `forget` is the name of one that was learned, which is taken back first.
    """
    path = f"/api/v1/stations/{quote(station, safe='')}"

    def ask(gateway: Gateway) -> int:
        if forget is not None:
            gateway.ask("DELETE", f"{path}/quirks/{quote(forget, safe='')}")
        item = gateway.ask("GET", path)
        known = item.get("quirks")
        if as_json:
            say(json.dumps({"quirks": known, "skew_s": item.get("skew_s")}, ensure_ascii=False))
        elif known is None:
            complain("the stations' service does not run")
            return FAILED
        else:
            for line in _peculiar(item, known):
                say(line)
        return GOOD

    return talk(file, ask)


def _peculiar(item: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    named = f" (named by the configuration: {known['named']})" if known["named"] else ""
    yield f"recognised: {', '.join(known['recognised']) or 'nothing'}{named}"
    for each in known["learned"]:
        yield f"learned:    {each['quirk']} on {each['at']}: {each['evidence']}"
    for key, value in known["effects"].items():
        yield f"changes:    {key} = {json.dumps(value, ensure_ascii=False)}"
    for note in known["notes"]:
        yield f"note:       {note}"
    fault = f" ({item['clock_fault']})" if item.get("clock_fault") else ""
    yield f"clock:      {_skew(item.get('skew_s'))}{fault}"


def _evse(evse: Mapping[str, Any]) -> str:
    status = "/".join(connector["status"] for connector in evse["connectors"]) or "unknown"
    return f"{evse['id']}:{status}"


def accept(file: Path, station: str, *, as_json: bool) -> int:
    """Let a station in that the configuration does not name and that waits for an installer's word."""

    def ask(gateway: Gateway) -> int:
        found = gateway.ask("PATCH", f"/api/v1/stations/{quote(station, safe='')}", {"boot": "accepted"})
        say(json.dumps(found, ensure_ascii=False) if as_json else f"{station} is accepted")
        return GOOD

    return talk(file, ask)


def set_station(
    file: Path,
    station: str,
    *,
    boot: str | None,
    security_profile: int | None,
    password_file: Path | None,
    as_configured: bool,
    as_json: bool,
) -> int:
    """Say what rules for a station in place of the file. A password comes from a file: a command line can be seen."""
    body: dict[str, Any] = {"boot": boot, "security_profile": security_profile, "as_configured": as_configured or None}
    try:
        if password_file is not None:
            text = sys.stdin.read() if str(password_file) == "-" else password_file.read_text(encoding="utf-8")
            body["password"] = text.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{password_file}: {getattr(error, 'strerror', None) or 'it is no text'}")
        return FAILED

    def ask(gateway: Gateway) -> int:
        body_said = {name: said for name, said in body.items() if said is not None}
        found = gateway.ask("PATCH", f"/api/v1/stations/{quote(station, safe='')}", body_said)
        if as_json:
            say(json.dumps(found, ensure_ascii=False))
        else:
            boot, profile = found["registration"] or "not booted yet", found["security_profile"]
            password = "set here" if found["password"] else "of the file"
            say(f"{station}: boot {boot}, security profile {profile}" + (f", password {password}" if profile else ""))
        return GOOD

    return talk(file, ask)


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


def learn_phases(file: Path, station: str, evse: int | None, *, as_json: bool) -> int:
    """Have the gateway learn which of the site's phases an EVSE is on, with a car that charges there. 1 when it could
    not become sure."""
    args = {"station": station} | ({} if evse is None else {"evse": evse})

    def ask(gateway: Gateway) -> int:
        if not as_json:
            say("the car is lowered by 4 A and let rise again, a few times; that takes a minute or two")
        outcome = gateway.ask(
            "POST", f"/api/v1/commands?wait={LEARN_S:.0f}", {"name": "learn_phases", "args": args},
            timeout_s=LEARN_S + ANSWER_S,
        )  # fmt: skip
        for _ in range(LEARN_MORE):
            if outcome["state"] not in ("received", "dispatched"):
                break
            time.sleep(LEARN_EVERY_S)
            outcome = gateway.ask("GET", f"/api/v1/commands/{outcome['id']}")
        done = outcome["state"] == "done"
        if as_json:
            say(json.dumps(outcome, ensure_ascii=False))
        elif done:
            say(f"done: {outcome['result']['text']}")
        else:
            complain(f"the phases are not learned: {outcome['reason'] or 'it is still worked on'}")
        return GOOD if done else FAILED

    return talk(file, ask)


def call(
    file: Path, station: str, action: str, words: Sequence[str], *, force: bool, timeout_s: float, as_json: bool
) -> int:
    """Send any OCPP CALL of the station's own version and print what it answers.

    1 when it answers with an error, not in time or not at all. `words` are its payload, see `payload`.
    """
    try:
        body = {"action": action, "payload": payload(words), "timeout_s": timeout_s, "force": force}
    except ValueError as error:
        complain(str(error))
        return USAGE

    def ask(gateway: Gateway) -> int:
        path = f"/api/v1/stations/{quote(station, safe='')}/call"
        answer = gateway.ask("POST", path, body, timeout_s=timeout_s + ANSWER_S)
        if as_json:
            say(json.dumps(answer, ensure_ascii=False))
        elif "error" in answer:
            error = answer["error"]
            complain(f"{station} answers {error['code']}: {error['description']}".rstrip(": "))
        else:
            say(json.dumps(answer["result"], indent=2, ensure_ascii=False))
        return FAILED if "error" in answer else GOOD

    return talk(file, ask)


def payload(words: Sequence[str]) -> dict[str, Any]:
    """The payload that `key=value` words, or one JSON object, stand for; a value is JSON where it reads as such.

    Raises ValueError in words for the one who typed them.
    """
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        try:
            whole: dict[str, Any] = json.loads(words[0])
        except ValueError as error:
            raise ValueError(f"the payload is not JSON: {error}") from error
        return whole
    found: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise ValueError(f"{word!r} is no part of a payload; allowed: key=value, or one JSON object")
        try:
            found[key] = json.loads(value)
        except ValueError:
            found[key] = value
    return found


class Gateway:
    """The API of the gateway at the other end of a control socket."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, method: str, path: str, body: Any = None, *, timeout_s: float = ANSWER_S) -> Any:
        """The JSON that the gateway answers. Raises Refused for its refusals, Unreachable when there is no answer."""
        written = None if body is None else json.dumps(body)
        with self._asked(method, path, written, "application/json", timeout_s) as response:
            return json.loads(response.read() or b"null")

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
    """Print rows in columns. Stations wrote some of it: what would steer the terminal is not passed on."""
    plain = [tuple("".join(letter if letter.isprintable() else "?" for letter in cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in plain) for column in range(len(plain[0]))]
    for row in plain:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def complain(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(f"edgegw: {line}\n")
