"""What OCPP 2.1 alone carries out, while a transaction runs: energy resources, streams, batteries, tariffs."""

from __future__ import annotations

from tests.uplink.orders.order import Args, Order

_CURVE = {"curveData": [{"x": 1.0, "y": 2.0}], "priority": 0, "yUnit": "PctMaxW"}
_PRIORITY = {"limit_a": 20, "purpose": "priority_charging", "profile_id": 7}
_DYNAMIC = {"limit_a": 9, "kind": "dynamic", "purpose": "tx_default_profile", "profile_id": 8}


def _running(name: str, **args: object) -> Order:
    def named(results: Args) -> Args:
        return {"transaction": results["transaction"], **args}

    return name, named


def orders(version: str) -> list[Order]:
    if version != "2.1":
        return []
    return [
        ("set_charging_profile", {"evse": 1, "profile": _PRIORITY, "force": True}),
        _running("use_priority_charging", active=True),
        _running("allow_energy_transfer", transfers=["ac_three_phase"]),
        ("set_charging_profile", {"evse": 1, "profile": _DYNAMIC}),
        ("update_dynamic_schedule", {"profile_id": 8, "limit": 8}),
        ("send_afrr_signal", {"signal": 4}),
        ("set_der_control", {"kind": "volt_var", "settings": _CURVE}),
        ("get_der_controls", {}),
        ("clear_der_control", {"kind": "volt_var"}),
        ("get_event_streams", {}),
        ("adjust_event_stream", {"stream": 5, "interval_s": 60}),
        ("request_battery_swap", {"id_token": "CARD1"}),
        ("set_default_tariff", {"tariff": "default"}),
        _running("change_transaction_tariff", tariff="default"),
        ("get_tariffs", {}),
        ("clear_tariffs", {}),
        ("announce_web_payment", {"evse": 1, "timeout_s": 60}),
    ]
