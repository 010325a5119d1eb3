"""The settings that keep records whole, at each station, as far as it accepts them (docs/decisions/0086).

First it is read what the station has, then only what does not do is written: the wish, cut to the limits that the
station tells, or the next best that it takes. What it refused is not asked again until its firmware, or the wish, is
another one. A station that only lost its connection is left alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from edgegw.core import variables
from edgegw.core.fold.devices import variable_key
from edgegw.core.variables import place_of
from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.model.facts import StationProvisioned
from edgegw.stations import execution
from edgegw.stations.errands.errand import Errand, Visit
from edgegw.stations.turns import Priority
from edgegw.stations.wishes import LIMITS_2, LIMITS_16, Setting, settings_of

_SETTLED: Final = frozenset({"refused", "read_only", "lacking"})
"""What another try would not change."""

_LACKING: Final = frozenset({"not_supported", "unknown_variable", "unknown_component", "not_supported_attribute_type"})

Found = dict[str, Any]
Place = Mapping[str, Any]


async def _provision(visit: Visit) -> None:
    wishes = visit.wishes(visit.station)
    site = visit.hub.site
    version = visit.link.codec.version
    if wishes is None or not wishes.enabled:
        return
    wanted = settings_of(wishes, version, site.heartbeat_s, offline_unknown=site.offline_unknown == "accept")
    known = visit.hub.state.provisioned.get(visit.station)
    digest = _digest(visit, wanted)
    is_same = known is not None and known.digest == digest
    if is_same and not visit.link.booted:
        return
    before: dict[str, Found] = {}
    if known is not None and is_same:
        before = {each["setting"]: dict(each) for each in known.settings}
    await _learn_limits(visit)
    asked = [each for each in wanted if before.get(each.name, {}).get("status") not in _SETTLED]
    found = {name: each for name, each in before.items() if each["status"] in _SETTLED}
    found |= await _put_right(visit, asked, before)
    settings = tuple({**found[each.name], "setting": each.name} for each in wanted if each.name in found)
    if known is None or (known.digest, known.settings) != (digest, settings):
        fact = StationProvisioned(station=visit.station, at=visit.hub.now(), digest=digest, settings=settings)
        await visit.record(fact)


async def _put_right(visit: Visit, asked: Sequence[Setting], before: Mapping[str, Found]) -> dict[str, Found]:
    """What became of each setting."""
    told = await _read(visit, [each.place for each in asked])
    found: dict[str, Found] = {}
    to_set: list[Setting] = []
    for each in asked:
        answer = told.get(_key(visit, each.place))
        if answer is None or answer["status"] in _LACKING or answer.get("value") is None:
            found[each.name] = {"status": "lacking"}
        elif _does(each, answer["value"], before.get(each.name, {})):
            last = before.get(each.name, {})
            status = "in_place" if each.fits(answer["value"]) else "limited"
            if last.get("status") == "set" and last.get("value") == answer["value"]:
                status = "set"  # it is still as it was set, which is nothing new
            found[each.name] = {"status": status, "value": answer["value"]}
        elif answer.get("readonly") or _is_read_only(visit, each):
            found[each.name] = {"status": "read_only", "value": answer["value"]}
        else:
            found[each.name] = {"status": "refused", "value": answer["value"]}
            to_set.append(each)
    tried = {(each.name, found[each.name]["value"]) for each in to_set}
    # The first again: the bounds that are asked for when it was refused may make another value of it.
    for time, number in enumerate((0, *range(max((len(each.values) for each in to_set), default=0)))):
        if time == 1:
            await _learn_bounds(visit, [each for each in to_set if each.numeric])
        offers = {
            each.name: value
            for each in to_set
            if (value := _offer(visit, each, number)) is not None and (each.name, value) not in tried
        }
        tried |= offers.items()
        found |= await _write(visit, [each for each in to_set if each.name in offers], offers, found)
        to_set = [each for each in to_set if found[each.name]["status"] == "refused"]
    return found


def _does(setting: Setting, value: str, before: Found) -> bool:
    """Whether a value will do: it is what is wished, or what the station took last instead of it."""
    return setting.fits(value) or (before.get("status") == "limited" and before.get("value") == value)


async def _read(visit: Visit, places: Sequence[Place]) -> dict[str, Found]:
    """What a station tells of variables, by the keys of their rows; what is told is written down where it is new."""
    if not places:
        return {}
    ended = await _command(visit, "get_variables", [dict(place) for place in places])
    told = _told(ended)
    await visit.record(*variables.read(visit.hub.state, visit.station, visit.hub.now(), told))
    return {_key(visit, each): dict(each) for each in told}


async def _write(
    visit: Visit, settings: Sequence[Setting], offers: Mapping[str, str], before: Mapping[str, Found]
) -> dict[str, Found]:
    if not settings:
        return {}
    wanted = [{**each.place, "value": offers[each.name]} for each in settings]
    ended = await _command(visit, "set_variables", wanted)
    told = _told(ended)
    await visit.record(*variables.written(visit.hub.state, visit.station, visit.hub.now(), wanted, told))
    answers = {_key(visit, each): each["status"] for each in told}
    found: dict[str, Found] = {}
    for each in settings:
        status, value = answers.get(_key(visit, each.place)), offers[each.name]
        if status == "reboot_required":
            found[each.name] = {"status": "reboot_required", "value": value}
        elif status == "accepted":
            found[each.name] = {"status": "set" if each.fits(value) else "limited", "value": value}
        elif status in _LACKING:
            found[each.name] = {"status": "lacking"}
        else:
            found[each.name] = before[each.name]
    return found


def _offer(visit: Visit, setting: Setting, number: int) -> str | None:
    """The value to be tried next, cut to the limits that the station has told; None when there is none."""
    if number >= len(setting.values):
        return None
    value = setting.values[number]
    if not setting.numeric:
        return value
    row = visit.hub.state.variables.get(_key(visit, setting.place))
    least = _bound(visit, setting, "min_set") or (row.min_limit if row is not None else None)
    most = _bound(visit, setting, "max_set") or (row.max_limit if row is not None else None)
    whole = float(value)
    whole = whole if least is None else max(whole, least)
    whole = whole if most is None else min(whole, most)
    return f"{whole:.0f}"


def _bound(visit: Visit, setting: Setting, attribute: str) -> float | None:
    row = visit.hub.state.variables.get(_key(visit, {**setting.place, "attribute": attribute}))
    try:
        return None if row is None or row.value is None else float(row.value)
    except ValueError:
        return None


def _is_read_only(visit: Visit, setting: Setting) -> bool:
    row = visit.hub.state.variables.get(_key(visit, setting.place))
    return row is not None and row.mutability == "read_only"


async def _learn_bounds(visit: Visit, settings: Iterable[Setting]) -> None:
    """MinSet and MaxSet of numbers that a 2.x station did not take (OCPP 2.0.1 part 2, AttributeEnumType)."""
    if visit.link.codec.version != "1.6":
        await _read(visit, [
            {**each.place, "attribute": attribute} for each in settings for attribute in ("min_set", "max_set")
        ])  # fmt: skip


async def _learn_limits(visit: Visit) -> None:
    """How much a station takes in one message: asked for when it has booted, or nobody knows. The first limit is that
    of asking, so it is asked for alone."""
    if visit.link.codec.version == "1.6":
        places: list[Place] = [{"variable": key} for key in LIMITS_16]
    else:
        places = [
            {"component": component, "variable": name} | ({} if instance is None else {"variable_instance": instance})
            for component, name, instance in LIMITS_2
        ]
    if visit.link.booted or _key(visit, places[0]) not in visit.hub.state.variables:
        await _read(visit, places[:1])
        await _read(visit, places[1:])


async def _command(visit: Visit, name: str, wanted: list[Found]) -> Ending:
    command = Command("", name, {"station": visit.station, "variables": wanted})
    return await execution.carry_out(visit.link, command, 0, Priority.COMFORT)


def _told(ended: Ending) -> list[Found]:
    """What each variable came to. Raises LookupError, in words, when the station did not take the message."""
    if ended.result is None or "variables" not in ended.result:
        raise LookupError(f"its settings can't be had: {ended.reason}")
    return list(ended.result["variables"])


def _key(visit: Visit, place: Place) -> str:
    return variable_key(visit.station, place_of(place))


def _digest(visit: Visit, wanted: Iterable[Setting]) -> str:
    """Of what is wished, and of the firmware that it is wished of."""
    seen = visit.hub.state.stations.get(visit.station)
    about = (seen.vendor, seen.model, seen.firmware, seen.ocpp) if seen is not None else None
    text = json.dumps([about, [(each.name, each.values) for each in wanted]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


ERRAND = Errand("provision", 10, _provision, patient=True)
