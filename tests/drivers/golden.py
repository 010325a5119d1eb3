"""The golden registers: what a meter holds, and the values that stand for it. NAME.yaml, NAME.VARIANT.yaml."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from edgegw.meters.drivers import SHIPPED_DRIVERS, load
from edgegw.meters.plan import Request
from edgegw.meters.registers import Driver
from edgegw.meters.sunspec import Walk

METERS = SHIPPED_DRIVERS[1] / "meters"
GOLDEN = sorted(Path(__file__).parent.glob("*.yaml"))


class Golden:
    """What a meter holds and what it stands for."""

    def __init__(self, path: Path) -> None:
        content: dict[str, Any] = YAML(typ="safe").load(path.read_text())
        self.values: dict[str, float] = content["values"]
        self.identity: str | None = content.get("identity")
        self.cells = {
            (function, start + offset): register
            for function, runs in content["registers"].items()
            for start, run in runs.items()
            for offset, register in enumerate(run)
        }

    def answer(self, request: Request) -> list[int]:
        return [self.cells.get((request.function, at), 0) for at in range(request.address, request.end)]

    def driver(self, name: str) -> Driver:
        """The driver `name`, walked to its registers where they have to be found."""
        driver = load(METERS / f"{name}.yaml")
        if driver.discovery is None:
            return driver
        walk = Walk(driver)
        while (found := walk.step(self.answer(walk.request))) is None:
            pass
        return found


PAIRS = [(path.name.split(".")[0], Golden(path)) for path in GOLDEN]
EACH = pytest.mark.parametrize(("name", "golden"), PAIRS, ids=[path.stem for path in GOLDEN])
