"""Every command that a 2.x station carries out."""

from __future__ import annotations

import pytest

from edgegw.model.commands import CATALOGUE
from edgegw.stations.codec import Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v2.outgoing import COMMANDS, COMMANDS_21
from tests.stations.v2.ordering import order


def test_every_command_of_the_catalogue_has_a_message() -> None:
    at_station = {name for name, about in CATALOGUE.items() if about.at_station}
    assert set(COMMANDS_21) | {"call_station"} == at_station
    with pytest.raises(Unsupported):
        order(CODEC_21, "set_limit")


def test_what_came_with_2_1_is_refused_for_a_2_0_1_station_in_words() -> None:
    for name in COMMANDS_21.keys() - COMMANDS.keys():
        with pytest.raises(Unsupported, match=f"{name} came with OCPP 2.1, the station speaks 2.0.1"):
            order(CODEC_201, name)
