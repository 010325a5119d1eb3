"""Answers as the installer's file: no more than the site needs, each line with why it is there. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from edgegw.daemon.init.answers import Answers
from edgegw.meters.line import Line, SerialLine
from edgegw.meters.scan import Found


def configuration(answers: Answers, stations: Sequence[str], found: Sequence[Found]) -> str:
    """The YAML text. `stations` are their identities, `found` the meters that answered."""
    return "\n".join(_lines(answers, stations, found)) + "\n"


def _lines(answers: Answers, stations: Sequence[str], found: Sequence[Found]) -> Iterator[str]:
    yield "# Made by `edgegw init`. All keys: edgegw schema, and site.yaml among the examples."
    yield "# After a change: edgegw check && sudo edgegw reload"
    yield "site:"
    yield f"  id: {_text(answers.id)}"
    if answers.name:
        yield f"  name: {_text(answers.name)}"
    yield f"  timezone: {_text(answers.timezone)}"
    yield f"  locale: {_text(answers.locale)}"
    yield f"  currency: {_text(answers.currency)}"
    yield ""
    yield "ocpp:"
    yield f"  listen: [{{address: 0.0.0.0, port: {answers.port}}}]   # ws://THIS-MACHINE:{answers.port}/ocpp/ID"
    yield ""
    yield "# Other stations wait until they are named here, or: edgegw stations accept ID"
    if stations:
        yield "stations:"
        for each in stations:
            yield f"  - {{id: {_text(each)}, evses: [{{id: 1, max_a: {answers.max_a:g}, phases: {_phases(answers)}}}]}}"
    else:
        yield "stations: []"
    yield from _meters(answers, found)
    if answers.supply is not None:
        supply = answers.supply
        yield ""
        yield "supply:   # per phase; what the building leaves is shared among the stations"
        yield f"  phases: {supply.phases}"
        yield f"  voltage_v: {supply.voltage_v:g}"
        yield f"  limit_a: {supply.limit_a:g}"
        yield f"  building_max_a: {supply.building_max_a:g}"
    if answers.energy_kwh is not None:
        yield ""
        yield "tariffs:"
        yield f'  default: {{energy_kwh: "{answers.energy_kwh}"}}'
    if answers.broker is not None:
        yield ""
        yield "uplink:"
        yield f"  brokers: [{_text(answers.broker)}]"
        if answers.username is not None:
            yield f"  username: {_text(answers.username)}"
            yield "  password: {credential: mqtt}   # sudo edgegw credential set mqtt"


def _phases(answers: Answers) -> str:
    return "[L1]" if answers.supply is not None and answers.supply.phases == 1 else "[L1, L2, L3]"


def _meters(answers: Answers, found: Sequence[Found]) -> Iterator[str]:
    if answers.meters is not None:
        if answers.meters:
            yield ""
            yield "meters:"
        for each in answers.meters:
            yield f"  - {_flow(each.model_dump(mode='json', exclude_unset=True))}"
        return
    named = [each for each in found if each.matches]
    if found:
        yield ""
        yield "meters:" if named else "# meters:"
    for number, one in enumerate(named):
        # Only one thing can be the supply; what the others measure is for the installer to say.
        measures = "supply" if number == 0 else "building"
        row = {
            "id": f"meter-{number + 1}", "measures": measures, "driver": one.matches[0].driver, "unit": one.unit,
            "connection": _connection(one.line),
        }  # fmt: skip
        comment = "#" if number else " "
        yield f" {comment}- {_flow(row)}   # {one.matches[0].title}; say what it measures"
    for one in found:
        if not one.matches:
            yield f"  # unit {one.unit} at {one.line} answers, and no driver fits: docs/extending.md"


def _connection(line: Line) -> dict[str, Any]:
    if isinstance(line, SerialLine):
        serial = line.serial
        return {"serial": line.path, "baud": serial.baud, "parity": serial.parity, "stop_bits": serial.stop_bits}
    return {"host": line.host, "port": line.port, "framing": line.framing}


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items() if each is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """A text, in quotes where YAML or a reader could take it for something else."""
    plain = re.fullmatch(r"[A-Za-z/][A-Za-z0-9_./:+@-]*[A-Za-z0-9_./]|[A-Za-z]", text)
    word = text.lower() in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    return text if plain and not word and ": " not in text else json.dumps(text, ensure_ascii=False)
