"""Schemas of `codec.messages` and `codec.asking`: watermarks, presence, and what the hub asks."""

from __future__ import annotations

from typing import get_args

from edgegw.model.contracts import CertificateStatus, ContractStatus
from edgegw.model.requests import AuthorizationStatus
from edgegw.uplink.codec.asking import MAX_WORD_LENGTH
from edgegw.uplink.codec.messages import MAX_ID_LENGTH
from edgegw.uplink.contract.words import EPOCH, SEQUENCE, TEXT, TIME, Schema, each, fields, listed, maybe

_NUMBER: Schema = {**SEQUENCE, "type": ["string", "integer"], "minimum": 0}
_COUNTED: Schema = {**_NUMBER, "pattern": "^0*[1-9][0-9]*$", "minimum": 1}
_CONNECTION: Schema = {
    "type": "integer", "description": "Rises with each connection: an absence with a lower one than the birth is old"
}  # fmt: skip
_ID: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH}
_WORD: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_LENGTH}


def schemas() -> dict[str, Schema]:
    """By name."""
    return {
        "watermark": fields(
            {"epoch": EPOCH, "sequence": _NUMBER},
            about="You hold everything up to and including this number, durably: the site may forget it.",
        ),
        "nack": fields(
            {"epoch": EPOCH, "nack": {"type": "array", "items": _COUNTED, "minItems": 2, "maxItems": 2}},
            about="You lack these numbers, first and last: the site sends again from the first on.",
        ),
        "birth": _birth(),
        "absence": fields(
            {"online": {"const": False}, "connection": _CONNECTION},
            about="The will of a connection, and what a clean stop says.",
        ),
        "authorize": _question(
            "May this token charge here? Answered within 2 s, the station gets your word; later it is remembered.",
            {"id_token": TEXT, "kind": {**TEXT, "description": "IdTokenEnumType of OCPP 2.x"}, "station": TEXT},
            {"evse": {"type": "integer"}},
        ),
        "authorize_answer": _answer(
            {"status": {"enum": list(get_args(AuthorizationStatus))}},
            {
                "group": maybe(_WORD, "Who has the same one may stop each other's transactions"),
                "language": maybe(_WORD, "Its bearer's language, such as pt-BR"),
                "expires_at": maybe(TIME, "Until when the answer may be remembered; the site's own time when not said"),
            },
        ),
        "voice_token": _question(
            "A conversation begins: a short-lived token for this live model. Without an answer within 2 s, or with one "
            "that has no token, the voice assistant says that she is not there.",
            {"model": TEXT},
        ),
        "voice_token_answer": _answer(
            optional={
                "token": {**TEXT, "description": "Good for one conversation, at most 4096 characters"},
                "expires_at": {**TIME, "description": "Goes with it"},
            }
        ),
        **contract_schemas(),
    }  # fmt: skip


def contract_schemas() -> dict[str, Schema]:
    """Of what is asked about the certificates of cars."""
    hashes = {
        "hash_algorithm": {"enum": ["sha256", "sha384", "sha512"]}, "issuer_name_hash": TEXT, "issuer_key_hash": TEXT,
        "serial_number": {**TEXT, "description": "In hex"}, "source": {"enum": ["ocsp", "crl"]},
        "urls": {"type": "array", "items": TEXT, "description": "Where its status can be had"},
    }  # fmt: skip
    certificates = listed(fields(hashes, about="A certificate, named as in RFC 6960"), "One to four")
    told = {"ocsp": maybe(TEXT, "The OCSP response, DER in base64"), "next_update_at": maybe(TIME)}
    return {
        "contract_status": _question(
            "Is the contract certificate of this eMAID good? Answered within 4 s the token goes by it.",
            {"id_token": TEXT, "station": TEXT},
            {
                "chain": {**TEXT, "description": "PEM of a chain that the station could not verify itself"},
                "certificates": certificates,
            },
        ),
        "contract_status_answer": _answer({"status": {"enum": list(get_args(ContractStatus))}}),
        "ev_certificate": _question(
            "A car wants its contract certificate: its own message, for whoever provides contracts.",
            {"station": TEXT, "action": {"enum": ["install", "update"]}, "schema": TEXT, "exi": TEXT},
            {"max_chains": {"type": "integer"}, "emaids": listed(TEXT, "Contracts that it prefers, best first")},
        ),
        "ev_certificate_answer": _answer(
            {"exi": {"type": "string", "minLength": 1, "description": "The message for the car, in base64"}},
            {"remaining": maybe({"type": "integer", "minimum": 0}, "Contracts that are left to install")},
        ),
        "certificate_status": _question(
            "What is the status of these certificates? One answer each, in the same order.",
            {"station": TEXT, "certificates": certificates},
        ),
        "certificate_status_answer": _answer(
            {"certificates": listed(fields({"status": {"enum": list(get_args(CertificateStatus))}}, told))},
        ),
    }  # fmt: skip


def _question(about: str, required: Schema | None = None, optional: Schema | None = None) -> Schema:
    asked = {"id": {**TEXT, "description": "Repeat it in the answer"}, "at": TIME}
    return fields({**asked, **(required or {})}, optional, about=about)


def _answer(required: Schema | None = None, optional: Schema | None = None) -> Schema:
    asked = {"id": {**_ID, "description": "The question's"}}
    return fields({**asked, **(required or {})}, optional)


def _birth() -> Schema:
    held = fields(
        {
            "epoch": {**EPOCH, "description": "The count that is running"},
            "head": {**SEQUENCE, "description": "Its newest number, 0 before the first"},
            "tail": {**SEQUENCE, "description": "Its oldest number that is held"},
            "acknowledged": fields({"epoch": EPOCH, "sequence": SEQUENCE}, about="What the site takes for durable"),
            "backlog": {"type": "integer", "description": "Numbers of this count that are not acknowledged"},
        }
    )
    return fields(
        {
            "online": {"const": True},
            "connection": _CONNECTION,
            "at": TIME,
            "version": {**TEXT, "description": "Of the gateway"},
            "streams": {**each(held, "How far each stream is", "^[AB]$"), "required": ["A", "B"]},
        },
        about="A site has connected.",
    )
