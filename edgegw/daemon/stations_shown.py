"""What `edgegw stations list` and `quirks` print: what the gateway knows of its stations, in an installer's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgegw.daemon.control import FAILED, GOOD, Gateway, complain, say, table, talk


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
