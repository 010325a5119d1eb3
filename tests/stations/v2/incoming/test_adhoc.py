"""What a 2.1 station says: payment at its terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from edgegw.model.facts import Fact, PaymentConfirmed, SettlementReported
from edgegw.model.state import Payment
from edgegw.stations.codec import Tell
from edgegw.stations.v2 import CODEC_21
from tests.stations.peers import NOW, peer, transaction
from tests.stations.v2.hearing import AT, AT_TEXT, hear


def heard_of(*payments: Payment, **changed: Any) -> tuple[Fact, ...]:
    payload = {
        "pspRef": "psp-1", "status": "Settled", "settlementAmount": 12.5, "settlementTime": AT_TEXT,
        "transactionId": "f3b1", "receiptId": "R1", **changed,
    }  # fmt: skip
    running = transaction(reference="f3b1", payments=payments, currency="BRL")
    heard = hear(CODEC_21, "NotifySettlement", payload, peer(active={1: running}))
    assert isinstance(heard, Tell)
    assert heard.reply == {}
    return heard.facts


def test_what_a_terminal_settled_is_paid() -> None:
    settled, paid = heard_of()
    assert settled == SettlementReported(
        station="CP01", at=NOW, status="settled", amount="12.5", reference="psp-1", settled_at=AT,
        transaction="0190", receipt="R1",
    )  # fmt: skip
    assert paid == PaymentConfirmed(
        station="CP01", at=NOW, transaction="0190", evse=1, amount="12.5", currency="BRL", reference="psp-1",
        method="terminal", by="station",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payments", "changed"),
    [
        ((Payment("confirmed", NOW, Decimal("12.5"), "BRL", "psp-1"),), {}),
        ((), {"status": "Canceled"}),
        ((), {"transactionId": "another"}),
        ((), {"settlementAmount": 0}),
    ],
    ids=["told again", "cancelled", "unknown", "nothing"],
)
def test_nothing_is_paid_twice_or_for_nothing(payments: tuple[Payment, ...], changed: dict[str, Any]) -> None:
    assert [type(fact) for fact in heard_of(*payments, **changed)] == [SettlementReported]


def test_a_vat_number_is_not_vouched_for_and_kept_nowhere() -> None:
    heard = hear(CODEC_21, "VatNumberValidation", {"vatNumber": "BR123", "evseId": 1})
    assert isinstance(heard, Tell)
    assert (heard.reply["status"], heard.reply["vatNumber"], heard.facts) == ("Rejected", "BR123", ())
