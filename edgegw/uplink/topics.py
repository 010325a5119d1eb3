"""Names of MQTT topics under `{root}/{site}/` (CONTRACT.md, MQTT). Ids are percent-encoded, so `/`, `+` and `#` in a
station's id cannot change the shape of a topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

Stream = Literal["A", "B"]
STREAMS: tuple[Stream, Stream] = ("A", "B")
"""A: facts. B: blocks of samples. Each with its own contiguous sequence within an epoch."""

DEFAULT_ROOT = "edgegw/v1"


def segment(text: str) -> str:
    """One level of a topic that stands for any text."""
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one site; with `site` "+" the filters for all sites."""

    site: str
    root: str = DEFAULT_ROOT

    @property
    def _base(self) -> str:
        return f"{self.root}/{self.site if self.site == '+' else segment(self.site)}"

    @property
    def presence(self) -> str:
        return f"{self._base}/up/presence"

    @property
    def commands(self) -> str:
        """Filter for every command to the site."""
        return f"{self._base}/dn/cmd/+"

    @property
    def acknowledgements(self) -> str:
        """Filter for both streams' watermarks."""
        return f"{self._base}/dn/ack/+"

    @property
    def responses(self) -> str:
        """Filter for the answers to what the hub asks."""
        return f"{self._base}/dn/res/+"

    @property
    def desired(self) -> str:
        """Filter for desired state; `tokens/{shard}` has one level more than the others."""
        return f"{self._base}/dn/cfg/#"

    def events(self, stream: Stream) -> str:
        return f"{self._base}/up/evt/{stream}"

    def state(self, kind: str, id: str) -> str:
        return f"{self._base}/up/state/{kind}/{segment(id)}"

    def command(self, name: str) -> str:
        return f"{self._base}/dn/cmd/{name}"

    def answer(self, name: str) -> str:
        return f"{self._base}/up/cmd/{segment(name)}/res"

    def request(self, name: str) -> str:
        return f"{self._base}/up/req/{name}"

    def response(self, name: str) -> str:
        return f"{self._base}/dn/res/{name}"

    def document(self, name: str) -> str:
        """Where desired state `name` is, such as `tokens/0`."""
        return f"{self._base}/dn/cfg/{name}"

    def acknowledgement(self, stream: Stream) -> str:
        return f"{self._base}/dn/ack/{stream}"


@dataclass(frozen=True, slots=True)
class Address:
    """A topic taken apart: `edgegw/v1/paulista-01/up/evt/A` is site `paulista-01`, `up`, kind `evt`, rest `("A",)`."""

    site: str
    direction: str
    kind: str
    rest: tuple[str, ...]


def parse(topic: str, root: str = DEFAULT_ROOT) -> Address | None:
    """Take a topic under `root` apart; None when it is not ours."""
    if not topic.startswith(root + "/"):
        return None
    levels = [unquote(level) for level in topic[len(root) + 1 :].split("/")]
    if len(levels) < 3 or levels[1] not in ("up", "dn"):
        return None
    return Address(levels[0], levels[1], levels[2], tuple(levels[3:]))


def stream_named(rest: tuple[str, ...]) -> Stream | None:
    """The stream that ends an event's or a watermark's topic."""
    for stream in STREAMS:
        if rest == (stream,):
            return stream
    return None
