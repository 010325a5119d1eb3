"""Times and words that every version shares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import ocpp.v16.enums
import ocpp.v21.enums
import ocpp.v201.enums
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.stations.codec import Unprocessable
from edgegw.stations.words import (
    CHARGING_STATES,
    NO_CLOCK,
    STATUSES,
    STOP_REASONS,
    asserted_at,
    data_transfer_ending,
    ending,
    place_number,
    read_time,
    shown_at,
    snake,
    stamp,
    stop_reason,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T12:00:00Z", "2026-11-24T12:00:00", "2026-11-24T09:00:00-03:00", "2026-11-24T12:00:00.000Z"],
)
def test_times_with_z_without_zone_and_with_offset_are_the_same_moment(text: str) -> None:
    assert read_time(text) == asserted_at(text) == NOON
    assert asserted_at(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "not a date", "0000-00-00T00:00:00Z", "0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00Z",
     "9999-12-31T23:59:59Z"],
)  # fmt: skip
def test_a_time_that_is_none_is_the_same_for_a_retry_and_shown_by_arrival(text: str) -> None:
    assert asserted_at(text) == NO_CLOCK
    assert shown_at(text, NOON) == NOON
    assert shown_at(None, NOON) == NOON


def test_a_time_before_the_clock_was_set_is_kept_for_money_and_replaced_for_show() -> None:
    assert asserted_at("1970-01-01T00:03:20Z") == NO_CLOCK + timedelta(seconds=200)
    assert shown_at("1970-01-01T00:03:20Z", NOON) == NOON


@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert asserted_at(text).tzinfo is UTC
    read_time(text)


def test_a_time_for_a_station_is_utc_with_z_and_milliseconds() -> None:
    assert stamp(datetime(2026, 11, 24, 9, 0, 0, 250_999, timezone(timedelta(hours=-3)))) == "2026-11-24T12:00:00.250Z"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("EVDisconnected", "ev_disconnected"),
        ("SOCLimitReached", "soc_limit_reached"),
        ("StoppedByEV", "stopped_by_ev"),
        ("DeAuthorized", "de_authorized"),
        ("SuspendedEVSE", "suspended_evse"),
        ("ConcurrentTx", "concurrent_tx"),
        ("Local", "local"),
        ("Vendor word-2", "vendor_word_2"),
        ("", ""),
    ],
)
def test_words_become_snake_case(word: str, expected: str) -> None:
    assert snake(word) == expected


def test_every_status_charging_state_and_reason_of_every_version_is_known() -> None:
    assert set(STATUSES) == {each.value for each in ocpp.v16.enums.ChargePointStatus} | {
        each.value for each in ocpp.v21.enums.ConnectorStatusEnumType
    }
    assert set(CHARGING_STATES) == {each.value for each in ocpp.v21.enums.ChargingStateEnumType}
    assert {each.value for each in ocpp.v201.enums.ChargingStateEnumType} <= set(CHARGING_STATES)
    assert {
        *(each.value for each in ocpp.v16.enums.Reason),
        *(each.value for each in ocpp.v201.enums.ReasonEnumType),
        *(each.value for each in ocpp.v21.enums.ReasonEnumType),
    } == STOP_REASONS


def test_a_missing_stop_reason_is_local_and_a_vendors_own_is_other() -> None:
    assert stop_reason(None) == "local"
    assert stop_reason("EVDisconnected") == "ev_disconnected"
    assert stop_reason("Banana") == "other"


@pytest.mark.parametrize("number", [-1, 1000, 2**40])
def test_a_place_that_no_station_has_is_refused(number: int) -> None:
    with pytest.raises(Unprocessable) as refused:
        place_number(number)
    assert refused.value.code == "PropertyConstraintViolation"


@pytest.mark.parametrize(
    ("status", "state", "reason", "result"),
    [
        ("Accepted", "done", None, None),
        ("Unlocked", "done", None, None),
        ("Scheduled", "done", None, {"status": "scheduled"}),
        ("Rejected", "rejected", "rejected", None),
        ("NotSupported", "rejected", "not_supported", None),
        ("UnknownVendorId", "rejected", "unknown_vendor_id", None),
        ("Failed", "failed", "failed", None),
        ("UnlockFailed", "failed", "unlock_failed", None),
    ],
)
def test_a_stations_status_ends_a_command(status: str, state: str, reason: str | None, result: object) -> None:
    ended = ending({"status": status})
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


def test_what_came_with_the_answer_is_in_the_result() -> None:
    info = {"reasonCode": "TxInProgress", "additionalInfo": "try later", "customData": {"vendorId": "x"}}
    assert ending({"status": "Rejected", "statusInfo": info}).result == {
        "reason_code": "TxInProgress", "additional_info": "try later",
    }  # fmt: skip
    assert data_transfer_ending({"status": "Accepted", "data": {"a": 1}}).result == {"data": {"a": 1}}
    assert data_transfer_ending({"status": "Rejected"}).reason == "rejected"
