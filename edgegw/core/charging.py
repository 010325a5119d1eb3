"""What a change of the charging state of a transaction means. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from edgegw.model import facts as f
from edgegw.model.requests import ChargingState
from edgegw.model.state import Transaction


def charging_facts(transaction: Transaction, new: ChargingState, at: datetime) -> tuple[f.Fact, ...]:
    """What a change of the charging state means: energy flows, stops, or flows again."""
    where: dict[str, Any] = {
        "at": at, "station": transaction.station, "evse": transaction.evse, "transaction": transaction.id,
    }  # fmt: skip
    old = transaction.charging_state
    if new == "charging":
        if transaction.transfer_started_at is None:
            return (f.EnergyTransferStarted(**where),)
        return () if old == "charging" else (f.TransactionResumed(**where),)
    if new == "suspended_evse":
        return () if old == new else (f.TransactionSuspended(**where, by="evse"),)
    if new == "suspended_ev" or transaction.transfer_started_at is not None:
        # 2.x says EVConnected or Idle for a car that stopped taking energy without saying why.
        return () if old == "suspended_ev" else (f.TransactionSuspended(**where, by="ev"),)
    return ()
