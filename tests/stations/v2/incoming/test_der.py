"""What a 2.1 station says: control of energy resources."""

from __future__ import annotations

import pytest

from edgegw.model.facts import DerAlarmChanged, DerControlChanged
from edgegw.stations.codec import Payload, Tell
from edgegw.stations.v2 import CODEC_21
from tests.stations.v2.hearing import AT, AT_TEXT, hear, reported

CURVE = {"curveData": [{"x": 1.0, "y": 2.0}], "priority": 0, "yUnit": "PctMaxW"}


@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("NotifyDERAlarm",
         {"controlType": "HVMustTrip", "timestamp": AT_TEXT, "gridEventFault": "OverVoltage", "extraInfo": "x"},
         DerAlarmChanged(station="CP01", at=AT, control="hv_must_trip", ended=False, fault="over_voltage", info="x")),
        ("NotifyDERAlarm", {"controlType": "WattPF", "timestamp": AT_TEXT, "alarmEnded": True},
         DerAlarmChanged(station="CP01", at=AT, control="watt_pf", ended=True)),
        ("NotifyDERStartStop",
         {"controlId": "c1", "started": True, "timestamp": AT_TEXT, "supersededIds": ["c0"]},
         DerControlChanged(station="CP01", at=AT, control="c1", active=True, superseded=("c0",))),
    ],
)  # fmt: skip
def test_what_a_station_tells_is_a_fact(action: str, payload: Payload, fact: object) -> None:
    assert hear(CODEC_21, action, payload) == Tell({}, (fact,))  # type: ignore[arg-type]


def test_a_report_of_controls_is_a_part_of_what_was_asked_for_with_their_settings_whole() -> None:
    fixed = {"priority": 1, "displacement": 0.9, "excitation": True}
    serves = {"priority": 0, "highVoltage": 1.0, "lowVoltage": 1.0, "highFreq": 50.2, "lowFreq": 49.8}
    payload = {
        "requestId": 7,
        "tbc": True,
        "curve": [{"id": "c1", "curveType": "VoltVar", "isDefault": True, "isSuperseded": False, "curve": CURVE}],
        "enterService": [{"id": "c2", "enterService": serves}],
        "fixedPFAbsorb": [{"id": "c3", "isDefault": False, "isSuperseded": True, "fixedPF": fixed}],
        "gradient": [{"id": "c4", "gradient": {"priority": 0, "gradient": 1.0, "softGradient": 2.0}}],
    }
    heard = hear(CODEC_21, "ReportDERControl", payload)
    assert isinstance(heard, Tell)
    assert heard.part is not None
    assert (heard.part.action, heard.part.request, heard.part.last) == ("ReportDERControl", 7, False)
    assert [(each["control"], each["kind"], each["default"]) for each in heard.part.entries] == [
        ("c1", "volt_var", True), ("c2", "enter_service", True), ("c3", "fixed_pf_absorb", False),
        ("c4", "gradients", True),
    ]  # fmt: skip
    assert [each["settings"] for each in heard.part.entries[:3]] == [CURVE, serves, fixed]
    assert heard.part.entries[2]["superseded"] is True
    assert heard.facts == (reported("ReportDERControl", payload),)
