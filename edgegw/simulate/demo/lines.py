"""The demo in plain lines: for logs, pipes and small terminals; and the summary that both faces end with."""

from __future__ import annotations

from collections.abc import Iterator

from edgegw.simulate.demo.gateway import Frame
from edgegw.simulate.demo.proof import Proof


def line(frame: Frame) -> str:
    """The state of the site in one line."""
    if not frame.site:
        return f"{frame.elapsed_s:5.1f} s  the gateway starts"
    cloud = "connected" if frame.uplink.get("connected") else "away"
    return (
        f"{frame.elapsed_s:5.1f} s  {frame.connected} stations, {frame.charging} charging {frame.cars_w / 1000:.1f} kW"
        f", {amperes(frame)}; {frame.energy_wh} Wh, {frame.cost:.2f} {frame.site['currency']}; "
        f"cloud {cloud}, backlog {frame.backlog('A')} facts {frame.backlog('B')} blocks{_eva(frame)}"
    )


def _eva(frame: Frame) -> str:
    return f"; EVA {frame.voice.get('state', 'starts')}" if frame.speaks else ""


def amperes(frame: Frame) -> str:
    """The supply's phases against their limit."""
    for circuit in frame.circuits:
        if circuit["id"] == "main":
            values = [phase["measured_a"] for phase in circuit["phases"].values()]
            shown = "/".join("-" if value is None else f"{value:.0f}" for value in values)
            return f"supply {shown} of {circuit['limit_a']:.0f} A"
    return "supply not shared yet"


def summary(proof: Proof) -> Iterator[str]:
    """The proof in words: what was counted at both ends, and every difference."""
    here, there = proof.ledger, proof.cloud
    rows = [
        ("", "ledger", "cloud", ""),
        ("facts", f"{here.facts}", f"{there.facts}", "ids, numbers, times, hashes, contents"),
        ("sample blocks", f"{here.blocks}", f"{there.blocks}", "ids, numbers, times, contents"),
        ("samples", f"{here.samples}", f"{there.samples}", "counted in the blocks"),
        ("transactions", f"{here.transactions}", f"{there.transactions}", "that have ended"),
        ("energy", f"{here.energy_wh} Wh", f"{there.energy_wh} Wh", _stations(proof)),
        ("money", f"{here.money} {proof.currency}", f"{there.money} {proof.currency}", "each bill to the cent"),
    ]
    for name, ledger, cloud, text in rows:
        yield f"  {name:<13}{ledger:>12}{cloud:>12}   {text}".rstrip()
    if proof.later:
        yield f"  ({proof.later} rows written after the stations had left were not asked for.)"
    for difference in proof.differences:
        yield f"  DIFFERENT: {difference}"
    if proof.wrong > len(proof.differences):
        yield f"  and {proof.wrong - len(proof.differences)} more"
    yield "PROVEN: the cloud's database equals the ledger." if proof.holds else "NOT PROVEN: see above."


def spoken(sentence: str, station: str, trouble: str | None) -> str:
    """The proof that a sentence has begun a charge at a station; `trouble` is why it has not."""
    if trouble is None:
        return f'SPOKEN: "{sentence}" was heard, and {station} charged by it, as the cloud\'s database tells.'
    return f"NOT SPOKEN: {trouble}."


def _stations(proof: Proof) -> str:
    return "" if proof.stations_wh is None else f"and {proof.stations_wh} Wh on the stations' meters"
