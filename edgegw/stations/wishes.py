"""What a station shall be set to so that its records stay whole, in the words of each OCPP version.

Keys: OCPP 1.6 section 9, and the errata for AuthorizationCacheEnabled and its kin. Variables: OCPP 2.0.1 part 2,
"Referenced components and variables".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edgegw.stations.codec import Version
from edgegw.stations.settings import Provision

_INTERVALS: Final = (60, 300, 900)
"""What is offered to a station that takes no interval as short as it is wished."""

_ATTEMPTS: Final = (5, 3)
"""The same for how often it tries again."""

_CORE: Final = ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import")
"""What is offered to a station that does not measure all that is wished; after it the first alone."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`name` is that of the site's file. `fits` says whether a value that a station has will do; `values` are those to
    be set, the best first; of `numeric` ones a station may tell limits."""

    name: str
    place: Mapping[str, Any]
    fits: Callable[[str], bool]
    values: tuple[str, ...]
    numeric: bool = False


def settings_of(wishes: Provision, version: Version, heartbeat_s: int, *, offline_unknown: bool) -> Sequence[Setting]:
    """Every setting that is wished of a station of `version`."""
    if not wishes.enabled:
        return ()
    wanted = [
        *_intervals("sample_interval", wishes.sample_interval),
        *_intervals("aligned_interval", wishes.aligned_interval),
        *_measurands("measurands", wishes.measurands),
        *_measurands("aligned_measurands", wishes.aligned_measurands),
        *_measurands("end_measurands", wishes.end_measurands),
        *_attempts("message_attempts", wishes.message_attempts),
        *_intervals("message_retry_interval", wishes.message_retry_interval),
        *_switch("remote_authorize", wishes.remote_authorize),
        *_switch("local_authorize_offline", wishes.local_authorize_offline),
        *_switch("offline_unknown", offline_unknown),
        *_switch("local_list", wishes.local_list),
        *_switch("cache", wishes.cache),
        *_switch("stop_on_invalid_id", wishes.stop_on_invalid_id),
        *_intervals("heartbeat", heartbeat_s),
        *_intervals("cable_timeout", wishes.cable_timeout),
        *_intervals("websocket_ping", wishes.websocket_ping),
    ]
    return [
        Setting(name, place, fits, values, numeric)
        for name, fits, values, numeric in wanted
        if (place := _place(name, version)) is not None
    ]


_Wanted = tuple[str, Callable[[str], bool], tuple[str, ...], bool]


def _intervals(name: str, most_s: float | None) -> Iterator[_Wanted]:
    """0 is "never" in most of them, so it does not do."""
    if most_s is not None:
        most = max(1, round(most_s))
        longer = (str(each) for each in _INTERVALS if each > most)
        yield name, lambda told: 0 < _whole(told) <= most, (str(most), *longer), True


def _attempts(name: str, least: int | None) -> Iterator[_Wanted]:
    if least is not None:
        fewer = (str(each) for each in _ATTEMPTS if each < least)
        yield name, lambda told: _whole(told) >= least, (str(least), *fewer), True


def _measurands(name: str, wanted: Sequence[str] | None) -> Iterator[_Wanted]:
    if wanted is not None:
        names = {each.casefold() for each in wanted}
        offers = [tuple(wanted), tuple(each for each in wanted if each in _CORE), _CORE[:1] if wanted else ()]
        values = dict.fromkeys(",".join(offer) for offer in offers if offer or not wanted)
        yield name, lambda told: names <= {each.strip().casefold() for each in told.split(",")}, tuple(values), False


def _switch(name: str, wanted: bool | None) -> Iterator[_Wanted]:
    if wanted is not None:
        text = str(wanted).lower()
        yield name, lambda told: told.strip().casefold() == text, (text,), False


def _whole(text: str) -> int:
    return int(text) if text.strip().isdigit() else -1


def _place(name: str, version: Version) -> Mapping[str, Any] | None:
    """Where a setting stands; None where the version has none."""
    if version == "1.6":
        key = _KEYS.get(name)
        return None if key is None else {"variable": key}
    found = _VARIABLES.get(name)
    if found is None:
        return None
    component, variable, instance = found
    about = {"component": component, "variable": variable}
    return about if instance is None else {**about, "variable_instance": instance}


_KEYS: Final[Mapping[str, str]] = {
    "sample_interval": "MeterValueSampleInterval",
    "aligned_interval": "ClockAlignedDataInterval",
    "measurands": "MeterValuesSampledData",
    "aligned_measurands": "MeterValuesAlignedData",
    "end_measurands": "StopTxnSampledData",
    "message_attempts": "TransactionMessageAttempts",
    "message_retry_interval": "TransactionMessageRetryInterval",
    "remote_authorize": "AuthorizeRemoteTxRequests",
    "local_authorize_offline": "LocalAuthorizeOffline",
    "offline_unknown": "AllowOfflineTxForUnknownId",
    "local_list": "LocalAuthListEnabled",
    "cache": "AuthorizationCacheEnabled",
    "stop_on_invalid_id": "StopTransactionOnInvalidId",
    "heartbeat": "HeartbeatInterval",
    "cable_timeout": "ConnectionTimeOut",
    "websocket_ping": "WebSocketPingInterval",
}

_VARIABLES: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "sample_interval": ("SampledDataCtrlr", "TxUpdatedInterval", None),
    "aligned_interval": ("AlignedDataCtrlr", "Interval", None),
    "measurands": ("SampledDataCtrlr", "TxUpdatedMeasurands", None),
    "aligned_measurands": ("AlignedDataCtrlr", "Measurands", None),
    "end_measurands": ("SampledDataCtrlr", "TxEndedMeasurands", None),
    "message_attempts": ("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"),
    "message_retry_interval": ("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"),
    "remote_authorize": ("AuthCtrlr", "AuthorizeRemoteStart", None),
    "local_authorize_offline": ("AuthCtrlr", "LocalAuthorizeOffline", None),
    "offline_unknown": ("AuthCtrlr", "OfflineTxForUnknownIdEnabled", None),
    "local_list": ("LocalAuthListCtrlr", "Enabled", None),
    "cache": ("AuthCacheCtrlr", "Enabled", None),
    "stop_on_invalid_id": ("TxCtrlr", "StopTxOnInvalidId", None),
    "heartbeat": ("OCPPCommCtrlr", "HeartbeatInterval", None),
    "cable_timeout": ("TxCtrlr", "EVConnectionTimeOut", None),
    "websocket_ping": ("OCPPCommCtrlr", "WebSocketPingInterval", None),
}

LIMITS_16: Final = ("GetConfigurationMaxKeys", "SendLocalListMaxLength", "LocalAuthListMaxLength")
"""Keys of 1.6 that say how much goes into one message, or into a station. The first counts for reading the others."""

LIMITS_2: Final = (
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
    ("DeviceDataCtrlr", "BytesPerMessage", "GetVariables"),
    ("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"),
    ("DeviceDataCtrlr", "BytesPerMessage", "SetVariables"),
    ("LocalAuthListCtrlr", "ItemsPerMessage", None),
    ("LocalAuthListCtrlr", "BytesPerMessage", None),
)
"""The same of 2.x."""
