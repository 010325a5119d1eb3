"""Reports, monitors, networks and customers, which only 2.x has."""

from __future__ import annotations

from tests.uplink.orders.order import URL, Args, Order

_PLACE = {"component": "EVSE", "evse": 1, "variable": "Power"}
_MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def _the_one_set(results: Args) -> Args:
    return {"station": "CP01", "monitors": [results["set_monitors"]["monitors"][0]["monitor"]]}


def orders(version: str) -> list[Order]:
    if version == "1.6":
        return []
    profile = {"slot": 1, "url": "wss://csms.example/ocpp", "interface": "wired0", "security_profile": 2}
    return [
        ("get_report", {"components": [{"component": "OCPPCommCtrlr"}]}),
        ("set_network_profile", profile),
        ("set_monitors", {"monitors": [{**_PLACE, "kind": "upper_threshold", "value": 11000, "severity": 5}]}),
        ("get_monitors", {}),
        ("clear_monitors", _the_one_set),
        ("set_monitoring_base", {"base": "all"}),
        ("set_monitoring_level", {"severity": 4}),
        ("customer_information", {"report": True, "clear": True, "id_token": "CARD1"}),
        ("publish_firmware", {"location": URL, "checksum": _MD5}),
        ("unpublish_firmware", {"checksum": _MD5}),
    ]
