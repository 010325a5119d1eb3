"""An RS485 line at its real pace: a tty on which every byte takes its time, and what goes wrong on such lines.

Meters (a `Peer`) hear a request only after the silence that they need; their answers come byte by byte. Faults are
attributes that a test sets while it runs. The line lives in a thread, so that its clock does not depend on the event
loop that is being measured; `python -m tests.meters.wire FOLDER` is one in a process of its own.
"""

import argparse
import contextlib
import heapq
import itertools
import os
import select
import sys
import termios
import threading
import time
import tty
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.meters.peer import Peer, crc

REQUEST_BYTES = 8
GAP_CHARS = 3.5
RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


@dataclass
class Faults:
    """What is wrong with the line. Counts go down as they are used up."""

    echo: bool = False
    """The adapter sends back what it is told, as cheap ones do."""
    late: int = 0
    """So many answers come `late_s` after their time."""
    late_s: float = 0.0
    noise: bytes = b""
    """Comes before each answer."""
    spoil: int = 0
    """So many answers have a bit turned."""
    swallow: int = 0
    """So many answers are lost."""
    garble: int = 0
    """So many answers have another talker's bytes in their middle."""


@dataclass
class Wire:
    """The line of `peer`; `path` is the client's end. Use as a context manager."""

    path: Path
    peer: Peer
    baud: int = 9600
    silence_s: float = 0.0
    """A request that begins sooner after other traffic is not heard."""
    answer_s: float = 0.0
    """From the end of a request, which 3.5 characters of silence tell, to the answer."""
    faults: Faults = field(default_factory=Faults)
    heed_baud: bool = False
    """Hear only what is sent at `baud`; a tty of this kind keeps the rate that was set, if nothing else."""
    disturbed: bool = False
    """Bytes came at times that the client could not foresee, so it may have spoken too soon after them."""
    too_soon: int = 0
    """Requests that were not heard for lack of silence."""
    asked_at: list[float] = field(default_factory=list)
    """The monotonic time at which each request began."""

    def __post_init__(self) -> None:
        self.byte_s = 10 / self.baud
        self._due: list[tuple[float, int, bytes]] = []
        self._numbers = itertools.count()
        self._last = 0.0
        self._stop_read, self._stop_write = os.pipe()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._thread = threading.Thread(target=self._run, name="wire")

    def __enter__(self) -> "Wire":
        self.path.symlink_to(os.ttyname(self._slave))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stop_write, b"x")
        self._thread.join()
        self.path.unlink()
        for handle in (self._master, self._slave, self._stop_read, self._stop_write):
            os.close(handle)

    def say(self, data: bytes, after_s: float = 0.0) -> None:
        """Somebody else says `data` on the line."""
        self.disturbed = True
        heapq.heappush(self._due, (time.monotonic() + after_s, next(self._numbers), data))

    def _run(self) -> None:
        heard = b""
        while True:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else 0.05
            ready, _, _ = select.select([self._master, self._stop_read], [], [], min(wait, 0.05))
            if self._stop_read in ready:
                return
            if self._master in ready:
                heard = self._hear(heard + os.read(self._master, 4096))
            while self._due and self._due[0][0] <= time.monotonic():
                self._send(heapq.heappop(self._due)[2])

    def _hear(self, data: bytes) -> bytes:
        """Take what the client sent; the rest that is no whole request yet."""
        while len(data) >= REQUEST_BYTES:
            frame, data = data[:REQUEST_BYTES], data[REQUEST_BYTES:]
            begun = time.monotonic()
            heard = begun - self._last >= self.silence_s and not (self.heed_baud and self._rate() != self.baud)
            self.asked_at.append(begun)
            self._last = begun + REQUEST_BYTES * self.byte_s
            if self.faults.echo:
                self._send(frame, begun)
            if not heard:
                self.too_soon += 1
            elif crc(frame[:6]) == frame[6:]:
                self._answer(frame)
        return data

    def _rate(self) -> int:
        speed = termios.tcgetattr(self._slave)[5]
        return next(rate for rate in RATES if getattr(termios, f"B{rate}") == speed)

    def _answer(self, frame: bytes) -> None:
        answer = _at_once(self.peer.answer(frame[0], frame[1:6]))
        if answer is None:
            return
        body = bytes((answer[0],)) + answer[1]
        data, at, faults = body + crc(body), self._last + GAP_CHARS * self.byte_s + self.answer_s, self.faults
        if faults.swallow:
            faults.swallow -= 1
            return
        if faults.spoil:
            faults.spoil -= 1
            data = data[:4] + bytes((data[4] ^ 0x10,)) + data[5:]
        if faults.garble:
            faults.garble -= 1
            data = data[:5] + bytes(range(0x80, 0x88)) + data[5:]
        if faults.late:
            faults.late -= 1
            self.disturbed = True
            at += faults.late_s
        heapq.heappush(self._due, (at, next(self._numbers), faults.noise + data))

    def _send(self, data: bytes, begun: float | None = None) -> None:
        """Bytes at their pace from `begun` on; those that are due already together."""
        begun, sent = time.monotonic() if begun is None else begun, 0
        while sent < len(data):
            now = time.monotonic()
            due = int((now - begun) / self.byte_s)
            if due > sent:
                self._last = now  # before the client can know
                with contextlib.suppress(OSError):
                    os.write(self._master, data[sent:due])
                sent = min(due, len(data))
            else:
                time.sleep(max(0.0, begun + (sent + 1) * self.byte_s - time.monotonic()))


def _at_once(answer: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("a meter on a wire is late by the wire's faults")


def main() -> None:
    """Eight SDM630 at PATH, until standard input ends."""
    from tests.meters.lines import sdm630

    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--units", type=int, default=8)
    parser.add_argument("--baud", type=int, default=9600)
    parser.add_argument("--silence", type=float, default=0.06)
    options = parser.parse_args()
    peer = Peer({number: sdm630() for number in range(1, options.units + 1)})
    with Wire(options.path, peer, options.baud, options.silence) as wire:
        print("ready", flush=True)
        sys.stdin.read()
    print(wire.too_soon, flush=True)


if __name__ == "__main__":
    main()
