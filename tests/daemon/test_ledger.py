"""`edgegw journal` and `edgegw erase-personal-data`, beside a gateway, through one and without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegw.cli import main
from tests.daemon.gateways import Running, gateway, station
from tests.journal.proofs import charge, forge
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub


class Site:
    """A configuration whose ledger holds two bills of CARD1; `run` gives exit code, output and complaints."""

    def __init__(self, folder: Path, run: Callable[..., tuple[int, str, str]]) -> None:
        self.folder = folder / "store"
        self.run = run
        self.bills = asyncio.run(self._live())

    async def _live(self) -> list[str]:
        clock = FakeClock()
        async with a_hub(self.folder, clock) as hub:
            return [await charge(hub, clock), await charge(hub, clock)]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Site:
    file = tmp_path / "e.yaml"
    file.write_text(
        f"site: {{id: paulista-01, timezone: America/Sao_Paulo}}\nstorage: {{path: {tmp_path}/store}}\n"
        f"web: {{control: {tmp_path}/none.sock}}\n"
    )
    monkeypatch.setenv("EDGEGW_CONFIG", str(file))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "internal error" not in err
        return code, out, err

    return Site(tmp_path, run)


# Without a gateway


def test_the_ledger_is_proven_then_signed_then_a_bill_of_it_is_proven_elsewhere(site: Site, tmp_path: Path) -> None:
    code, out, _ = site.run("journal", "verify", "--sign")
    assert code == 0
    assert "1 signature by the site's key, all good" in out
    key = site.run("journal", "key")[1].strip()
    code, proof, _ = site.run("journal", "export", "--proof", "--transaction", site.bills[0])
    assert code == 0
    taken = tmp_path / "proof.jsonl"
    taken.write_text(proof)
    code, out, _ = site.run("journal", "verify", str(taken), "--key", key)
    assert code == 0
    assert f"good: transaction {site.bills[0]} at CP01, EVSE 1, site paulista-01" in out
    assert json.loads(site.run("journal", "verify", str(taken), "--json")[1])["bill"]["agrees"] is True
    taken.write_text(proof.replace("1010000", "1020000"))
    code, out, _ = site.run("journal", "verify", str(taken))
    assert code == 1
    assert "it is not as it was written" in out
    taken.write_text("{}")
    assert site.run("journal", "verify", str(taken))[0] == 1
    assert site.run("journal", "verify", str(tmp_path / "none"))[0] == 1
    assert site.run("journal", "verify", str(taken), "--sign")[0] == 2


def test_what_does_not_hold_is_not_signed(site: Site) -> None:
    site.run("journal", "verify", "--sign")
    forge(site.folder, "cdr_closed", "20.00", "10.00")
    code, out, _ = site.run("journal", "verify", "--sign", "--json")
    told = json.loads(out)
    assert (code, told["good"], told["new_signature"]) == (1, False, None)


def test_the_key_of_another_site_is_told(site: Site) -> None:
    site.run("journal", "verify", "--sign")
    key = site.run("journal", "key")[1].strip()
    for name in ("site.key", "site.pub"):
        (site.folder / name).unlink()
    code, out, _ = site.run("journal", "verify")
    assert code == 1
    assert f"is of another key, {key}; if it was this site's, add --key {key}" in out
    assert site.run("journal", "verify", "--key", key)[0] == 0
    code, _, err = site.run("journal", "key")
    assert code == 1
    assert "the site has no key yet" in err


def test_one_bill_is_shown_with_what_proves_it(site: Site) -> None:
    code, out, _ = site.run("journal", "show", "tx", site.bills[1])
    assert code == 0
    assert "computed again from the facts: 20.00 BRL, as billed, line by line" in out
    assert "no signature covers it yet" in out
    assert "cdr_closed" in out
    told = json.loads(site.run("journal", "show", "tx", site.bills[1], "--json")[1])
    assert told["computed"] == told["billed"]
    assert [each["type"] for each in told["facts"]][-1] == "cdr_closed"
    forge(site.folder, "cdr_closed", "20.00", "10.00")
    assert site.run("journal", "show", "tx", site.bills[1])[0] == 1
    code, _, err = site.run("journal", "show", "tx", "t9")
    assert (code, "there is no transaction 't9'" in err) == (1, True)
    assert site.run("journal", "show", "tx")[0] == 2


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_an_export_has_what_was_asked_for(site: Site) -> None:
    site.run("journal", "verify", "--sign")
    head, *rest = lines(site.run("journal", "export")[1])
    assert (head["kind"], head["site"]) == ("ledger", "paulista-01")
    assert {line["kind"] for line in rest} == {"fact", "block", "anchor"}
    facts = [line for line in rest if line["kind"] == "fact"]
    assert [line["sequence"] for line in facts] == list(range(1, len(facts) + 1))
    (started, _) = (line for line in facts if line["type"] == "transaction_started")
    assert list(started["body"]["id_token"]) == ["commitment"]
    (block, *_) = (line for line in rest if line["kind"] == "block")
    assert (block["source"], block["body"]["import_wh"]) == ("stations/CP01/1", [1_002_500])

    _, *named = lines(site.run("journal", "export", "--type", "transaction_started", "--personal")[1])
    assert [line["body"]["id_token"] for line in named] == ["CARD1", "CARD1"]
    _, *of_one = lines(site.run("journal", "export", "--transaction", site.bills[1])[1])
    assert {line["body"]["transaction"] for line in of_one} == {site.bills[1]}
    # The second charge began at 13:00 UTC, which is 10:00 at the site.
    _, *late = lines(site.run("journal", "export", "--since", "2026-03-02T10:00:00-03:00", "--type", "cdr_closed")[1])
    assert [line["body"]["transaction"] for line in late] == site.bills
    _, *early = lines(site.run("journal", "export", "--until", "2026-03-02T13:00:00Z", "--type", "samples")[1])
    assert len(early) == 3
    assert len(lines(site.run("journal", "export", "--until", "2026-03-02")[1])) == 2  # the head, and the signature


@pytest.mark.parametrize(
    "words",
    [["--since", "yesterday"], ["--until", "2026-03-02T10:00:00"], ["--proof"],
     ["--proof", "--transaction", "t", "--type", "cdr_closed"]],
    ids=" ".join,
)  # fmt: skip
def test_an_export_that_makes_no_sense_is_usage(site: Site, words: list[str]) -> None:
    code, out, err = site.run("journal", "export", *words)
    assert (code, out) == (2, "")
    assert err.startswith("edgegw: ")


def test_a_ledger_is_copied_into_a_folder_and_brought_back(site: Site, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    made = json.loads(site.run("journal", "backup", str(stick), "--json")[1])
    (copy,) = stick.iterdir()
    assert made["path"] == str(copy)
    assert copy.name.startswith("paulista-01-")
    code, out, _ = site.run("journal", "restore", str(copy))
    assert code == 0
    assert "OCPP 1.6 transaction numbers go on above 10,000" in out
    assert site.run("journal", "verify")[0] == 0
    code, out, _ = site.run("erase-personal-data", "--token", "CARD1")
    assert code == 0
    assert "journal.aside-" in out  # a copy from before, which is not touched
    assert site.run("journal", "backup", str(copy))[0] == 1


def test_what_is_personal_is_counted_then_erased(site: Site) -> None:
    dry = json.loads(site.run("erase-personal-data", "--token", "card1", "--dry-run", "--json")[1])
    assert b"CARD1" in (site.folder / "journal.db").read_bytes()
    done = json.loads(site.run("erase-personal-data", "--token", "card1", "--json")[1])
    assert (done["values"], done["rows"]) == (dry["values"], dry["rows"]) == (2, 2)
    assert not any(b"CARD1" in path.read_bytes() for path in site.folder.iterdir())
    assert site.run("journal", "verify")[0] == 0
    assert site.run("erase-personal-data", "--before", "2026-03-03")[0] == 0
    code, _, err = site.run("erase-personal-data", "--transaction", "t9")
    assert (code, "there is no transaction 't9'" in err) == (1, True)
    assert site.run("erase-personal-data", "--before", "soon")[0] == 2


def test_nothing_comes_into_being_where_there_is_no_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(f"storage: {{path: {tmp_path}/store}}\n")
    for words in (
        ["journal", "verify", "--sign"], ["journal", "export"], ["journal", "backup", str(tmp_path / "copy.db")],
        ["erase-personal-data", "--token", "A"], ["journal", "show", "tx", "t"],
    ):  # fmt: skip
        assert main([*words, "-c", str(file)]) == 1
        assert "there is no ledger" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["e.yaml"]
    assert main(["journal", "verify", "-c", str(tmp_path / "none.yaml")]) == 78


# With one


@pytest.fixture
def running() -> Iterator[Running]:
    with gateway(more='tariffs: {default: {energy_kwh: "1.00"}}\n') as one:
        one.ready()
        yield one


def test_a_running_gateway_signs_erases_and_is_copied(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGEGW_CONFIG", str(running.file))
    with station(running) as one:
        one.boot()
        one.call("Authorize", {"idTag": "04A2B3C4D5E680"})
    assert main(["journal", "verify", "--sign", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["signatures"] == 1
    (anchored,) = running.facts("journal_anchored")
    assert anchored["data"]["key"] == told["new_signature"]["key"]
    copy = tmp_path / "copy.db"
    assert main(["journal", "backup", str(copy)]) == 0
    assert main(["journal", "restore", str(copy)]) == 1
    assert "stop it first" in capsys.readouterr().err
    assert main(["erase-personal-data", "--token", "04A2B3C4D5E680"]) == 0
    assert "2 personal values beside facts and 2 rows: erased for good" in capsys.readouterr().out
    store = running.folder / "store"
    assert not any(b"04A2B3C4D5E680" in path.read_bytes() for path in store.iterdir())
    (erased,) = running.facts("personal_data_erased")
    assert erased["data"]["values"] == 2
    assert main(["erase-personal-data", "--transaction", "t9"]) == 1
    assert "there is no transaction 't9'" in capsys.readouterr().err
    assert running.stop() == 0
    assert main(["journal", "verify"]) == 0
