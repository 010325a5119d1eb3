"""`edgegw ingest` on the command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import ssl
import sys
from time import monotonic
from typing import TYPE_CHECKING

from edgegw.cloud.access import add_options, brokers
from edgegw.cloud.consumer import Consumer
from edgegw.cloud.share import Share, share_of
from edgegw.cloud.store import WrongDatabase, store_for

if TYPE_CHECKING:
    from edgegw.tracing.otel import Exported

EXIT_USAGE = 2
EXIT_CONFIGURATION = 78

RECEIVE_MAXIMUM = 256
"""Messages that are here and not committed: what bounds our memory, and lets many be one commit."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw ingest",
        description="Take what sites publish over MQTT, store it, and tell them how far it is durable.",
        epilog="A second process with the same share of the sites stands by until the first has ended.",
    )
    add_options(parser)
    parser.add_argument("--database", required=True, help="sqlite:///path.db or postgresql://user@host/name")
    parser.add_argument("--sites", help="only these sites, separated by commas")
    parser.add_argument(
        "--partition", metavar="K/N", help="only part K of N of the fleet, by crc32 of the site's id: 0/4 to 3/4"
    )
    parser.add_argument("--client-id", help="one for each share at a broker (default: edgegw-ingest and the part)")
    parser.add_argument(
        "--session", type=int, default=0, metavar="SECONDS",
        help="what the broker keeps for us while we are away; sites send again what is lost (default: 0, nothing)",
    )  # fmt: skip
    parser.add_argument(
        "--otlp", metavar="URL",
        help="go on with the sites' traces at this OpenTelemetry collector, such as http://127.0.0.1:4318",
    )  # fmt: skip
    return parser


def main(args: list[str]) -> int:
    """Run until SIGTERM or SIGINT. Exit 0 then, 2 usage, 78 when another try won't help."""
    options = _parser().parse_args(args)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        share = share_of(options.root, options.sites, options.partition)
        at = brokers(
            options, options.client_id or _client_id(share), session_s=options.session, receive_maximum=RECEIVE_MAXIMUM
        )
        store = store_for(options.database)
    except (ValueError, OSError, ssl.SSLError, WrongDatabase) as error:
        print(f"edgegw ingest: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CONFIGURATION
    spans = None
    if options.otlp is not None:
        try:
            from edgegw.tracing.otel import Exported, Ingested
        except ImportError as error:
            print(  # noqa: T201
                f"edgegw ingest: --otlp: a library is missing ({error.name}): pip install 'edgegw[otel]'",
                file=sys.stderr,
            )
            return EXIT_CONFIGURATION
        spans = Exported(options.otlp, sample=1.0, service="edgegw-ingest")
    stored = None if spans is None else Ingested(spans).stored
    consumer = Consumer(brokers=at, store=store, monotonic=monotonic, share=share, stored=stored)
    try:
        asyncio.run(_serve(consumer, spans))
    except WrongDatabase as error:
        print(f"edgegw ingest: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CONFIGURATION
    return 0


def _client_id(share: Share) -> str:
    """The same for every process of one share, so that a broker ends the connection of one that was taken over."""
    return f"edgegw-ingest-{share.part}-of-{share.parts}" if share.discovers else "edgegw-ingest"


async def _serve(consumer: Consumer, spans: Exported | None = None) -> None:
    def connected(url: str) -> None:
        print(f"ingest: connected to {url}", flush=True)  # noqa: T201

    def standby() -> None:
        print("ingest: standing by, another one has this share", flush=True)  # noqa: T201

    running = asyncio.ensure_future(consumer.run(connected, standby))
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        if spans is not None:
            await spans.close()
        logging.getLogger("edgegw.cloud").info(
            "stopped; %d events committed, %d of what came could not be read", consumer.events, consumer.rejected
        )
