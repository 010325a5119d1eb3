"""Commands, CALLs and an installer's word, through the control socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.commands import GUARDED
from edgegw.hub import Ending
from edgegw.journal import CommitFailed
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.web import api
from tests.support.ledgers import types_in
from tests.web.served import Running, Told, busy_hub, neighbours, serving

LIMIT = {"name": "set_limit", "args": {"target": "site", "limit_a": 32}}


@asynccontextmanager
async def site(folder: Path, told: Told | None = None) -> AsyncIterator[Running]:
    async with busy_hub(folder) as hub, serving(hub, folder, neighbours()) as running:
        hub.carry_out(["call_station"], told or Told())
        yield running


async def test_a_command_is_answered_202_and_with_wait_200_once_it_has_ended(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        answer = await web.installer.post("/api/v1/commands", LIMIT)
        assert (answer.status, answer.json["state"], answer.json["name"]) == (202, "done", "set_limit")
        answer = await web.installer.post("/api/v1/commands?wait=5", {**LIMIT, "by": "Ana"})
        assert (answer.status, answer.json["state"]) == (200, "done")
        assert web.hub.state.limits["site"].limit_a == 32
        assert web.hub.state.commands[answer.json["id"]].by == "cli:Ana"
        shown = await web.installer.get(f"/api/v1/commands/{answer.json['id']}")
        assert shown.json == answer.json
        assert (await web.installer.get("/api/v1/commands/none")).kind == "not-found"


async def test_a_body_that_is_nested_too_deep_to_be_kept_is_refused(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(80):
        deep = {"k": deep}
    order = {"name": "data_transfer", "args": {"station": "CP01", "vendor_id": "v", "payload": deep}}
    async with site(tmp_path) as web:
        answer = await web.installer.post("/api/v1/commands", order)
        assert (answer.status, answer.kind) == (400, "bad-request")
        assert (await web.installer.post("/api/v1/commands", LIMIT)).json["state"] == "done"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_time_beyond_the_calendar_is_refused(tmp_path: Path, text: str) -> None:
    async with site(tmp_path) as web:
        assert (await web.installer.post("/api/v1/commands", {**LIMIT, "expires_at": text})).kind == "invalid"
        assert (await web.installer.get(f"/api/v1/transactions?since={text.replace('+', '%2B')}")).kind == "bad-request"


async def test_wait_ends_with_the_command_or_with_its_time(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def slowly(command: Command, remote_start_id: int) -> Ending:
        await go.wait()
        return Ending("done", result={"status": "Accepted"})

    async with site(tmp_path) as web:
        web.hub.carry_out(["unlock_connector"], slowly)
        order = {"id": "u1", "name": "unlock_connector", "args": {"station": "CP01", "evse": 1}}
        early = await web.installer.post("/api/v1/commands?wait=0.05", order)
        assert (early.status, early.json["state"]) == (202, "dispatched")
        waiting = asyncio.ensure_future(web.installer.post("/api/v1/commands?wait=30", order))
        await asyncio.sleep(0)
        go.set()
        answer = await waiting
        assert (answer.status, answer.json["state"], answer.json["result"]) == (200, "done", {"status": "Accepted"})


async def test_the_same_idempotency_key_acts_once_and_another_command_under_it_is_refused(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        key = {"idempotency-key": '"limit-1"'}
        first = await web.installer.post("/api/v1/commands", LIMIT, key)
        again = await web.installer.post("/api/v1/commands", LIMIT, {"idempotency-key": "limit-1"})
        assert first.json == again.json
        assert first.json["id"] == "limit-1"
        other = {"name": "set_limit", "args": {"target": "site", "limit_a": 16}}
        assert (await web.installer.post("/api/v1/commands", other, key)).kind == "conflict"
        assert (await web.installer.post("/api/v1/commands", {**LIMIT, "id": "x"}, key)).kind == "invalid"
    assert types_in(tmp_path / "journal.db").count("policy_limit_changed") == 1


async def test_a_token_in_a_command_is_the_same_token_when_it_comes_again(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        order = {"id": "s1", "name": "start_transaction", "args": {"station": "CP02", "evse": 2, "id_token": "CARD1"}}
        assert (await web.installer.post("/api/v1/commands", order)).json["reason"] == "the station is offline"
        assert (await web.installer.post("/api/v1/commands", order)).status == 202
        order["args"] = {"station": "CP02", "evse": 2, "id_token": "CARD2"}
        assert (await web.installer.post("/api/v1/commands", order)).kind == "conflict"


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"name": "no_such"}, "invalid"), ({"name": None}, "invalid"), ({"name": ["reload"]}, "invalid"),
        ({"args": []}, "invalid"), ({"wait": 5}, "invalid"), ({"id": ""}, "invalid"), ({"id": 7}, "invalid"),
        ({"id": "x" * 129}, "invalid"), ({"by": ""}, "invalid"), ({"by": {"kind": "cloud"}}, "invalid"),
        ({"expires_at": "soon"}, "invalid"), ({"extra": 1}, "invalid"),
        ({"name": "call_station", "args": {"station": "CP01", "action": "SetChargingProfile", "payload": {}}},
         "conflict"),
    ],
)  # fmt: skip
async def test_a_command_that_makes_no_sense_is_refused_and_not_written_down(
    tmp_path: Path, changed: dict[str, Any], kind: str
) -> None:
    async with site(tmp_path) as web:
        assert (await web.installer.post("/api/v1/commands", LIMIT | changed)).kind == kind
    assert "command_received" not in types_in(tmp_path / "journal.db")


@pytest.mark.parametrize("wait", ["-1", "121", "x", "nan", "inf"])
async def test_wait_is_a_number_of_seconds(tmp_path: Path, wait: str) -> None:
    async with site(tmp_path) as web:
        assert (await web.installer.post(f"/api/v1/commands?wait={wait}", LIMIT)).kind == "bad-request"


async def test_a_ledger_that_takes_no_writes_is_said_with_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LEDGER_S", 0.05)
    async with site(tmp_path) as web:

        async def full(command: Command, *, wait_s: float = 0) -> None:
            raise CommitFailed("the disk is full")

        async def stuck(command: Command, *, wait_s: float = 0) -> None:
            await asyncio.Event().wait()

        for broken in (full, stuck):
            monkeypatch.setattr(web.hub, "submit", broken)
            answer = await web.installer.post("/api/v1/commands", LIMIT, {"idempotency-key": "k1"})
            assert (answer.status, answer.kind) == (503, "unavailable")
        assert "Idempotency-Key: k1" in answer.json["detail"]


# Any CALL


async def test_a_call_brings_the_stations_result_or_its_error(tmp_path: Path) -> None:
    told = Told()
    async with site(tmp_path, told) as web:
        path = "/api/v1/stations/CP01/call"
        answer = await web.installer.post(path, {"action": "ClearCache", "payload": {}, "timeout_s": 5})
        assert (answer.status, answer.json) == (200, {"result": {"status": "Accepted"}})
        answer = await web.installer.post(path, {"action": "GetLocalListVersion"})
        assert answer.json == {"error": {"code": "NotSupported", "description": "no list here"}}
        answer = await web.installer.post(path, {"action": "ClearChargingProfile", "force": True})
        assert (answer.status, answer.json["answer"]) == (200, {"status": "Perhaps"})
        assert answer.json["error"]["description"] == "breaks OCPP 1.6 at status: is none"
        answer = await web.installer.post(path, {"action": "Nonsense"})
        assert (answer.kind, answer.json["detail"]) == ("invalid", "OCPP 1.6 has no action Nonsense")
    assert told.calls[:2] == [("CP01", "ClearCache", {}, 5.0), ("CP01", "GetLocalListVersion", {}, 30.0)]


async def test_a_call_is_a_command_that_is_written_down_without_its_payload(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        payload = {"key": "AuthorizationKey", "value": "secret"}
        await web.installer.post("/api/v1/stations/CP01/call", {"action": "ChangeConfiguration", "payload": payload})
        (row,) = web.hub.state.commands.values()
        assert (row.name, row.by, row.state) == ("call_station", "cli", "done")
        assert row.args["action"] == "ChangeConfiguration"
        assert "payload" not in row.args
    assert {"command_received", "command_dispatched", "command_ended"} <= set(types_in(tmp_path / "journal.db"))


async def test_a_call_is_503_while_the_stations_service_is_not_up(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        assert (await web.installer.post("/api/v1/stations/CP01/call", {"action": "Reset"})).kind == "unavailable"


async def test_a_call_is_409_to_a_station_that_is_offline_and_504_without_an_answer(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        for station, action, kind, status in (
            ("CP02", "ClearCache", "conflict", 409), ("CP01", "Reset", "no-answer", 504),
            ("CP77", "Reset", "not-found", 404),
        ):  # fmt: skip
            answer = await web.installer.post(f"/api/v1/stations/{station}/call", {"action": action})
            assert (answer.status, answer.kind) == (status, kind)


@pytest.mark.parametrize("action", sorted(GUARDED))
async def test_what_works_against_load_or_money_needs_force(tmp_path: Path, action: str) -> None:
    told = Told()
    async with site(tmp_path, told) as web:
        path = "/api/v1/stations/CP01/call"
        assert (await web.installer.post(path, {"action": action})).kind == "conflict"
        assert (await web.installer.post(path, {"action": action, "force": False})).kind == "conflict"
        assert told.calls == []
        assert (await web.installer.post(path, {"action": action, "force": True})).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {}, {"action": 5}, {"action": "Reset", "payload": []}, {"action": "Reset", "force": "yes"},
        {"action": "Reset", "timeout_s": 0}, {"action": "Reset", "timeout_s": True}, {"action": "Reset", "timeout": 5},
        {"action": "Reset", "timeout_s": 601}, {"action": "Reset", "timeout_s": "30"},
    ],
)  # fmt: skip
async def test_a_call_that_makes_no_sense_is_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    told = Told()
    async with site(tmp_path, told) as web:
        assert (await web.installer.post("/api/v1/stations/CP01/call", body)).kind == "invalid"
    assert told.calls == []


# An installer's word


async def test_a_pending_station_is_let_in_and_put_out_by_patch(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        path = "/api/v1/stations/CP09"
        same = await web.installer.ask("PATCH", path, {"boot": "pending"})
        assert (same.status, same.json["admitted"], same.json["registration"]) == (200, None, "pending")
        assert (await web.installer.ask("PATCH", path, {"boot": "accepted"})).json["admitted"] is True
        assert (await web.installer.ask("PATCH", path, {"boot": "rejected"})).json["admitted"] is False
        waits = await web.installer.ask("PATCH", path, {"boot": "pending"})
        assert (waits.json["admitted"], waits.json["registration"]) == (None, "pending")
    assert {"station_accepted", "station_rejected"} <= set(types_in(tmp_path / "journal.db"))


async def test_a_configured_station_is_put_out_and_let_in_again_as_the_file_has_it(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        path = "/api/v1/stations/CP01"
        assert (await web.installer.ask("PATCH", path, {"boot": "accepted"})).json["boot"] is None
        assert (await web.installer.ask("PATCH", path, {"boot": "rejected"})).json["registration"] == "rejected"
        admissions = (await web.installer.get("/api/v1/config/effective")).json["stations"]
        assert {"station": "CP01", "admitted": False, "source": "installer"} in admissions
        assert (await web.installer.ask("PATCH", path, {"as_configured": True})).json["boot"] is None
    assert types_in(tmp_path / "journal.db").count("station_set") == 2


async def test_a_password_and_a_profile_are_set_and_the_password_is_kept_nowhere(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        path = "/api/v1/stations/CP01"
        assert (await web.installer.ask("PATCH", path, {"security_profile": 1})).kind == "conflict"
        secret = "CANARY-0123456789"
        found = await web.installer.ask("PATCH", path, {"security_profile": 1, "password": secret})
        assert (found.json["security_profile"], found.json["password"]) == (1, "set here")
        order = {"id": "p1", "name": "set_station", "args": {"station": "CP01", "password": secret}}
        for _ in range(2):  # the same command again is the same command
            assert (await web.installer.post("/api/v1/commands?wait=5", order)).json["state"] == "done"
        other = {**order, "args": {"station": "CP01", "password": f"{secret}-2"}}
        assert (await web.installer.post("/api/v1/commands?wait=5", other)).kind == "conflict"
        assert (await web.guest.get(path)).json["password"] is None
        assert (await web.installer.ask("PATCH", path, {"security_profile": 0})).kind == "conflict"
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert secret.encode() not in kept


@pytest.mark.parametrize(
    "body",
    [
        {}, {"boot": "maybe"}, {"boot": "accepted", "name": "x"}, {"password": "short"}, {"password": 7},
        {"security_profile": 4}, {"security_profile": True}, {"as_configured": False}, {"boot": None},
    ],
)  # fmt: skip
async def test_a_patch_that_makes_no_sense_is_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    async with site(tmp_path) as web:
        assert (await web.installer.ask("PATCH", "/api/v1/stations/CP09", body)).kind == "invalid"
        assert (await web.installer.ask("PATCH", "/api/v1/stations/CP77", {"boot": "accepted"})).kind == "not-found"


async def test_a_patch_of_a_station_with_an_odd_name_finds_it(tmp_path: Path) -> None:
    async with site(tmp_path) as web:
        await web.hub.record(f.StationConnected(at=web.hub.now(), station="a/b", ocpp="1.6"))
        answer = await web.installer.ask("PATCH", "/api/v1/stations/a%2Fb", {"boot": "accepted"})
        assert answer.json["admitted"] is True
