"""`edgegw simulate live` on the command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from edgegw.simulate.live.certificate import CannotMake, make_certificate
from edgegw.simulate.live.scenario import BadScenario, Scenario, read
from edgegw.simulate.live.server import LiveServer
from edgegw.simulate.live.sound import NoSound

GOOD, AGAIN, USELESS = 0, 1, 78

WHAT = "a Gemini Live server that plays a scenario, for EVA without the cloud"


def arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("--scenario", type=Path, required=True, metavar="FILE", help="what it does (docs/live.md)")
    part.add_argument("--port", type=int, default=8443, help="on 127.0.0.1; 0: any free one (%(default)s)")
    part.add_argument("--certificate", type=Path, metavar="PEM", help="instead of one made with openssl")
    part.add_argument("--key", type=Path, metavar="PEM", help="its key")
    part.set_defaults(run=run)


def main(options: argparse.Namespace, until_told: Callable[[Awaitable[None]], Coroutine[Any, Any, None]]) -> int:
    """Serve until SIGTERM or SIGINT. Exit 0 then, 1 when the port is taken, 78 when scenario or certificate are no
    good."""
    if (options.certificate is None) != (options.key is None):
        sys.stderr.write("edgegw simulate: --certificate and --key go together\n")
        return USELESS
    try:
        scenario = read(options.scenario)
        with tempfile.TemporaryDirectory(prefix="edgegw-live-") as folder:
            if options.certificate is None:
                options.certificate, options.key = make_certificate(Path(folder))
            asyncio.run(until_told(run(options, scenario)))
    except CannotMake as error:
        sys.stderr.write(f"edgegw simulate: {error}; or give --certificate and --key\n")
        return USELESS
    except (BadScenario, NoSound) as error:
        sys.stderr.write(f"edgegw simulate: {error}\n")
        return USELESS
    except OSError as error:
        sys.stderr.write(f"edgegw simulate: {error.strerror or error}\n")
        return AGAIN
    return GOOD


async def run(options: argparse.Namespace, scenario: Scenario) -> None:
    """Serve for ever, and say what goes on."""
    server = LiveServer(
        scenario, options.certificate, options.key, port=options.port, folder=options.scenario.parent, told=_say
    )
    async with server:
        _say(f"{scenario.about or options.scenario.name}; for the voice process:")
        _say(f"export SSL_CERT_FILE={options.certificate} GOOGLE_GEMINI_BASE_URL={server.url}")
        await asyncio.Event().wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
