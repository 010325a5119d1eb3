"""`edgegw ingest` on the command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import signal
import ssl
import sys
from pathlib import Path
from time import monotonic

from edgegw.cloud.consumer import Consumer
from edgegw.cloud.store import WrongDatabase, store_for
from edgegw.mqtt import Account, Brokers, endpoint, tls_context
from edgegw.uplink.topics import DEFAULT_ROOT

EXIT_USAGE = 2
EXIT_CONFIGURATION = 78

LONGEST_WAIT_S = 5.0
"""There are few of us and many sites: while they have their broker back, nothing is durable until we have it too."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw ingest",
        description="Take what sites publish over MQTT, store it, and tell them how far it is durable.",
    )
    parser.add_argument("--broker", required=True, help="mqtt://host:1883 or mqtts://host:8883")
    parser.add_argument("--database", required=True, help="sqlite:///path.db or postgresql://user@host/name")
    parser.add_argument("--root", default=DEFAULT_ROOT, help="topic root (%(default)s)")
    parser.add_argument("--sites", help="only these sites, separated by commas; one ingest for each part of a fleet")
    parser.add_argument("--client-id", default="edgegw-ingest", help="one for each ingest at a broker (%(default)s)")
    parser.add_argument("--username")
    parser.add_argument("--password-file", type=Path, help="file that holds the password")
    parser.add_argument("--ca", type=Path, help="PEM of the broker's certificate authority")
    parser.add_argument("--certificate", type=Path, help="PEM of our client certificate")
    parser.add_argument("--key", type=Path, help="PEM of its private key")
    return parser


def main(args: list[str]) -> int:
    """Run until SIGTERM or SIGINT. Exit 0 then, 2 usage, 78 when another try won't help."""
    options = _parser().parse_args(args)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        broker = endpoint(options.broker)
        tls = tls_context(ca=options.ca, certificate=options.certificate, key=options.key) if broker.tls else None
        password = options.password_file.read_text(encoding="utf-8").strip() if options.password_file else None
        store = store_for(options.database)
    except (ValueError, OSError, ssl.SSLError, WrongDatabase) as error:
        print(f"edgegw ingest: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CONFIGURATION
    account = Account(
        client_id=options.client_id,
        username=options.username,
        password=password,
        tls=tls,
        session_expiry_s=0,
        receive_maximum=256,
    )
    consumer = Consumer(
        brokers=Brokers(
            [broker], lambda: account, random=random.random, monotonic=monotonic, longest_wait_s=LONGEST_WAIT_S
        ),
        store=store,
        monotonic=monotonic,
        root=options.root,
        sites=tuple(options.sites.split(",")) if options.sites else None,
    )
    try:
        asyncio.run(_serve(consumer))
    except WrongDatabase as error:
        print(f"edgegw ingest: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CONFIGURATION
    return 0


async def _serve(consumer: Consumer) -> None:
    def connected(url: str) -> None:
        print(f"ingest: connected to {url}", flush=True)  # noqa: T201

    running = asyncio.ensure_future(consumer.run(connected))
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        logging.getLogger("edgegw.cloud").info("stopped; %d events committed", consumer.events)
