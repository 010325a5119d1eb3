"""What is secret in a payload is found by its name, and nothing else is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edgegw.core.secrets import HIDDEN, Hiding, is_secret, without_secrets

KEY = "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "AuthorizationKey", "value": "hush"}, {"variable": "WifiPassword", "value": "hush"},
        {"variable": {"name": "BasicAuthPassword"}, "attributeValue": "hush"},
        {"variable": {"name": "Secret"}, "variableAttribute": [{"type": "Actual", "value": "hush"}]},
        {"a": [{"b": ({"password": "hush"},)}]}, {"vpn": {"server": "s", "key": "hush"}},
        '{"n": {"apnPassword": "hush"}}', "ssid=x password=hush", "Passphrase: hush", "wss://me:hush@host/x", KEY,
        {"x": f"see {KEY} there"}, {"simPin": "hush"}, {"secret": "hush"}, {"client_secret": "hush", "pin": 1234},
        {"privateKey": "hush"},
    ],
)  # fmt: skip
def test_a_secret_is_hidden(payload: Any) -> None:
    told = json.dumps(without_secrets(payload), ensure_ascii=False)
    assert "hush" not in told
    assert HIDDEN in told


@pytest.mark.parametrize(
    "payload",
    [
        {"key": ["AuthorizationKey"]}, {"key": "HeartbeatInterval", "value": "hush"}, {"spinning": "hush"},
        '{ "spaced":  "json" }', "the password was wrong", {"value": None, "variable": "BasicAuthPassword"},
        [1, 2.5, None, True, "-----BEGIN CERTIFICATE-----"], {"serialNumber": "x", "key": "hush"},
        {"issuerKeyHash": "hush", "publicKey": "hush", "passwordSet": True, "secrets": ["a"]},
    ],
)  # fmt: skip
def test_what_is_no_secret_stands_as_it_was(payload: Any) -> None:
    assert without_secrets(payload) == payload


def test_what_was_hidden_once_is_looked_for_in_later_texts_but_not_what_is_in_every_text() -> None:
    hiding = Hiding()
    hiding.of([{"password": "hush-hush"}, {"password": "no"}])
    assert hiding.text("hush-hush is not allowed") == f"{HIDDEN} is not allowed"


def test_no_more_is_looked_for_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.core.secrets.MAX_HELD", 2)
    hiding = Hiding()
    hiding.of([{"password": f"word-{number}"} for number in range(3)])
    assert hiding.text("word-0 word-2") == f"word-0 {HIDDEN}"


@pytest.mark.parametrize(("name", "secret"), [("WifiPassword", True), ("PIN", True), ("Pins", False)])
def test_a_setting_is_secret_by_its_name(name: str, secret: bool) -> None:
    assert is_secret(name) is secret
