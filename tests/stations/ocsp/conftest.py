from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stations.ocsp.world import EMAID, World, serving


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Certificates, and a responder that listens."""
    world = World(tmp_path_factory.mktemp("contracts"))
    with serving(world) as port:
        world.port = port
        world.root()
        world.root("other")
        world.authority("sub", "root")
        world.issue("leaf", "sub", subject=f"/CN={EMAID}")
        signs = "basicConstraints=CA:FALSE\nextendedKeyUsage=OCSPSigning\n"
        world.issue("responder", "sub", extensions=signs)
        world.issue("stranger", "other", extensions=signs)
        world.issue("plain", "sub", extensions="basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n")
        yield world


@pytest.fixture
def world(made: World) -> Iterator[World]:
    made.bad, made.signer, made.good_minutes = "", None, 10
    made.asked.clear()
    made.knows("root", sub="V")
    made.knows("sub", leaf="V")
    return made
