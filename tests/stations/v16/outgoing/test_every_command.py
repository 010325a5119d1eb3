"""Every command that a 1.6 station carries out."""

from __future__ import annotations

import pytest

from edgegw.model.commands import CATALOGUE
from edgegw.stations.codec import Unsupported
from edgegw.stations.v2.outgoing import COMMANDS as COMMANDS_2
from edgegw.stations.v2.outgoing import COMMANDS_21
from edgegw.stations.v16.outgoing import COMMANDS, LACKING
from tests.stations.v16.ordering import order


def test_every_command_of_the_catalogue_has_a_message() -> None:
    at_station = {name for name, about in CATALOGUE.items() if about.at_station} - {"call_station"}
    new = COMMANDS_21.keys() - COMMANDS_2.keys()
    assert set(COMMANDS) | set(LACKING) | new == at_station
    for name in new:
        with pytest.raises(Unsupported, match=r"OCPP 1\.6 has no message"):
            order(name)
    assert not set(COMMANDS) & set(LACKING)
    with pytest.raises(Unsupported):
        order("set_limit")
    for name, reason in LACKING.items():
        with pytest.raises(Unsupported, match=reason):
            order(name)
