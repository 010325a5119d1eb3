"""What `edgegw stations accept`, `set`, `call` and `learn-phases` tell a gateway about a station, or the station
itself."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgegw.daemon.control import ANSWER_S, FAILED, GOOD, USAGE, Gateway, complain, say, talk

LEARN_S, LEARN_EVERY_S, LEARN_MORE = 110.0, 2.0, 100
"""Learning phases is waited for at once, then asked after so often: the gateway ends it by itself."""


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
            if "answer" in answer:
                say(json.dumps(answer["answer"], indent=2, ensure_ascii=False))
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
