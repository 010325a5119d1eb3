"""Any OCPP CALL by HTTP: a `call_station` command like any other, written down, with its end as the answer."""

from __future__ import annotations

from typing import Any, Final

from edgegw.core.commands import GUARDED
from edgegw.journal.ids import uuid7
from edgegw.model.commands import Asker, Command, Outcome
from edgegw.model.commands.stations import MAX_TIMEOUT_S
from edgegw.web.problems import Problem

Json = dict[str, Any]

CALL_LIMIT_S: Final = float(MAX_TIMEOUT_S)

FIELDS: Final = ("action", "payload", "timeout_s", "force")


def command_of(station: str, body: Json, by: Asker) -> tuple[Command, float]:
    """The command that a body of FIELDS asks for, and its timeout in seconds. Raises Problem."""
    action, payload, force = body.get("action"), body.get("payload", {}), body.get("force", False)
    timeout_s = body.get("timeout_s", 30)
    if not isinstance(action, str) or not isinstance(payload, dict) or not isinstance(force, bool):
        raise Problem("invalid", 'a call is {"action": "Reset", "payload": {...}, "timeout_s": 30}')
    if type(timeout_s) not in (int, float) or not 0 < timeout_s <= CALL_LIMIT_S:
        raise Problem("invalid", f"timeout_s is a number of seconds, above 0 and at most {CALL_LIMIT_S:g}")
    refuse_guarded(action, force=force)
    args = {"station": station, "action": action, "payload": payload, "timeout_s": timeout_s}
    return Command(uuid7(), "call_station", args | ({"force": True} if force else {}), by=by), float(timeout_s)


def refuse_guarded(action: object, *, force: object) -> None:
    """Raise Problem for a CALL that works against load or money, unless it is meant."""
    if action in GUARDED and force is not True:
        detail = f'{action} works against load management or billing; say "force": true if that is meant'
        raise Problem("conflict", detail)


def answer_of(outcome: Outcome, *, connected: bool, able: bool) -> Json:
    """What the station answered: `{"result"}` or `{"error"}`, the latter with its `answer` when that is none that its
    version has. Raises Problem when it did not."""
    result = outcome.result or {}
    if outcome.state == "done":
        return {"result": result["result"]}
    if "error" in result:
        return {name: result[name] for name in ("error", "answer") if name in result}
    reason = str(outcome.reason)
    if not able:
        raise Problem("unavailable", "the stations' service is not up")
    if outcome.state in ("dispatched", "unknown"):
        raise Problem("no-answer", reason if outcome.reason else "the station did not answer in time")
    if outcome.state == "failed" or not connected:
        raise Problem("conflict", reason)
    raise Problem("invalid", reason)
