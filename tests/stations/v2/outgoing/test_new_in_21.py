"""What a 2.1 station is told: energy resources, streams, batteries, tariffs, payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from edgegw.model.commands.der import CONTROLS
from edgegw.model.site import Tariff, TariffPeriod
from edgegw.stations.codec import Known, Payload, Unsupported
from edgegw.stations.v2 import CODEC_21
from edgegw.stations.v2.resources import SETTINGS
from edgegw.stations.v2.tariffs import tariff_id, written
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import BUSY, order

TARIFF = Tariff(
    "noite", Decimal("1.50"), session=Decimal("2"), idle_minute=Decimal("0.40"), idle_after_s=600,
    periods=(
        TariffPeriod((0, 1, 2, 3, 4), time(18), time(21), Decimal("2.90")),
        TariffPeriod((4, 5, 6), time(22), time(6, 30), Decimal("0.90")),
        TariffPeriod(tuple(range(7)), time(12), time(0), Decimal("1.70")),
    ),
    tax_percent=Decimal("18"),
)  # fmt: skip
SITE = replace(BUSY, known=Known(tariff={"noite": TARIFF}.get, currency=lambda: "BRL"))
CURVE = {"curveData": [{"x": 1.0, "y": 2.0}], "priority": 0, "yUnit": "PctMaxW"}


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("set_der_control", {"kind": "volt_var", "settings": CURVE, "control": "c1"}, "SetDERControl",
         {"isDefault": False, "controlId": "c1", "controlType": "VoltVar", "curve": CURVE}),
        ("get_der_controls", {"kind": "watt_pf", "default": True}, "GetDERControl",
         {"requestId": 77, "controlType": "WattPF", "isDefault": True}),
        ("clear_der_control", {"control": "c1"}, "ClearDERControl", {"isDefault": False, "controlId": "c1"}),
        ("get_event_streams", {}, "GetPeriodicEventStream", {}),
        ("adjust_event_stream", {"stream": 5, "interval_s": 60}, "AdjustPeriodicEventStream",
         {"id": 5, "params": {"interval": 60}}),
        ("request_battery_swap", {"id_token": "CARD1"}, "RequestBatterySwap",
         {"requestId": 77, "idToken": {"idToken": "CARD1", "type": "Central"}}),
        ("get_tariffs", {}, "GetTariffs", {"evseId": 0}),
        ("clear_tariffs", {"evse": 1, "tariffs": ["x"]}, "ClearTariffs", {"evseId": 1, "tariffIds": ["x"]}),
        ("announce_web_payment", {"evse": 1, "timeout_s": 90}, "NotifyWebPaymentStarted",
         {"evseId": 1, "timeout": 90}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(CODEC_21, name, **args)
    assert (outgoing.action, assert_call(CODEC_21, outgoing)) == (action, payload)


def test_the_settings_of_each_kind_of_control_stand_where_2_1_wants_them() -> None:
    pf, values = {"priority": 0, "displacement": 0.9, "excitation": True}, {"priority": 0}
    settings: dict[str, dict[str, Any]] = {
        "EnterService": {**values, "highVoltage": 1.1, "lowVoltage": 0.9, "highFreq": 50.2, "lowFreq": 49.8},
        "FixedPFAbsorb": pf,
        "FixedPFInject": pf,
        "FixedVar": {**values, "setpoint": 10.0, "unit": "PctMaxVar"},
        "FreqDroop": {**values, "overFreq": 50.2, "underFreq": 49.8, "overDroop": 5.0, "underDroop": 5.0,
                      "responseTime": 1.0},
        "Gradients": {**values, "gradient": 1.0, "softGradient": 1.0},
        "LimitMaxDischarge": {**values, "pctMaxDischargePower": 50.0},
    }  # fmt: skip
    assert settings.keys() == SETTINGS.keys()
    for kind, wire in CONTROLS.items():
        assert_call(CODEC_21, order(CODEC_21, "set_der_control", kind=kind, settings=settings.get(wire, CURVE)))


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "result"),
    [
        ("set_der_control", {"kind": "volt_var", "settings": CURVE},
         {"status": "Accepted", "supersededIds": ["c0"]}, "done", {"control": "c-1", "superseded": ["c0"]}),
        ("set_der_control", {"kind": "volt_var", "settings": CURVE}, {"status": "NotSupported"}, "rejected", None),
        ("get_der_controls", {}, {"status": "NotFound"}, "done", {"controls": []}),
        ("get_event_streams", {},
         {"constantStreamData": [{"id": 5, "params": {"interval": 9}, "variableMonitoringId": 2}]}, "done",
         {"streams": [{"stream": 5, "monitor": 2, "interval_s": 9, "values": None}]}),
        ("get_event_streams", {}, {}, "done", {"streams": []}),
        ("get_tariffs", {}, {"status": "NoTariff"}, "done", {"tariffs": []}),
        ("get_tariffs", {},
         {"status": "Accepted", "tariffAssignments":
          [{"tariffId": "t", "tariffKind": "DriverTariff", "evseIds": [1], "idTokens": ["CARD1"]}]}, "done",
         {"tariffs": [{"tariff": "t", "kind": "driver_tariff", "evses": [1], "tokens": 1, "valid_from": None}]}),
        ("clear_tariffs", {}, {"clearTariffsResult": [{"status": "NoTariff"}]}, "done",
         {"tariffs": [{"tariff": None, "status": "no_tariff"}]}),
        ("clear_tariffs", {}, {"clearTariffsResult": [{"tariffId": "t", "status": "Rejected"}]}, "rejected",
         {"tariffs": [{"tariff": "t", "status": "rejected"}]}),
        ("announce_web_payment", {"evse": 1, "timeout_s": 9}, {}, "done", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, result: Any
) -> None:
    ended = order(CODEC_21, name, **args).ending(answer)
    assert (ended.state, ended.result) == (state, result)


def test_a_price_list_is_told_with_its_periods_taxes_and_idle_time() -> None:
    default = order(CODEC_21, "set_default_tariff", SITE, tariff="noite")
    assert assert_call(CODEC_21, default) == {"evseId": 0, "tariff": written(TARIFF, "BRL")}
    change = order(CODEC_21, "change_transaction_tariff", SITE, tariff="noite", transaction="0190")
    assert assert_call(CODEC_21, change)["transactionId"] == "f3b1"
    told = written(TARIFF, "BRL")
    assert (told["tariffId"], told["currency"]) == (tariff_id(TARIFF), "BRL")
    assert told["energy"]["prices"] == [
        {"priceKwh": 2.9, "conditions": {
            "startTimeOfDay": "18:00", "endTimeOfDay": "21:00",
            "dayOfWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]}},
        {"priceKwh": 0.9, "conditions": {"startTimeOfDay": "22:00", "dayOfWeek": ["Friday", "Saturday", "Sunday"]}},
        {"priceKwh": 0.9, "conditions": {"endTimeOfDay": "06:30", "dayOfWeek": ["Monday", "Saturday", "Sunday"]}},
        {"priceKwh": 1.7, "conditions": {"startTimeOfDay": "12:00"}},
        {"priceKwh": 1.5},
    ]  # fmt: skip
    assert told["energy"]["taxRates"] == [{"type": "tax", "tax": 18.0}]
    assert told["fixedFee"]["prices"] == [{"priceFixed": 2.0}]
    assert told["idleTime"]["prices"] == [{"priceMinute": 0.4, "conditions": {"minIdleTime": 600}}]


def test_other_prices_are_another_tariff_to_the_station_and_a_long_name_fits() -> None:
    dearer = replace(TARIFF, energy_kwh=Decimal("1.60"))
    assert tariff_id(dearer) != tariff_id(TARIFF)
    assert len(tariff_id(replace(TARIFF, name="x" * 200))) == 60


def test_a_tariff_that_the_site_has_not_is_refused() -> None:
    with pytest.raises(Unsupported, match="no tariff 'dia'"):
        order(CODEC_21, "set_default_tariff", SITE, tariff="dia")
