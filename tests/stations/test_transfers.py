"""Vendors' own messages: who understands them, what is answered, and what is kept of them."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.facts import DataTransferred, SecurityEvent
from edgegw.stations import transfers
from edgegw.stations.codec import Codec, Payload, Peer, Tell
from edgegw.stations.transfers import Transfer, TransferAnswer
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from tests.stations.peers import NOW, assert_reply, assert_tolerated, peer

every = pytest.mark.parametrize("codec", [CODEC, CODEC_201, CODEC_21], ids=["1.6", "2.0.1", "2.1"])


def said(codec: Codec, **payload: Any) -> Tell:
    assert_tolerated(codec, "DataTransfer", payload)
    heard = codec.incoming("DataTransfer", payload, peer())
    assert isinstance(heard, Tell)
    assert_reply(codec, "DataTransfer", heard.reply)
    return heard


def fact(heard: Tell) -> DataTransferred:
    assert isinstance(heard.facts[0], DataTransferred)
    return heard.facts[0]


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> str:
    def greet(transfer: Transfer, at: Peer) -> TransferAnswer:
        seen = SecurityEvent(station=at.station, at=at.now, kind="greeted")
        return TransferAnswer("Accepted", {"hello": transfer.content["name"]}, (seen,))

    monkeypatch.setitem(transfers.VENDORS, "org.example", {"Greet": greet})
    return "org.example"


@every
def test_a_vendor_that_nobody_knows_is_answered_as_that_and_written_down(codec: Codec) -> None:
    heard = said(codec, vendorId="com.acme", messageId="Ping", data="1")
    assert heard.reply == {"status": "UnknownVendorId"}
    about = {"station": "CP01", "at": NOW, "vendor": "com.acme", "message": "Ping", "status": "unknown_vendor"}
    assert heard.facts == (DataTransferred(**about, data="1"),)


@every
def test_a_message_that_its_vendor_does_not_have_is_answered_as_that(codec: Codec, vendor: str) -> None:
    assert said(codec, vendorId=vendor, messageId="Sing").reply == {"status": "UnknownMessageId"}
    assert said(codec, vendorId=vendor).reply == {"status": "UnknownMessageId"}


@every
def test_who_understands_a_vendor_answers_and_says_what_follows(codec: Codec, vendor: str) -> None:
    data: Any = '{"name": "Ana"}' if codec.version == "1.6" else {"name": "Ana"}
    heard = said(codec, vendorId=vendor, messageId="Greet", data=data)
    answered: Payload = {"hello": "Ana"}
    assert heard.reply == {"status": "Accepted", "data": '{"hello":"Ana"}' if codec.version == "1.6" else answered}
    assert [each.type for each in heard.facts] == ["data_transferred", "security_event"]


@every
@pytest.mark.parametrize(
    "data", ['{"wifi": {"Password": "hush"}, "ssid": "x"}', "ssid=x password=hush", 'password: "hush"']
)
def test_no_secret_is_kept(codec: Codec, data: str) -> None:
    kept = fact(said(codec, vendorId="com.acme", data=data)).data
    assert kept is not None
    assert "hush" not in kept
    assert kept != ""


@every
def test_of_a_long_message_the_beginning_is_kept(codec: Codec) -> None:
    told = fact(said(codec, vendorId="com.acme", data="x" * 5000))
    assert (told.data, told.cut) == ("x" * 4096, True)
