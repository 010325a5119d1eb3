"""Current transformers the wrong way round, by the setting that says so."""

import pytest

from edgegw.meters.turned import turned
from tests.meters.lines import em340
from tests.meters.peer import Peer
from tests.meters.site import Hub, meter, meters, running, tcp


def test_powers_change_their_sign_and_the_counters_their_places() -> None:
    said = {"power_w": -1200.0, "power_l1_w": -1200.0, "reactive_var": 50.0, "import_wh": 7, "export_wh": 900}
    assert turned(said) == {
        "power_w": 1200.0, "power_l1_w": 1200.0, "reactive_var": -50.0, "import_wh": 900, "export_wh": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "amperes"),
    [
        ({"current_l1_a": 5.0, "power_l1_w": -1150.0}, 5.0),  # amperes without a direction: it imports
        ({"current_l1_a": -5.0, "power_l1_w": -1150.0}, 5.0),
        ({"current_l1_a": 5.0, "power_l1_w": 1150.0}, -5.0),  # it exports
        ({"current_l1_a": 5.0, "power_l1_w": 0.0}, 5.0),
        ({"current_l1_a": 5.0}, 5.0),  # nobody knows: as import it is never too little
        ({"current_l1_a": -5.0}, 5.0),
    ],
)
def test_a_current_has_the_direction_of_its_power(said: dict[str, float], amperes: float) -> None:
    assert turned(said)["current_l1_a"] == amperes


def test_what_has_no_direction_stays_and_what_has_no_counterpart_goes() -> None:
    same = {"voltage_l1_v": 230.0, "frequency_hz": 50.0, "current_n_a": 1.0, "power_factor": 0.9, "apparent_va": 9.0}
    assert turned({**same, "import_l1_wh": 5}) == same


async def test_the_samples_of_an_inverted_meter_are_turned() -> None:
    hub = Hub()
    async with Peer({1: em340()}).on_tcp() as port:
        settings = [meter("right", tcp(port)), meter("wrong", {"host": "localhost", "port": port}, invert=True)]
        async with running(meters(hub, *settings)):
            await hub.until(lambda: bool(hub.of("right") and hub.of("wrong")))
    right, wrong = hub.of("right")[0], hub.of("wrong")[0]
    assert right.values["power_w"] == 1200.0
    assert (wrong.values["power_w"], wrong.values["current_l3_a"]) == (-1200.0, -right.values["current_l3_a"])
    assert wrong.values["export_wh"] == right.values["import_wh"]
    assert (right.quality, wrong.quality) == ("good", "good")
