"""Commands for a station's upkeep: firmware, logs and certificates."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import Argument, CommandName, ListOf, OneOf, Text, Time, Whole, maybe
from edgegw.model.commands.places import STATION

CERTIFICATE_USES = ("csms_root", "manufacturer_root", "mo_root", "oem_root", "v2g_root")
CHAIN_USES = ("station", "v2g", "v2g_20", "combined")
LOG_KINDS = ("data_collector", "diagnostics", "security")

_RETRIES = maybe("retries", Whole(), "How often the station tries again")
_RETRY_INTERVAL = maybe("retry_interval_s", Whole(), "Seconds between its tries")

HASHES = (
    Argument("hash_algorithm", OneOf(("sha256", "sha384", "sha512")), "What the hashes are made with"),
    Argument("issuer_name_hash", Text(128), "Hash of the issuer's name"),
    Argument("issuer_key_hash", Text(128), "Hash of the issuer's public key"),
    Argument("serial_number", Text(40), "Serial number of the certificate, in hex"),
)
"""A certificate, by what stands in it."""

COMMANDS: Mapping[str, CommandName] = {
    "update_firmware": CommandName(
        "Have a station fetch and install firmware. Done when it accepts; what comes of it are firmware_status_changed "
        "facts under the request number of the result.",
        (
            STATION,
            Argument(
                "location", Text(512),
                "URL that the station fetches it from, or local:NAME of a file here (local+ftp:NAME by FTP)",
                private=True,
            ),
            maybe("retrieve_at", Time(), "When to fetch it; at once when not said"),
            maybe("install_at", Time(), "When to install it; OCPP 1.6 can say that of signed firmware alone"),
            maybe("certificate", Text(5500), "PEM of the certificate that signed it, together with signature"),
            maybe("signature", Text(800), "Signature of the firmware in base64"),
            _RETRIES, _RETRY_INTERVAL,
        ),
        numbered=True,
    ),
    "get_log": CommandName(
        "Have a station upload a log. Done when it accepts; what comes of it are log_received facts under the request "
        "number of the result.",
        (
            STATION,
            Argument("kind", OneOf(LOG_KINDS), "Which log; data_collector in OCPP 2.1 alone"),
            maybe(
                "location", Text(512),
                "URL that the station uploads it to; when not said, or local:NAME for a name there, the gateway's own "
                "file service, which tells of it by a file_received fact (local+ftp: by FTP)",
                private=True,
            ),
            maybe("since", Time(), "Oldest entry"),
            maybe("until", Time(), "Newest entry"),
            _RETRIES, _RETRY_INTERVAL,
        ),
        numbered=True,
    ),
    "install_certificate": CommandName(
        "Have a station trust a root certificate.",
        (
            STATION,
            Argument("use", OneOf(CERTIFICATE_USES), "What it is the root of; OCPP 1.6 has no oem_root"),
            Argument("certificate", Text(10000), "The certificate as PEM"),
        ),
    ),
    "get_certificates": CommandName(
        "Which certificates a station holds, with the hashes that delete_certificate takes.",
        (STATION, maybe("uses", ListOf(OneOf(CERTIFICATE_USES)), "What they are roots of; all when not said")),
    ),
    "delete_certificate": CommandName(
        "Have a station forget a root certificate, by its hashes as get_certificates tells them.",
        (
            STATION,
            *HASHES,
            maybe(
                "use", OneOf((*CERTIFICATE_USES, "v2g_chain")),
                "As get_certificates tells it; OCPP 1.6 has another message for what cars see",
            ),
        ),
    ),
    "sign_certificate": CommandName(
        "Without a chain: have a station ask for its own certificate to be signed, which comes as a "
        "certificate_requested fact. With one: give it the signed certificate.",
        (
            STATION,
            maybe("chain", Text(10000), "PEM of the signed certificate and those above it"),
            maybe(
                "use", OneOf(CHAIN_USES),
                "What the certificate is for; station when not said, combined is for the gateway and for cars",
            ),
            maybe("request", Whole(), "The station's number of its request, from certificate_requested (OCPP 2.1)"),
        ),
    ),
}  # fmt: skip
