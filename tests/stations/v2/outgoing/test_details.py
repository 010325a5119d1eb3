"""What few stations are told, beside what most are: networks, contract certificates, connectors, streams."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import assert_call
from tests.stations.v2.hearing import both
from tests.stations.v2.ordering import order

PROFILE: dict[str, Any] = {"slot": 1, "url": "wss://csms.example/ocpp", "interface": "wireless0", "security_profile": 2}


@both
@pytest.mark.parametrize(
    ("args", "key", "expected"),
    [
        ({"apn": {"name": "m2m", "user": "u", "password": "p", "sim_pin": 1234, "network": "72410",
                  "only_network": True, "authentication": "chap"}},
         "apn", {"apn": "m2m", "apnUserName": "u", "apnPassword": "p", "simPin": 1234, "preferredNetwork": "72410",
                 "useOnlyPreferredNetwork": True, "apnAuthentication": "CHAP"}),
        ({"apn": {"name": "m2m"}}, "apn", {"apn": "m2m", "apnAuthentication": "AUTO"}),
        ({"vpn": {"server": "v", "user": "u", "password": "p", "key": "k", "kind": "ikev2"}},
         "vpn", {"server": "v", "user": "u", "password": "p", "key": "k", "type": "IKEv2"}),
    ],
)  # fmt: skip
def test_a_network_profile_goes_by_mobile_and_private_networks(
    codec: Codec, args: dict[str, Any], key: str, expected: Payload
) -> None:
    told = assert_call(codec, order(codec, "set_network_profile", **PROFILE, **args))["connectionData"]
    assert told[key] == expected


@both
def test_a_customer_is_named_by_the_contract_certificate(codec: Codec) -> None:
    hashes = {"hash_algorithm": "sha256", "issuer_name_hash": "aa", "issuer_key_hash": "bb", "serial_number": "01"}
    told = assert_call(codec, order(codec, "customer_information", clear=True, certificate=hashes))
    assert told["customerCertificate"] == {
        "hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01",
    }  # fmt: skip
    with pytest.raises(Unsupported, match="one of id_token, customer and certificate"):
        order(codec, "customer_information", clear=True, certificate=hashes, customer="Ana")


@both
def test_the_status_of_any_connector_is_triggered(codec: Codec) -> None:
    told = assert_call(codec, order(codec, "trigger", message="status_notification", evse=1, connector=2))
    assert told["evse"] == {"id": 1, "connectorId": 2}


def test_what_2_1_can_trigger_is_refused_under_2_0_1() -> None:
    custom = order(CODEC_21, "trigger", message="custom_trigger", custom="Diagnose")
    assert assert_call(CODEC_21, custom) == {"requestedMessage": "CustomTrigger", "customTrigger": "Diagnose"}
    with pytest.raises(Unsupported, match="custom goes with"):
        order(CODEC_21, "trigger", message="heartbeat", custom="Diagnose")
    for message in ("custom_trigger", "sign_v2_g20_certificate"):
        with pytest.raises(Unsupported, match="message is one of"):
            order(CODEC_201, "trigger", message=message)


def test_a_periodic_monitor_of_2_1_may_have_its_values_in_a_stream() -> None:
    monitor = {"component": "EVSE", "variable": "Power", "kind": "periodic", "value": 10, "severity": 9}
    wanted = {**monitor, "stream": {"interval_s": 60, "values": 6}}
    (told,) = assert_call(CODEC_21, order(CODEC_21, "set_monitors", monitors=[wanted]))["setMonitoringData"]
    assert told["periodicEventStream"] == {"interval": 60, "values": 6}
    for codec, kind in ((CODEC_201, "periodic"), (CODEC_21, "delta")):
        with pytest.raises(Unsupported, match="a stream is of a periodic monitor"):
            order(codec, "set_monitors", monitors=[{**wanted, "kind": kind}])


@both
def test_why_a_variable_was_not_told_or_taken_is_in_the_result(codec: Codec) -> None:
    place = {"component": {"name": "EVSE"}, "variable": {"name": "Power"}}
    info = {"attributeStatusInfo": {"reasonCode": "WriteOnly", "additionalInfo": "by design"}}
    asked = order(codec, "get_variables", variables=[{"component": "EVSE", "variable": "Power"}])
    got = asked.ending({"getVariableResult": [{**place, "attributeStatus": "Rejected", **info}]})
    assert got.result is not None
    assert got.result["variables"][0].items() >= {"reason_code": "WriteOnly", "additional_info": "by design"}.items()
    asked = order(codec, "set_variables", variables=[{"component": "EVSE", "variable": "Power", "value": "1"}])
    was = asked.ending({"setVariableResult": [{**place, "attributeStatus": "Rejected", **info}]})
    assert was.result is not None
    assert was.result["variables"][0]["reason_code"] == "WriteOnly"
