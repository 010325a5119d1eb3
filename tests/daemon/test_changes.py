"""What a new file means: no more is done than it must be."""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable
from typing import Any

import pytest

from edgegw.daemon.reload import Changes, changes, in_force, listener_faults
from edgegw.settings import Settings

BASE: dict[str, Any] = {
    "site": {"id": "a"},
    "ocpp": {"listen": [{"address": "127.0.0.1", "port": 9000}]},
    "stations": [{"id": "CP01"}, {"id": "CP02"}],
    "meters": [{"id": "grid", "measures": "supply", "driver": "d", "connection": {"host": "h"}}],
    "supply": {"limit_a": 63},
    "tariffs": {"default": {"energy_kwh": "1"}},
}


def settings(change: Callable[[dict[str, Any]], Any] = lambda data: None) -> Settings:
    data = copy.deepcopy(BASE)
    change(data)
    return Settings.model_validate(data)


def between(old: Settings, new: Settings) -> Changes:
    return changes(old, new, old.site_model(), new.site_model())


def test_an_unchanged_file_changes_nothing() -> None:
    todo = between(settings(), settings())
    assert (todo.names(), todo.links, todo.restart) == ([], frozenset(), ())


@pytest.mark.parametrize(
    ("change", "names", "links", "restart"),
    [
        (lambda data: data["tariffs"]["default"].update(energy_kwh="2"), ["site"], set(), ()),
        (lambda data: data["supply"].update(limit_a=50), ["site"], set(), ()),
        (lambda data: data["ocpp"].update(heartbeat="60s"), ["site"], set(), ()),
        (lambda data: data["ocpp"].update(unknown_stations="reject"), ["site"], set(), ()),
        (lambda data: data["ocpp"].update(call_timeout="5s"), ["listeners"], set(), ()),
        (lambda data: data["ocpp"].update(limits={"failed_logins": 5}), ["listeners"], set(), ()),
        (lambda data: data["ocpp"]["listen"].append({"port": 9001}), ["listeners"], set(), ()),
        (lambda data: data["stations"].append({"id": "CP03"}), ["site"], {"CP03"}, ()),
        (lambda data: data["stations"].pop(), ["site"], {"CP02"}, ()),
        (lambda data: data["stations"][0].update(name="Vaga 1"), ["site"], set(), ()),
        (lambda data: data["stations"][0].update(evses=[{"phases": ["L1"]}]), ["site"], {"CP01"}, ()),
        (lambda data: data["stations"][0].update(security_profile=1), ["site"], {"CP01"}, ()),
        (lambda data: data["stations"][0].update(password={"credential": "x"}), ["site"], set(), ()),
        (lambda data: data["meters"][0].update(unit=2), ["meters"], set(), ()),
        (lambda data: data["meters"][0].update(measures="building"), ["meters", "load"], set(), ()),
        (lambda data: data.pop("supply"), ["site", "load"], set(), ()),
        (lambda data: data.update(uplink={"brokers": ["mqtt://h"]}), ["uplink"], set(), ()),
        (lambda data: data["site"].update(id="b"), ["site", "uplink"], set(), ()),
        (lambda data: data.update(web={"listen": None}), ["web"], set(), ()),
        (lambda data: data.update(web={"control": "/run/x.sock"}), ["control"], set(), ()),
        (lambda data: data.update(metrics={}), ["metrics"], set(), ()),
        (lambda data: data.update(log={"level": "debug"}), ["log"], set(), ()),
        (lambda data: data.update(storage={"path": "/x"}), [], set(), ("storage",)),
        (lambda data: data.update(authorization={"cache": "1d"}), [], set(), ("authorization.cache",)),
    ],
)
def test_a_change_touches_what_rests_on_it_alone(
    change: Callable[[dict[str, Any]], Any], names: list[str], links: set[str], restart: tuple[str, ...]
) -> None:
    todo = between(settings(), settings(change))
    assert (todo.names(), set(todo.links), todo.restart) == (names, links, restart)


def test_what_waits_for_a_restart_stays_as_it_is_meanwhile() -> None:
    old = settings()
    new = settings(
        lambda data: data.update(storage={"path": "/x"}, authorization={"cache": "1d"}, log={"level": "debug"})
    )
    now = in_force(old, new)
    assert (now.storage, now.authorization, now.log.level) == (old.storage, old.authorization, "debug")


def listening(port: int, **more: Any) -> Settings:
    return settings(lambda data: data["ocpp"].update(listen=[{"address": "127.0.0.1", "port": port, **more}]))


def test_a_new_port_that_is_taken_is_a_fault_and_one_that_is_ours_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        fault = f"ocpp.listen[0]: can't listen on 127.0.0.1:{port}: the port is in use"
        assert listener_faults(settings(), listening(port)) == [fault]
        assert listener_faults(listening(port), listening(port)) == []
    assert listener_faults(settings(), listening(port)) == []


def test_an_address_of_another_machine_and_missing_certificates_are_faults() -> None:
    elsewhere = settings(lambda data: data.update(web={"listen": "203.0.113.7:8081"}))
    (fault,) = listener_faults(settings(), elsewhere)
    assert fault.startswith("web.listen: can't listen on 203.0.113.7:8081: ")
    files = {"certificate": "/nonexistent/c.pem", "key": "/nonexistent/k.pem"}
    (fault,) = listener_faults(settings(), listening(9000, tls=files))
    assert fault.startswith("ocpp.listen[0].tls: certificate /nonexistent/c.pem with key /nonexistent/k.pem")


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({}, {"voice": {"enabled": True}}, ["kiosk", "voice"]),
        ({}, {"web": {"kiosk": {}}}, ["kiosk"]),
        ({"voice": {"enabled": True}}, {"voice": {"enabled": True, "max_cost": "50"}}, ["kiosk"]),
        ({"voice": {"enabled": True}}, {"voice": {"enabled": True, "howto": "/x"}}, ["kiosk"]),
        ({"voice": {"enabled": True}}, {"voice": {"enabled": True, "microphone": "x"}}, []),
        ({"voice": {"enabled": True}}, {"voice": {"enabled": True}, "web": {"voice_socket": "/run/x"}}, ["voice"]),
        ({"web": {"kiosk": {}}}, {"web": {"kiosk": {"reader": {"hid": "x"}}}}, ["reader"]),
        ({"web": {"kiosk": {}}}, {"web": {"kiosk": {"pairing": False}}}, ["kiosk"]),
        ({}, {"voice": {"max_cost": "50"}}, []),
    ],
)
def test_what_is_said_of_kiosk_and_voice_touches_them_alone(
    before: dict[str, Any], after: dict[str, Any], names: list[str]
) -> None:
    assert (
        between(settings(lambda data: data.update(before)), settings(lambda data: data.update(after))).names() == names
    )
