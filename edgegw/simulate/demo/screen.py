"""The demo as a live table. A frame in, what rich draws out."""

from __future__ import annotations

from typing import Any, Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edgegw.simulate.demo.gateway import Frame, Json
from edgegw.simulate.demo.plan import INSTALLED, ROW
from edgegw.simulate.site import Spot

WIDE: Final = 110
"""From this width on there is room for names and details."""

_STATUS: Final = {
    "charging": "bold green",
    "suspended_evse": "yellow",
    "suspended_ev": "cyan",
    "occupied": "white",
    "preparing": "white",
    "finishing": "cyan",
    "faulted": "bold red",
}


class Screen:
    """A frame as a renderable that fits the terminal it meets."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= WIDE
        height = options.height or console.height
        parts: list[Any] = [title(self._frame), stations(self._frame, wide)]
        left = height - 1 - (len(INSTALLED) + 3) - 5 - 1
        if self._frame.speaks:
            parts.append(eva(self._frame))
            left -= 5
        if left >= 2 + _phase_rows(self._frame):
            parts.append(phases(self._frame, options.max_width))
            left -= 2 + _phase_rows(self._frame)
        notes = 3 if left >= 12 else 1
        parts.append(cloud(self._frame, notes))
        left -= max(0, min(notes, len(self._frame.notes)) - 1)
        if left >= 4:
            parts.append(transactions(self._frame, wide, left - 3))
        yield Group(*parts)


def last_picture(frame: Frame, width: int) -> Group:
    """What stays on the terminal when the demo is over."""
    wide = width >= WIDE
    return Group(cloud(frame, len(frame.notes)), transactions(frame, wide, len(frame.transactions)))


def title(frame: Frame) -> Table:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    name = frame.site.get("name", "starting …")
    grid.add_row(
        Text.assemble((" edgegw ", "bold black on green"), " ", (name, "bold"), "  ", (frame.page, "underline blue")),
        Text(f"{frame.elapsed_s:3.0f} of {frame.lasts_s:.0f} s ", "bold"),
    )
    return grid


def _panel(content: Any, heading: str) -> Panel:
    return Panel(
        content, title=Text(heading, "bold white"), title_align="left", border_style="bright_black", box=box.ROUNDED,
        padding=(0, 1),
    )  # fmt: skip


def stations(frame: Frame, wide: bool) -> Panel:
    table = Table(box=None, expand=True, header_style="bright_black", padding=(0, 1, 0, 0))
    table.add_column("station" if wide else "", no_wrap=True)
    table.add_column("OCPP", no_wrap=True)
    table.add_column("phases", no_wrap=True)
    table.add_column("car", no_wrap=True)
    table.add_column("status", no_wrap=True, ratio=1)
    for name in ("limit", *(("current",) if wide else ()), "power", "energy", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    by_id = {each["id"]: each for each in frame.stations}
    for spot in INSTALLED:
        table.add_row(*_station(spot, by_id.get(spot.id), wide))
    return _panel(table, "Stations")


def _station(spot: Spot, about: Json | None, wide: bool) -> list[Text | str]:
    wiring = "-".join(spot.phases) if spot.line else " ".join(spot.phases)
    row: list[Text | str] = [Text(spot.id, "bold"), spot.version, Text(wiring, "bright_black")]
    if about is None or not about.get("evses"):
        return [*row, "", Text("…", "bright_black")]
    evse = about["evses"][0]
    reading, running = evse["reading"] or {}, evse["transaction"]
    if not about.get("connected"):
        return [*row, "", Text("offline", "red")]
    limit_a = (evse.get("setpoint") or {}).get("setpoint_a")
    power_w = reading.get("power_w", 0.0) if running else 0.0
    amps = max([reading.get(f"current_l{n}_a", 0.0) for n in (1, 2, 3)]) if running else 0.0
    return [
        *row,
        _battery(reading.get("soc_percent") if running else None, 8 if wide else 4),
        _status(evse, running, wide),
        _unit(f"{limit_a:.1f}", "A") if limit_a is not None and running else "",
        *([_unit(f"{amps:.1f}", "A") if running else ""] if wide else []),
        _unit(f"{power_w / 1000:.1f}", "kW") if running else "",
        _unit(f"{running['energy_wh']}", "Wh") if running else "",
        _money(running) if running else "",
    ]


def _status(evse: Json, running: Json | None, wide: bool) -> Text:
    state = (running or {}).get("charging_state") or next((each["status"] for each in evse["connectors"]), "unknown")
    if running is None and state in ("charging", "suspended_ev", "suspended_evse"):
        state = "occupied"
    shown = {"suspended_evse": "paused", "suspended_ev": "full", "ev_connected": "starting"}.get(state, state)
    status = (shown, _STATUS.get(state, "bright_black"))
    reason = (evse.get("setpoint") or {}).get("reason") if wide and running else None
    return Text.assemble(status, (f"  {reason}", "bright_black")) if reason else Text.assemble(status)


def _battery(percent: float | None, width: int) -> Text:
    if percent is None:
        return Text("")
    full = round(width * percent / 100)
    return Text.assemble(("━" * full, "green"), ("━" * (width - full), "grey23"), f" {percent:3.0f}%")


def _unit(number: str, unit: str, style: str = "bright_black") -> Text:
    return Text.assemble(number, (f" {unit}", style))


def _money(transaction: Json) -> Text:
    cost = transaction["cost"]
    return Text.assemble((f"{cost['currency']} ", "bright_black"), f"{float(cost['amount']):.2f}")


def _phase_rows(frame: Frame) -> int:
    return 6 if frame.circuits else 3


def phases(frame: Frame, width: int) -> Panel:
    """Each phase of the supply and of the row: what flows, the building's share in grey, the breaker as the scale."""
    grid = Table.grid(expand=True, padding=(0, 1, 0, 0))
    for justify in ("left", "left", "left"):
        grid.add_column(no_wrap=True, justify=justify)
    for _ in range(3):
        grid.add_column(no_wrap=True, justify="right")
    bar = max(10, width - 58)
    circuits = frame.circuits
    for circuit in circuits:
        main = circuit["id"] == "main"
        reading = frame.meter("grid" if main else ROW)
        for n, (phase, about) in enumerate(circuit["phases"].items(), 1):
            measured = about["measured_a"]
            grid.add_row(
                Text(("supply" if main else circuit["id"]) if n == 1 else "", "bold"),
                phase,
                _bar(measured or 0.0, about["building_a"], circuit["limit_a"], bar),
                _unit("–" if measured is None else f"{measured:.1f}", f"of {circuit['limit_a']:.0f} A"),
                _unit(f"{reading.get(f'power_l{n}_w', 0.0) / 1000:.1f}", "kW"),
                _unit(f"cars may {about['given_a']:.0f}", "A"),
            )
    if not circuits:
        for n in (1, 2, 3):
            grid.add_row(Text("supply" if n == 1 else "", "bold"), f"L{n}", Text("…", "bright_black"), "", "", "")
    return _panel(grid, "Phases against their breakers")


def _bar(total_a: float, building_a: float, limit_a: float, width: int) -> Text:
    scale = width / limit_a if limit_a else 0.0
    full = min(width, round(total_a * scale))
    beside = min(full, round(max(0.0, building_a) * scale))
    colour = "red" if total_a > limit_a else "yellow" if total_a > 0.93 * limit_a else "green"
    return Text.assemble(
        ("▇" * beside, "bright_black"), ("▇" * (full - beside), colour), ("▇" * (width - full), "grey23")
    )


def eva(frame: Frame) -> Panel:
    """How she is, and what driver, EVA and the hub said last."""
    grid = Table.grid(expand=True, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, min_width=14)
    grid.add_column(no_wrap=True, style="bright_black")
    grid.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    state = str(frame.voice.get("state", "starts")).replace("_", " ")
    decided = " → ".join(each["decision"].replace("_", " ") for each in frame.decided)
    tool = f"{frame.decided[-1]['tool']}: " if frame.decided else ""
    hears = frame.voice.get("microphone_live")
    grid.add_row(Text.assemble(("● ", "green" if frame.voice else "red"), (state, "bold")), "driver", frame.said)
    grid.add_row(
        Text("  microphone on" if hears else "  microphone off", "red" if hears else "bright_black"), "EVA",
        frame.voice.get("caption") or "",
    )  # fmt: skip
    grid.add_row("", "gateway", Text.assemble((tool, "bright_black"), decided))
    return _panel(grid, "EVA")


def cloud(frame: Frame, notes: int) -> Panel:
    """Both streams, and the last things that happened, `notes` of them at most."""
    streams = Table.grid(expand=True, padding=(0, 1, 0, 0))
    for _ in range(5):
        streams.add_column(no_wrap=True)
    streams.add_column(no_wrap=True, ratio=1, overflow="crop")
    up = bool(frame.uplink.get("connected"))
    state = "connected" if up else "broker cut" if not frame.broker_up else "connecting"
    streams.add_row(
        Text.assemble(("● ", "green" if up else "red"), (state, "bold")), *_stream(frame, "A", "facts")
    )  # fmt: skip
    streams.add_row(Text(f"  {frame.broker}", "bright_black"), *_stream(frame, "B", "samples"))
    told = Table.grid(padding=(0, 2, 0, 0))
    for at_s, note in frame.notes[-notes:] or [(0.0, "the gateway starts")]:
        told.add_row(Text(f"  at {at_s:.0f} s", "bright_black"), note)
    return _panel(Group(streams, told), "Cloud")


def _stream(frame: Frame, stream: str, name: str) -> list[Text]:
    journal = frame.site.get("journal", {}).get(stream, {})
    backlog = frame.backlog(stream)
    durable = frame.uplink.get("watermark", {}).get(stream)
    colour = "yellow" if backlog > 20 else "green"
    return [
        Text(name, "bold"),
        _unit("written", str(journal.get("head", 0)), "bold"),
        _unit("in the cloud", str(durable or 0), "bold"),
        _unit("backlog", str(backlog), f"bold {colour}"),
        Text("▪" * backlog, colour),
    ]


def transactions(frame: Frame, wide: bool, rows: int) -> Panel:
    """The newest first, with what all came to."""
    table = Table(box=None, expand=True, header_style="bright_black", padding=(0, 1, 0, 0))
    table.add_column("transaction", no_wrap=True)
    table.add_column("station", no_wrap=True)
    if wide:
        table.add_column("card", no_wrap=True)
        table.add_column("started", no_wrap=True)
    table.add_column("state", no_wrap=True, ratio=1)
    table.add_column("energy", justify="right", no_wrap=True)
    table.add_column("cost", justify="right", no_wrap=True)
    for each in frame.transactions[:rows]:
        ended = each["state"] == "ended"
        why = f"ended: {(each['end_reason'] or '').replace('_', ' ')}" if ended else "running"
        details = [each["id_token"] or "", each["started_at"][11:19]] if wide else []
        table.add_row(
            Text(each["id"][-12:], "bright_black"), Text(each["station"], "bold"), *details,
            Text(why, "bright_black" if ended else "green"), _unit(str(each["energy_wh"]), "Wh"), _money(each),
        )  # fmt: skip
    heading = "Transactions"
    if frame.transactions:
        money = f"{frame.site['currency']} {frame.cost:.2f}"
        heading += f": {len(frame.transactions)}, {frame.energy_wh / 1000:.3f} kWh, {money}"
    return _panel(table, heading)
