"""Settings, lists, displays and other messages; the reset comes last."""

from __future__ import annotations

from tests.uplink.orders.order import Args, Order


def _the_one_shown(results: Args) -> Args:
    return {"station": "CP01", "message": results["set_display_message"]["message"]}


def orders(version: str) -> list[Order]:
    setting = {"variable": "HeartbeatInterval"} | ({} if version == "1.6" else {"component": "OCPPCommCtrlr"})
    shows: list[Order] = [
        ("set_display_message", {"text": "Oi"}),
        ("get_display_messages", {}),
        ("clear_display_message", _the_one_shown),
    ]
    return [
        ("trigger", {"message": "heartbeat"}),
        ("get_variables", {"variables": [setting]}),
        ("set_variables", {"variables": [{**setting, "value": "90"}]}),
        ("send_local_list", {}),
        ("get_local_list_version", {}),
        ("clear_cache", {}),
        ("unlock_connector", {"evse": 1}),
        ("change_availability", {"operative": True}),
        ("data_transfer", {"vendor_id": "edgegw", "payload": "x"}),
        ("call_station", {"action": "ClearCache", "payload": {}, "timeout_s": 5}),
        *([] if version == "1.6" else shows),
        ("reset", {"kind": "soft"}),
    ]
