"""The local list and the prices through the API: set, taken out, shown with whose word they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.model.requests import AuthorizeRequest
from edgegw.model.site import Token
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site
from tests.web.served import Client, serving
from tests.web.test_openapi import check as described

TOKENS, TOKEN = "/api/v1/tokens", "/api/v1/tokens/{id}"


async def put(client: Client, name: str, body: object) -> object:
    answer = await client.ask("PUT", f"{TOKENS}/{name}", body)
    described(TOKEN, "put", answer)
    return answer.json if answer.status == 200 else (answer.status, answer.kind)


async def test_a_card_that_is_put_in_the_list_may_charge_and_one_that_is_taken_out_may_not(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as web:

        async def may(id_token: str) -> object:
            answer = await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token=id_token))
            return answer.status  # type: ignore[union-attr]

        until = "2027-01-01T00:00:00.000000Z"
        body = {"group": "fleet", "language": "pt-BR", "expires_at": until}
        assert await put(web.installer, "04%2FA1", body) == {
            "id_token": "04/A1", "status": "accepted", "group": "fleet", "language": "pt-BR", "expires_at": until,
            "source": "cli", "shard": "local", "revision": 1,
        }  # fmt: skip
        assert await may("04/A1") == "accepted"
        for name in ("04%2FA1", "CARD1"):
            answer = await web.installer.ask("DELETE", f"{TOKENS}/{name}")
            assert (answer.status, answer.body) == (204, b"")
        assert (await may("04/A1"), await may("CARD1")) == ("invalid", "invalid")
        again = await web.installer.ask("DELETE", f"{TOKENS}/CARD1")
        described(TOKEN, "delete", again)
        assert (again.status, again.kind) == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"status": "perhaps"}, (422, "invalid")), ({"colour": "red"}, (422, "invalid")), ([], (400, "bad-request")),
        ({"expires_at": "2027-01-01T00:00:00"}, (422, "invalid")), ({"group": ""}, (422, "invalid")),
    ],
)  # fmt: skip
async def test_an_entry_that_makes_no_sense_is_refused(tmp_path: Path, body: object, refusal: object) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert await put(web.installer, "X", body) == refusal
        assert not hub.state.listed


async def test_every_listed_card_is_shown_once_with_whose_word_it_is(tmp_path: Path) -> None:
    site = a_site(tokens={f"F{number}": Token(f"F{number}") for number in range(3)})
    async with a_hub(tmp_path, site=site) as hub, serving(hub, tmp_path) as web:
        cloud = [{"id_token": "C1"}, {"id_token": "F1", "status": "blocked"}, {"id_token": "C2"}]
        await hub.desire("tokens/3", {"rev": 8, "tokens": cloud})
        await web.installer.ask("DELETE", f"{TOKENS}/F0")
        await put(web.installer, "C2", {"status": "blocked"})
        shown, following = [], ""
        while following is not None:
            answer = await web.installer.get(f"{TOKENS}?limit=2{following and f'&cursor={following}'}")
            described(TOKENS, "get", answer)
            shown += answer.json["items"]
            following = answer.json["next"]
        assert [(row["id_token"], row["status"], row["source"], row["revision"]) for row in shown] == [
            ("C1", "accepted", "cloud", 8), ("C2", "blocked", "cli", 10), ("F1", "blocked", "cloud", 8),
            ("F2", "accepted", "file", 0),
        ]  # fmt: skip
        effective = (await web.installer.get("/api/v1/config/effective")).json
        assert effective["tokens"] == {"listed": 4, "source": "file, cloud, cli"}
        described("/api/v1/config/effective", "get", await web.installer.get("/api/v1/config/effective"))


async def test_a_guest_sees_no_card_and_changes_none(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        for method in ("GET", "PUT", "DELETE"):
            path = TOKENS if method == "GET" else f"{TOKENS}/CARD1"
            answer = await web.guest.ask(method, path, {} if method == "PUT" else None)
            assert (answer.status, answer.kind) == (403, "not-allowed")
            described(TOKENS if method == "GET" else TOKEN, method.lower(), answer)
        await put(web.installer, "04A1B2C3D4", {"group": "FLEET7"})
        facts = (await web.guest.get("/api/v1/facts?type=local_list_changed")).json["items"]
        assert facts[0]["data"] == {"shard": "local", "rev": 1, "listed": 1}


async def test_prices_are_shown_with_revision_and_whose_they_are(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as web:
        await hub.desire("tariffs", {"rev": 4, "tariffs": {"day": {"energy_kwh": "3.00"}}})
        answer = await web.guest.get("/api/v1/tariffs")
        described("/api/v1/tariffs", "get", answer)
        rows = [(row["name"], row["energy_kwh"], row["revision"], row["source"]) for row in answer.json["items"]]
        assert rows == [("default", "2.00", 0, "file"), ("day", "3.00", 4, "cloud")]
        order = {"name": "set_tariffs", "args": {"tariffs": {"default": {"energy_kwh": "4.00"}}}, "by": "Ana"}
        ended = await web.installer.post("/api/v1/commands?wait=5", order)
        assert ended.json["result"] == {"rev": 5}
        effective = (await web.guest.get("/api/v1/config/effective")).json
        assert effective["tariffs"] == [{"tariff": "default", "revision": 5, "source": "cli"}]
        assert [(row["name"], row["revision"], row["source"]) for row in effective["desired"]] == [
            ("tariffs", 5, "cli")
        ]
