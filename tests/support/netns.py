"""A network namespace joined to this one by a cable that can be cut. Needs root, and iproute2."""

from __future__ import annotations

import os
import shutil
import subprocess
from types import TracebackType

NOBODY = "02:00:00:00:00:01"


class Unavailable(Exception):
    """This machine can't do it; the text says why."""


class Namespace:
    """`prefix` before a command runs it inside, where this side is `outside` and that side `inside`.

    Made between `__enter__` and `__exit__`. Raises Unavailable.
    """

    def __init__(self, number: int | None = None) -> None:
        number = os.getpid() % 16000 if number is None else number
        self._name = f"edgegw-{number}"
        self._ends = f"eg{number}o", f"eg{number}i"
        net = f"10.{64 + number // 256}.{number % 256}"
        self.outside, self.inside = f"{net}.1", f"{net}.2"

    @property
    def prefix(self) -> tuple[str, ...]:
        return "ip", "netns", "exec", self._name

    def cut(self) -> None:
        """Every packet vanishes without a word, as when a mobile network goes."""
        # To an address of the link layer that nobody has, so that neither side is told of anything.
        for dev, address, inside in ((self._ends[0], self.inside, False), (self._ends[1], self.outside, True)):
            self._ip("neigh", "replace", address, "lladdr", NOBODY, "dev", dev, "nud", "permanent", inside=inside)

    def __enter__(self) -> Namespace:
        outer, inner = self._ends
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise Unavailable("a network namespace needs root and iproute2")
        made = subprocess.run(["ip", "netns", "add", self._name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Unavailable(f"no network namespace can be made: {made.stderr.strip()}")
        self._ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", self._name)
        self._ip("address", "add", f"{self.outside}/30", "dev", outer)
        self._ip("link", "set", outer, "up")
        self._ip("link", "set", "lo", "up", inside=True)
        self._ip("address", "add", f"{self.inside}/30", "dev", inner, inside=True)
        self._ip("link", "set", inner, "up", inside=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["ip", "link", "delete", self._ends[0]], capture_output=True, check=False)
        self._ip("netns", "delete", self._name)

    def _ip(self, *args: str, inside: bool = False) -> None:
        subprocess.run([*(self.prefix if inside else ()), "ip", *args], check=True, capture_output=True)
