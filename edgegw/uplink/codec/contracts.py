"""Questions about cars' certificates on `up/req`, and their answers. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

from edgegw.model.contracts import (
    CertificateHashes,
    CertificateStatus,
    CertificateWord,
    ContractQuestion,
    ContractStatus,
    ContractWord,
    EvCertificate,
    EvCertificateQuestion,
    Question,
    StatusQuestion,
    Word,
)
from edgegw.uplink.codec.messages import BadMessage

NAMES: Final[Mapping[type[Question], str]] = {
    ContractQuestion: "contract_status",
    EvCertificateQuestion: "ev_certificate",
    StatusQuestion: "certificate_status",
}
"""What each is called behind `up/req/`."""


def body(asked: Question) -> dict[str, Any]:
    """What a question asks; what is not said is left out."""
    found: dict[str, Any]
    match asked:
        case ContractQuestion():
            found = {"station": asked.station, "id_token": asked.id_token, "chain": asked.chain,
                     "certificates": [_hashes(each) for each in asked.hashes]}  # fmt: skip
        case EvCertificateQuestion():
            found = {"station": asked.station, "action": asked.action, "schema": asked.schema, "exi": asked.exi,
                     "max_chains": asked.max_chains, "emaids": list(asked.emaids)}  # fmt: skip
        case StatusQuestion():
            found = {"station": asked.station, "certificates": [_hashes(each) for each in asked.certificates]}
    return {name: value for name, value in found.items() if value not in (None, [])}


def _hashes(certificate: CertificateHashes) -> dict[str, Any]:
    return {
        "hash_algorithm": certificate.hash_algorithm, "issuer_name_hash": certificate.issuer_name_hash,
        "issuer_key_hash": certificate.issuer_key_hash, "serial_number": certificate.serial_number,
        "source": certificate.source, "urls": list(certificate.urls),
    }  # fmt: skip


def answer(asked: Question, said: Mapping[str, Any]) -> Word:
    """What was answered to a question. Raises BadMessage."""
    match asked:
        case ContractQuestion():
            return ContractWord(cast("ContractStatus", _word(said, get_args(ContractStatus))))
        case EvCertificateQuestion():
            exi, remaining = said.get("exi"), said.get("remaining")
            if not isinstance(exi, str) or not exi:
                raise BadMessage("exi is the message for the car, in base64")
            if remaining is not None and (type(remaining) is not int or remaining < 0):
                raise BadMessage("remaining is a number of contracts")
            return EvCertificate(exi, remaining)
        case StatusQuestion():
            told = said.get("certificates")
            if not isinstance(told, list) or len(told) != len(asked.certificates):
                raise BadMessage("certificates has one answer for each that was asked for, in the same order")
            return tuple(_certificate(each) for each in told)


def _certificate(said: Any) -> CertificateWord:
    if not isinstance(said, dict):
        raise BadMessage("each of certificates is an object")
    ocsp = said.get("ocsp")
    if ocsp is not None and not (isinstance(ocsp, str) and ocsp):
        raise BadMessage("ocsp is an OCSP response, DER in base64")
    try:
        until = said.get("next_update_at")
        at = None if until is None else datetime.fromisoformat(until)
        if at is not None and at.tzinfo is None:
            raise BadMessage("next_update_at has no time zone")
        at = None if at is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadMessage("next_update_at is a time with its zone, such as 2026-11-24T18:00:00Z") from error
    return CertificateWord(cast("CertificateStatus", _word(said, get_args(CertificateStatus))), ocsp, at)


def _word(said: Mapping[str, Any], allowed: tuple[str, ...]) -> str:
    status = said.get("status")
    if not isinstance(status, str) or status not in allowed:
        raise BadMessage(f"status is one of {', '.join(allowed)}")
    return status
