"""Every command that a 2.x station carries out."""

from __future__ import annotations

import pytest

from edgegw.model.commands import CATALOGUE
from edgegw.stations.codec import Unsupported
from edgegw.stations.v2 import CODEC_21
from edgegw.stations.v2.outgoing import COMMANDS
from tests.stations.v2.ordering import order


def test_every_command_of_the_catalogue_has_a_message() -> None:
    at_station = {name for name, about in CATALOGUE.items() if about.at_station}
    assert set(COMMANDS) | {"call_station"} == at_station
    with pytest.raises(Unsupported):
        order(CODEC_21, "set_limit")
