"""What `edgegw stations list`, `quirks` and `knocks` print: what the gateway knows of its stations, in an installer's
words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgegw.daemon.control import FAILED, GOOD, Gateway, complain, printable, say, table, talk

TOLD = (
    "link", "ocpp", "registration", "boot_source", "security_profile", "security_source", "proof", "quirks", "skew_s",
    "clock_fault", "upkeep", "tolerated", "knocks", "findings",
)  # fmt: skip
"""What `quirks --json` holds of a station."""


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
            for each in item["findings"]:
                if each["level"] != "hint":
                    say(printable(f"{item['id']}: {each['text']} {each['todo']}"))
            for each in item["alerts"]:
                say(printable(f"{item['id']} {_alert(each)}"))
            if item["upstream"] is not None:
                say(printable(f"{item['id']} upstream: {_upstream(item['upstream'])}"))
            for each in item["tolerated"]:
                say(printable(f"{item['id']} {each['text']} ({each['where']}; {each['count']}x)"))
            for evse in item["evses"]:
                if (wired := evse["wired"]) is not None:
                    say(printable(f"WRONG PHASES: {wired['text']}" if wired["contradicts"] else wired["text"]))
        return GOOD

    return talk(file, ask)


def _upstream(upstream: Mapping[str, Any]) -> str:
    """How a station stands with the other CSMS."""
    text = "connected" if upstream["connected"] else "away"
    text += f", {upstream['trouble']}" if upstream["trouble"] is not None else ""
    waits = f"; {upstream['backlog']} messages wait, the oldest of {upstream['oldest_at']}"
    return text + (waits if upstream["backlog"] else "")


def _alert(each: Mapping[str, Any]) -> str:
    """What a station says to be wrong, as one line."""
    place = "" if each["evse"] is None else f" at EVSE {each['evse']}"
    severity = "" if each["severity"] is None else f", severity {each['severity']}"
    value = "" if each["value"] is None else f" is {each['value']}"
    return f"alerts{severity}: {each['component']} {each['variable']}{place}{value} since {each['at']}"


def _row(item: Mapping[str, Any]) -> tuple[str, ...]:
    evses = " ".join(_evse(evse) for evse in item["evses"])
    boot = item["registration"] or "-"
    return (
        item["id"],
        item["name"],
        "down" if item["link"]["state"] == "never" else item["link"]["state"],
        item["ocpp"] or "-",
        boot if item["configured"] else f"{boot} (not configured)",
        " ".join(part for part in (item["vendor"], item["model"]) if part) or "-",
        _skew(item["skew_s"]),
        ",".join(_quirks(item)) or "-",
        evses or "-",
    )


def _skew(skew_s: float | None) -> str:
    return "-" if skew_s is None else f"{skew_s:+.0f} s"


def _quirks(item: Mapping[str, Any]) -> list[str]:
    known = item["quirks"] or {"recognised": [], "learned": []}
    return [*known["recognised"], *(each["quirk"] for each in known["learned"])]


def quirks(file: Path, station: str, *, forget: str | None, as_json: bool) -> int:
    """Print what is known of a station: what it is and how it came in, its quirks, recognised or learned with their
    evidence, what it did not take, and what is wrong with it.

    `forget` is the name of a quirk that was learned, which is taken back first.
    """
    path = f"/api/v1/stations/{quote(station, safe='')}"

    def ask(gateway: Gateway) -> int:
        if forget is not None:
            gateway.ask("DELETE", f"{path}/quirks/{quote(forget, safe='')}")
        item = gateway.ask("GET", path)
        known = item["quirks"]
        if as_json:
            say(json.dumps({name: item[name] for name in TOLD}, ensure_ascii=False))
        elif known is None:
            complain("the stations' service does not run")
            return FAILED
        else:
            for line in (*_about(item), *_peculiar(item, known), *_wrong(item)):
                say(printable(line))
        return GOOD

    return talk(file, ask)


def _about(item: Mapping[str, Any]) -> Iterator[str]:
    link, proof = item["link"], item["proof"]
    since = f" since {link['since']}" if link["since"] else ""
    where = f", OCPP {item['ocpp']} from {item['address'] or '?'}" if item["ocpp"] else ""
    yield f"link:       {link['state']}{since}{where}"
    parts = [item["vendor"], item["model"]]
    parts += [f"{name} {item[name]}" for name in ("firmware", "serial") if item[name]]
    yield f"station:    {', '.join(part for part in parts if part) or 'it has not said what it is'}"
    yield f"boot:       {item['registration'] or 'not yet'} (by {item['boot_source']})"
    shown = f", proven by {proof['by'] or 'nothing'}, {'with' if proof['tls'] else 'without'} TLS" if proof else ""
    yield f"security:   profile {item['security_profile']} (by {item['security_source']}){shown}"


def _wrong(item: Mapping[str, Any]) -> Iterator[str]:
    for each in item["upkeep"]["settings"]:
        if each["status"] not in ("in_place", "set"):
            value = f" = {each['value']}" if each.get("value") is not None else ""
            yield f"setting:    {each['setting']}{value}: {each['status']}"
    if item["upstream"] is not None:
        yield f"upstream:   {_upstream(item['upstream'])}"
    for each in item["alerts"]:
        yield f"alert:      {_alert(each).partition(' ')[2]}"
    for each in item["tolerated"]:
        yield f"tolerated:  it {each['text']} ({each['where']}; {each['count']}x)"
    for each in item["knocks"]:
        yield f"knock:      {each['text']} ({each['address']}; {each['count']}x, last {each['last_at']})"
    for each in item["findings"]:
        yield f"{'hint' if each['level'] == 'hint' else 'wrong'}:".ljust(12) + f"{each['text']} {each['todo']}"


def _peculiar(item: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    named = f" (named by the configuration: {known['named']})" if known["named"] else ""
    yield f"recognised: {', '.join(known['recognised']) or 'nothing'}{named}"
    for each in known["learned"]:
        yield f"learned:    {each['quirk']} on {each['at']}: {each['evidence']}"
    for key, value in known["effects"].items():
        yield f"changes:    {key} = {json.dumps(value, ensure_ascii=False)}"
    for note in known["notes"]:
        yield f"note:       {note}"
    fault = f" ({item['clock_fault']})" if item["clock_fault"] else ""
    yield f"clock:      {_skew(item.get('skew_s'))}{fault}"


def _evse(evse: Mapping[str, Any]) -> str:
    status = "/".join(connector["status"] for connector in evse["connectors"]) or "unknown"
    return f"{evse['id']}:{status}"


def knocks(file: Path, *, as_json: bool) -> int:
    """Print who was not let in since the gateway started, and why, the newest first."""

    def ask(gateway: Gateway) -> int:
        items = gateway.ask("GET", "/api/v1/knocks")["items"]
        if as_json:
            say(json.dumps(items, ensure_ascii=False))
        elif not items:
            say("nobody was turned away since the gateway started")
        else:
            heads = ("STATION", "ADDRESS", "TIMES", "LAST", "WHY")
            rows = [
                (each["station"] or "-", each["address"], str(each["count"]), each["last_at"], each["text"])
                for each in items
            ]
            table([heads, *rows])
        return GOOD

    return talk(file, ask)
