"""A scripted Gemini Live server on loopback: `edgegw simulate live`, the demo's and the tests' counterpart of EVA.

It speaks the wire of BidiGenerateContent over TLS and plays a scenario, a YAML file whose form is in `scenario`. It
records what it gets, with times, and closes the connection where the real one does when messages come out of order
(`rules`). From Python::

    from edgegw.simulate.live import LiveServer, make_certificate, read

    certificate, key = make_certificate(folder)
    async with LiveServer(read(Path("prices.yaml")), certificate, key) as server:
        ...                                             # a client with SSL_CERT_FILE=certificate connects to server.url
        await server.until(lambda: server.record.last.utterances)
        assert not server.record.violations

    python -m edgegw simulate live --scenario prices.yaml --port 8443
"""

from edgegw.simulate.live.certificate import CannotMake, make_certificate
from edgegw.simulate.live.record import Connection, Record
from edgegw.simulate.live.scenario import BadScenario, Scenario, parse, read
from edgegw.simulate.live.server import LiveServer

__all__ = [
    "BadScenario",
    "CannotMake",
    "Connection",
    "LiveServer",
    "Record",
    "Scenario",
    "make_certificate",
    "parse",
    "read",
]
