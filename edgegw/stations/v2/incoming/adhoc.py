"""Payment without a contract, at a station's terminal, which 2.1 brought (OCPP 2.1 part 2, block C)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from edgegw.model.facts import Fact, PaymentConfirmed, SettlementReported
from edgegw.model.state import Transaction
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import shown_at, snake

_MOST_VAT: Final = 20


def _settlement(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """What is settled counts as paid, once: a station may tell it again."""
    reference, amount = payload["pspRef"], Decimal(str(payload["settlementAmount"]))
    running = peer.by_reference(payload["transactionId"]) if "transactionId" in payload else None
    receipt = " ".join(payload[key] for key in ("receiptId", "receiptUrl") if key in payload)
    facts: tuple[Fact, ...] = (
        SettlementReported(
            station=peer.station,
            at=peer.now,
            status=snake(payload["status"]),
            amount=f"{amount:f}",
            reference=reference,
            settled_at=shown_at(payload["settlementTime"], peer.now),
            transaction=running.id if running is not None else None,
            receipt=receipt or None,
        ),
    )
    if running is not None and payload["status"] == "Settled" and amount > 0 and not _is_paid(running, reference):
        facts += (_payment(running, amount, reference, peer),)
    return Tell({}, facts)


def _is_paid(transaction: Transaction, reference: str) -> bool:
    return any((each.kind, each.reference) == ("confirmed", reference) for each in transaction.payments)


def _payment(transaction: Transaction, amount: Decimal, reference: str, peer: Peer) -> PaymentConfirmed:
    return PaymentConfirmed(
        station=peer.station,
        at=peer.now,
        transaction=transaction.id,
        evse=transaction.evse,
        amount=f"{amount:f}",
        currency=transaction.currency or peer.known.currency(),
        reference=reference,
        method="terminal",
        by="station",
    )


def _vat_number(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """Nobody here can look a VAT number up, and it is kept nowhere: the driver goes on without an invoice to it."""
    about = {"evseId": payload["evseId"]} if "evseId" in payload else {}
    info = {"reasonCode": "NotEnabled", "additionalInfo": "VAT numbers can't be looked up here"}
    return Tell({"status": "Rejected", "vatNumber": payload["vatNumber"][:_MOST_VAT], "statusInfo": info, **about})


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "NotifySettlement": _settlement,
    "VatNumberValidation": _vat_number,
}
