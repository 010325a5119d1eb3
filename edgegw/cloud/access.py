"""How a command of the cloud's side gets to its broker: the options that all of them share."""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from time import monotonic

from edgegw.mqtt import Account, Brokers, endpoint, tls_context
from edgegw.uplink.topics import DEFAULT_ROOT

LONGEST_WAIT_S = 5.0
"""There are few of us and many sites: while they have their broker back, nothing is durable until we have it too."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--broker", required=True, action="append", metavar="URL",
        help="mqtt://host:1883 or mqtts://host:8883; several are tried in this order",
    )  # fmt: skip
    parser.add_argument("--root", default=DEFAULT_ROOT, help="topic root (%(default)s)")
    parser.add_argument("--username")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="file that holds the password")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="PEM of the broker's certificate authority")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="PEM of our client certificate")
    parser.add_argument("--key", type=Path, metavar="FILE", help="PEM of its private key")


def brokers(options: argparse.Namespace, client_id: str, *, session_s: int = 0, receive_maximum: int = 20) -> Brokers:
    """The brokers that the options name. Raises ValueError, OSError or ssl.SSLError with what is wrong with them."""
    endpoints = [endpoint(url) for url in options.broker]

    def account() -> Account:
        """Read anew for each connection: a password or certificate may have been renewed."""
        password = options.password_file.read_text(encoding="utf-8").strip() if options.password_file else None
        secure = any(each.tls for each in endpoints)
        tls = tls_context(ca=options.ca, certificate=options.certificate, key=options.key) if secure else None
        return Account(
            client_id=client_id,
            username=options.username,
            password=password,
            tls=tls,
            session_expiry_s=session_s,
            receive_maximum=receive_maximum,
        )

    def fingerprint() -> tuple[int | None, ...]:
        """Another one once a file of the account has been renewed."""
        files = (options.password_file, options.ca, options.certificate, options.key)
        return tuple(file.stat().st_mtime_ns if file is not None and file.exists() else None for file in files)

    account()
    return Brokers(
        endpoints,
        account,
        random=random.random,
        monotonic=monotonic,
        fingerprint=fingerprint,
        longest_wait_s=LONGEST_WAIT_S,
    )
