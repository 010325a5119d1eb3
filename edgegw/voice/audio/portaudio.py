"""The process at the sound card: `python -m edgegw.voice.audio.portaudio input|output|list RING_S [NAME]`.

It is a process because PortAudio is C that may abort (it asserts that there is a default device), hang in closing, or,
when the sound server dies, turn in a loop that writes a gigabyte a minute to stderr. Killing it frees the card in any
of these cases, and a new one has a fresh list of what is plugged in, which PortAudio reads once at its start.

It speaks `wire` on stdin and stdout, ends when stdin does, and ends by itself with a reason when the card is lost.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

from edgegw.voice.audio.frame import BLOCK_S, FRAME_BYTES, HEARD_HZ, SAID_HZ
from edgegw.voice.audio.jitter import REST_S, JitterBuffer
from edgegw.voice.audio.pipes import PREFIX, Pipes
from edgegw.voice.audio.pulse import PulseServer, asked_for
from edgegw.voice.audio.resample import Resampler
from edgegw.voice.audio.wire import STAMP, Report, Unpacker, packed

Direction = Literal["input", "output"]

HEARD_AT_ONCE = 2
"""Blocks that a microphone gives together: each wake of its thread costs more than what is done with a block, and 20 ms
more or less before the model has the driver's last word are nothing beside the hang-over."""
LATENCY_BLOCKS = 2
"""In units of what is given or taken at once. With one, PortAudio's ALSA part polls without rest."""
GRACE_S = 2.0
"""A stream that was just opened may be silent for so long: PulseAudio first winds down a source's long buffer."""
STALLED_S = 1.0
TICK_S = 0.5
FALLBACK_HZ = 48_000
"""What every card can do; three times 16 kHz and twice 24 kHz."""
_SILENCE = bytes(FRAME_BYTES)
_TOGETHER = 6
"""Frames in one message: with more, it would not fit into what a pipe takes as a whole."""


class CardError(Exception):
    """No such card, or it cannot be opened; the text is for people."""


def found(name: str | None, names: Sequence[tuple[int, str]], direction: Direction) -> int:
    """Which of the (index, name) is meant by a part of its name; the whole name wins over a part. Case does not count.

    Raises CardError with the names there are when none or several fit.
    """
    asked = (name or "").casefold()
    exact = [index for index, known in names if known.casefold() == asked]
    part = [(index, known) for index, known in names if asked in known.casefold()]
    if len(exact) == 1:
        return exact[0]
    if len(part) == 1:
        return part[0][0]
    what = "microphone" if direction == "input" else "speaker"
    there = ", ".join(f'"{known}"' for _, known in (part or names)) or "none at all"
    if part:
        raise CardError(f'the {what} "{name}" is ambiguous, it fits {there}: give more of the name')
    raise CardError(f'there is no {what} with "{name}" in its name; there is {there}')


def _library() -> Any:
    try:
        import sounddevice  # type: ignore[import-untyped]
    except ImportError:
        raise CardError(
            "the Python package sounddevice is missing: install the gateway with its voice, edgegw[voice]"
        ) from None
    except OSError:
        raise CardError(
            "PortAudio is missing: sudo apt-get install libportaudio2 libasound2-plugins, then start again"
        ) from None
    except Exception as error:  # PortAudio's own, from its initialisation
        raise CardError(f"PortAudio does not start: {error}") from None
    return sounddevice


def _names(library: Any, direction: Direction) -> list[tuple[int, str]]:
    return [
        (index, str(each["name"]))
        for index, each in enumerate(library.query_devices())
        if each[f"max_{direction}_channels"] > 0
    ]


def _told(error: Exception) -> str:
    """PortAudio's words, and the host's where they say more."""
    words = str(error.args[0]) if error.args else str(error)
    host = error.args[2][2] if len(error.args) > 2 and isinstance(error.args[2], tuple) else ""
    return f"{words.removesuffix(': Unanticipated host error')}, {host}" if host else words


class _Pipe:
    """Our end of the pipe to who started us. Never waits."""

    def __init__(self) -> None:
        # What C libraries print on stdout must not end up between messages.
        self._fd = os.dup(1)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
        os.set_blocking(self._fd, False)

    def say(self, message: bytes) -> bool:
        """False when it does not fit, since the reader is slow."""
        try:
            os.write(self._fd, message)
        except BlockingIOError:
            return False
        except BrokenPipeError:
            os._exit(0)
        return True

    def tell(self, letter: bytes, **what: object) -> None:
        self.say(packed(letter, json.dumps(what).encode()))

    def end(self, why: str) -> NoReturn:
        """The last word."""
        self.tell(b"X", why=why)
        os._exit(1)


class _Hearing:
    """A microphone. `back` is PortAudio's thread: it copies, filters and hands over.

    While nobody listens the last `ring_s` stay here, and who started us sleeps.
    """

    direction: Direction = "input"
    hz = HEARD_HZ

    def __init__(self, pipe: _Pipe, ring_s: float) -> None:
        self._pipe = pipe
        self._resampler: Resampler | None = None
        self._awake = False
        self._ring: deque[bytes] = deque(maxlen=max(1, round(ring_s / BLOCK_S)))
        self._last_at = self._sounded_at = time.monotonic()
        self._sounds = 0
        self.blocks = 0
        self.flaws = 0
        self.refused = 0

    def at_rate(self, hz: int) -> None:
        self._resampler = Resampler(hz, HEARD_HZ) if hz != HEARD_HZ else None

    def back(self, pcm: Any, _frames: int, _time: Any, status: Any) -> None:
        first = not self.blocks
        if status:
            self.flaws += bool(status.input_overflow)
        sound = bytes(pcm)
        if self._resampler:
            sound = self._resampler.feed(sound)
        self._last_at = now = time.monotonic()
        ring = self._ring
        for at in range(0, len(sound), FRAME_BYTES):
            block = sound[at : at + FRAME_BYTES]
            self.blocks += 1
            if block != _SILENCE:
                self._sounds, self._sounded_at = self._sounds + 1, now
            self.refused += self._awake and len(ring) == ring.maxlen
            later_s = (len(sound) - at - len(block)) / FRAME_BYTES * BLOCK_S
            ring.append(STAMP.pack(now - later_s) + block)
        if first:
            self._pipe.tell(b"T", **self.counters())
        while self._awake and ring:
            count = min(_TOGETHER, len(ring))
            if not self._pipe.say(packed(b"F", b"".join(ring[at] for at in range(count)))):
                break
            for _ in range(count):
                ring.popleft()

    def told(self, letter: bytes, _payload: bytes) -> None:
        self._awake = letter == b"A"

    def rests(self) -> bool:
        return False

    def counters(self) -> dict[str, float]:
        return {
            "blocks": self.blocks,
            "sounds": self._sounds,
            "silent_s": self._last_at - self._sounded_at,
            "overflows": self.flaws,
            "refused": self.refused,
        }


class _Speaking:
    """A speaker. `back` is PortAudio's thread, `told` the main one."""

    direction: Direction = "output"
    hz = SAID_HZ

    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._buffer = JitterBuffer()
        self._resampler: Resampler | None = None
        self._silence = b""
        self._quiet_blocks = 0
        self.blocks = 0
        self.flaws = 0

    def at_rate(self, hz: int) -> None:
        self._resampler = Resampler(SAID_HZ, hz) if hz != SAID_HZ else None
        self._silence = bytes(2 * int(hz * BLOCK_S))

    def back(self, room: Any, _frames: int, _time: Any, status: Any) -> None:
        self.blocks += 1
        with self._lock:
            buffer = self._buffer
            ran = buffer.running
            if ran and status:
                self.flaws += bool(status.output_underflow)
            if not ran and not buffer.left and self._quiet_blocks > 2:
                self._quiet_blocks += 1
                room[:] = self._silence
                return
            sound = buffer.pull(time.monotonic())
            runs = buffer.running
            self._quiet_blocks = 0 if runs or buffer.left else self._quiet_blocks + 1
            if ran != runs or (runs and self.blocks % 5 == 0):
                self._report()
        room[:] = self._resampler.feed(sound) if self._resampler else sound

    def told(self, letter: bytes, payload: bytes) -> None:
        with self._lock:
            if letter == b"P":
                self._buffer.push(payload, time.monotonic())
                self._quiet_blocks = 0
            elif letter == b"Q":
                self._buffer.flush()
                self._report()

    def rests(self) -> bool:
        return self._quiet_blocks * BLOCK_S >= REST_S

    def counters(self) -> dict[str, float]:
        return {"xruns": self.flaws}

    def _report(self) -> None:
        of = self._buffer
        self._pipe.say(Report(time.monotonic(), of.taken, of.left, of.played, of.underflows, of.running).packed())


class _Stream:
    """One stream, opened at the first rate that the card accepts."""

    def __init__(self, library: Any, name: str | None, part: _Hearing | _Speaking) -> None:
        self._library, self._part = library, part
        direction = part.direction
        names = _names(library, direction)
        if name is None:
            index = library.default.device[0 if direction == "input" else 1]
            if index < 0:
                found(None, [], direction)
        else:
            index = found(name, names, direction)
        self.device = dict(names).get(index, str(name))
        make = library.RawInputStream if direction == "input" else library.RawOutputStream
        at_once_s = BLOCK_S * (HEARD_AT_ONCE if direction == "input" else 1)
        refusals = []
        for hz in (part.hz, FALLBACK_HZ):
            part.at_rate(hz)
            try:
                self.stream = make(
                    samplerate=hz, blocksize=int(hz * at_once_s), device=index, channels=1, dtype="int16",
                    latency=LATENCY_BLOCKS * at_once_s, callback=part.back,
                )  # fmt: skip
                self.stream.start()
            except library.PortAudioError as error:
                refusals.append(f"{hz} Hz: {_told(error)}")
                continue
            self.hz = hz
            return
        raise CardError(f'"{self.device}" cannot be opened ({"; ".join(refusals)})')


def _serve(pipe: _Pipe, stream: _Stream, part: _Hearing | _Speaking, asked: str | None) -> str | None:
    """Carries out what we are told and watches the stream, until stdin ends (None) or the stream is lost (why)."""
    unpacker = Unpacker()
    server, home = _pulse(part.direction, stream.device, asked)
    resting = False
    opened = alive = ticked = time.monotonic()
    seen = 0
    while True:
        if select.select([0], [], [], TICK_S)[0]:
            data = os.read(0, 1 << 16)
            if not data:
                return None
            for letter, payload in unpacker.feed(data):
                part.told(letter, payload)
            if resting and not part.rests():
                stream.stream.start()
                resting, opened = False, time.monotonic()
        now = time.monotonic()
        if now - ticked < TICK_S:
            continue
        ticked = now
        pipe.tell(b"T", **part.counters())
        if part.blocks != seen or resting:
            seen, alive = part.blocks, now
        if now > max(opened + GRACE_S, alive + STALLED_S):
            return f'"{stream.device}" has stopped: nothing came from it for {now - alive:.1f} s'
        if not resting and part.rests():
            stream.stream.stop()
            resting = True
        if server is not None:
            try:
                place = server.place(part.direction, os.getpid())
            except TimeoutError:  # a busy machine; a server that hangs lets the stream stall
                continue
            except OSError as error:
                return f'"{stream.device}" is lost: {error}'
            home = home or place
            if place is not None and place != home:
                return f'"{stream.device}" is gone: the sound server gave us "{place}" in place of "{home}"'


def _pulse(direction: Direction, device: str, asked: str | None) -> tuple[PulseServer | None, str | None]:
    """The server, when our stream is there, and where it is.

    Raises CardError when that is not what ALSA's configuration names, or is the monitor of a speaker, which the server
    offers for want of a microphone.
    """
    try:
        server = PulseServer()
        home = server.place(direction, os.getpid())
    except OSError:
        return None, None
    if home is None:
        return None, None
    named = asked_for(device)
    if named is not None and home != named:
        raise CardError(f'"{named}" is not there: the sound server gave us "{home}" in its place')
    if direction == "input" and home.endswith(".monitor") and "monitor" not in (named or asked or "").casefold():
        raise CardError(f'there is no microphone: the sound server gave us "{home}", what a speaker plays')
    return server, home


def _run(pipe: _Pipe, part: _Hearing | _Speaking, name: str | None) -> None:
    library = Pipes(name) if name is not None and name.startswith(PREFIX) else _library()
    stream = _Stream(library, name, part)
    pipe.tell(b"O", device=stream.device, rate=stream.hz, latency_s=float(stream.stream.latency))
    try:
        why = _serve(pipe, stream, part, name)
    except library.PortAudioError as error:
        why = f'"{stream.device}" is lost: {_told(error)}'
    if why is not None:
        pipe.end(why)  # without closing the stream, which hangs when its server is gone: our end frees it
    stream.stream.abort()
    stream.stream.close()


def main(arguments: Sequence[str]) -> None:
    """The process, from its start to its end."""
    pipe = _Pipe()
    direction, ring_s, name = arguments[0], float(arguments[1]), arguments[2] if len(arguments) > 2 else None
    try:
        if direction == "list":
            library = _library()
            ways: tuple[Direction, Direction] = ("input", "output")
            pipe.tell(b"D", **{way: [each for _, each in _names(library, way)] for way in ways})
        else:
            _run(pipe, _Hearing(pipe, ring_s) if direction == "input" else _Speaking(pipe), name)
    except CardError as error:
        pipe.end(str(error))
    os._exit(0)  # PortAudio's own farewell may hang


if __name__ == "__main__":
    main(sys.argv[1:])
