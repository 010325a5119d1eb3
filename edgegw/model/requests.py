"""What stations assert and ask, free of any OCPP version, and the answers.

What a request asserts is history: always recorded, never refused. What it asks is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from edgegw.model.value import value

AuthorizationStatus = Literal["accepted", "blocked", "expired", "invalid", "concurrent_tx", "unknown", "not_now"]
"""`not_now`: the token is good, and the hub takes no new transaction, as there is no room to write it down."""
RegistrationStatus = Literal["accepted", "pending", "rejected"]


@value(kw_only=True)
class BootRequest:
    """BootNotification. `at` is when it arrived. `iccid` and `imsi` name a modem's SIM card, `meter` the station's own
    meter."""

    station: str
    at: datetime
    ocpp: str
    vendor: str
    model: str
    firmware: str | None = None
    serial: str | None = None
    reason: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter: str | None = None


@value()
class BootAnswer:
    status: RegistrationStatus
    interval_s: int
    current_time: datetime


@value(kw_only=True)
class AuthorizeRequest:
    """May this token charge here? `kind` is the OCPP 2.x IdTokenEnumType; 1.6 idTags are `ISO14443`."""

    station: str
    at: datetime
    id_token: str
    kind: str = "ISO14443"
    barred_by: Literal["cloud", "policy"] | None = None
    """Who says that the contract certificate that came with the token is not good: then the token is not either."""


@value()
class AuthorizeAnswer:
    status: AuthorizationStatus
    group: str | None = None
    language: str | None = None


@value(kw_only=True)
class TokenQuestion:
    """What the hub asks somebody else about a token that neither its list nor its cache knows."""

    id_token: str
    kind: str
    station: str
    evse: int | None = None


@value()
class TokenWord:
    """What was answered to a TokenQuestion. After `expires_at` it is not to be remembered, where that was said. With
    `rules` another CSMS has said it, which has the say here: neither list nor cache is asked then."""

    id_token: str
    status: AuthorizationStatus
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None
    rules: bool = False


TransactionStage = Literal["started", "updated", "ended"]
ChargingState = Literal["ev_connected", "charging", "suspended_ev", "suspended_evse", "idle"]


@value()
class Signature:
    """How a signed value was made, as 2.x stations say it beside the value: enough to check it later."""

    encoding_method: str
    signing_method: str | None = None
    public_key: str | None = None


@value()
class Reading:
    """A register value that money may rest on: `signed` is the station's signed raw value, byte for byte."""

    at: datetime
    import_wh: int
    context: str = "periodic"
    signed: str | None = None
    signature: Signature | None = None


@value()
class SignedValue:
    """Something else that a station signed, in OCPP's own words. `value` is the number beside it, as text, None where
    the signed document is all there is."""

    at: datetime
    signed: str
    measurand: str
    context: str | None = None
    phase: str | None = None
    location: str | None = None
    unit: str | None = None
    multiplier: int | None = None
    value: str | None = None
    signature: Signature | None = None


@value(kw_only=True)
class TransactionLimit:
    """What a driver has set at the station that ends a charge (TransactionLimitType of 2.1). `max_cost` is a decimal
    text in the station's currency, `max_s` counts from the start, `max_soc` is in percent."""

    max_wh: int | None = None
    max_cost: str | None = None
    max_s: int | None = None
    max_soc: int | None = None


@value(kw_only=True)
class TransactionRequest:
    """StartTransaction, StopTransaction or TransactionEvent.

    `reference` is the id that the station uses: 2.x's transactionId, or 1.6's integer as text on a stop; None on a
    1.6 start, whose number the answer gives. `at` is the station's own time of the event. `evse` None on a stop that
    names only the transaction. `seq_no` is 2.x's, None in 1.6. `remote_start_id` is 2.x's (or 1.6: None).
    `reservation_number` is what the station knows the reservation by that this uses.

    `limit` is what its driver has set at the station, `cost_details` what the station itself reckons that it costs, in
    OCPP's words (2.1).

    `told_at` is what the station's own clock said when that was known to be off: then `at` is what it really was
    (`station_clock` corrected), or the best that can be said (doubtful).
    """

    station: str
    at: datetime
    stage: TransactionStage
    evse: int | None
    connector: int | None = None
    reference: str | None = None
    seq_no: int | None = None
    id_token: str | None = None
    id_token_kind: str = "ISO14443"
    import_wh: int | None = None
    readings: tuple[Reading, ...] = ()
    signed_values: tuple[SignedValue, ...] = ()
    charging_state: ChargingState | None = None
    reason: str | None = None
    trigger: str | None = None
    remote_start_id: int | None = None
    reservation_number: int | None = None
    limit: TransactionLimit | None = None
    cost_details: Mapping[str, Any] | None = None
    tariff: str | None = None
    """The id of the price list that the station reckons by (2.1)."""
    offline: bool = False
    ocpp: str = "1.6"
    told_at: datetime | None = None
    station_clock: Literal["corrected", "doubtful"] | None = None

    @property
    def own_at(self) -> datetime:
        """The time by the station's own clock: a retry tells the same."""
        return self.told_at or self.at


@value()
class TransactionAnswer:
    """`number` is 1.6's transactionId. `authorization` None when no token was shown. `cost` in the site's currency, as
    `max_cost` is: at that, or at `max_wh` Wh, the charge is to end."""

    transaction: str
    number: int
    authorization: AuthorizationStatus | None = None
    group: str | None = None
    cost: str | None = None
    max_wh: int | None = None
    max_cost: str | None = None


StationRequest = BootRequest | AuthorizeRequest | TransactionRequest
Answer = BootAnswer | AuthorizeAnswer | TransactionAnswer
