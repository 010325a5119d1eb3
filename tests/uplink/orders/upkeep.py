"""Firmware, logs and certificates."""

from __future__ import annotations

from tests.uplink.orders.order import PEM, URL, Order

_HASHES = {"hash_algorithm": "sha256", "issuer_name_hash": "aa", "issuer_key_hash": "bb", "serial_number": "01"}


def orders(version: str) -> list[Order]:
    return [
        ("update_firmware", {"location": URL}),
        ("get_log", {"kind": "security", "location": URL}),
        ("install_certificate", {"use": "csms_root", "certificate": PEM}),
        ("get_certificates", {"uses": ["csms_root"]}),
        ("delete_certificate", _HASHES),
        ("sign_certificate", {}),
        ("sign_certificate", {"chain": PEM}),
    ]
