"""Reservations, transactions and profiles, in an order in which each finds what it needs."""

from __future__ import annotations

from tests.uplink.orders import new_in_21
from tests.uplink.orders.order import Order, later


def orders(version: str) -> list[Order]:
    asks: list[Order] = [("get_transaction_status", {})]
    return [
        ("reserve", {"evse": 1, "id_token": "CARD1", "until": later(hours=1)}),
        ("cancel_reservation", lambda results: {"reservation": results["reserve"]["reservation"]}),
        ("start_transaction", {"evse": 1, "id_token": "CARD1", "limit_a": 10, "departure_at": later(hours=9)}),
        ("set_charging_profile", {"evse": 1, "profile": {"limit_a": 9}}),
        ("get_composite_schedule", {"evse": 1, "duration_s": 60}),
        *([] if version == "1.6" else [("get_charging_profiles", {"evse": 1})]),
        *new_in_21.orders(version),
        ("clear_charging_profile", {"evse": 1}),
        *([] if version == "1.6" else asks),
        ("stop_transaction", {"evse": 1}),
    ]
