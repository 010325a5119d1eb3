"""Where PulseAudio, or PipeWire in its place, has put our stream.

When a source or sink goes away, the server moves its streams to another one, and PortAudio is not told: the microphone
of a kiosk may turn into the monitor of its own speaker. libpulse is asked by ctypes, since it is there wherever ALSA
reaches PulseAudio, while `pactl` need not be. The structures are those of its introspect.h, stable since version 1.0.
"""

from __future__ import annotations

import ctypes
import time
from typing import Any, Literal

Direction = Literal["input", "output"]

_READY, _FAILED = 4, 5
_NO_AUTOSPAWN = 1
_PATIENCE_S = 0.5
"""A server that takes longer to answer is asked again at the next look."""


class _SampleSpec(ctypes.Structure):
    _fields_ = [("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8)]


class _ChannelMap(ctypes.Structure):
    _fields_ = [("channels", ctypes.c_uint8), ("map", ctypes.c_int * 32)]


class _Volume(ctypes.Structure):
    _fields_ = [("channels", ctypes.c_uint8), ("values", ctypes.c_uint32 * 32)]


_BEGINNING: Any = [
    ("index", ctypes.c_uint32),
    ("name", ctypes.c_char_p),
    ("owner_module", ctypes.c_uint32),
    ("client", ctypes.c_uint32),
    ("place", ctypes.c_uint32),  # `source` of a source output, `sink` of a sink input
    ("sample_spec", _SampleSpec),
    ("channel_map", _ChannelMap),
]
_LATENCIES: Any = [
    ("buffer_usec", ctypes.c_uint64),
    ("place_usec", ctypes.c_uint64),
    ("resample_method", ctypes.c_char_p),
    ("driver", ctypes.c_char_p),
]


class _SourceOutput(ctypes.Structure):
    _fields_ = [*_BEGINNING, *_LATENCIES, ("properties", ctypes.c_void_p)]


class _SinkInput(ctypes.Structure):
    _fields_ = [*_BEGINNING, ("volume", _Volume), *_LATENCIES, ("mute", ctypes.c_int), ("properties", ctypes.c_void_p)]


class _Named(ctypes.Structure):
    """How pa_source_info and pa_sink_info begin."""

    _fields_ = [("name", ctypes.c_char_p), ("index", ctypes.c_uint32)]


_Told = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def _library() -> Any:
    library = ctypes.CDLL("libpulse.so.0")
    for name in ("pa_mainloop_new", "pa_mainloop_get_api", "pa_context_new", "pa_proplist_gets"):
        getattr(library, name).restype = ctypes.c_void_p
    for name in (
        "pa_context_get_source_output_info_list", "pa_context_get_sink_input_info_list",
        "pa_context_get_source_info_by_index", "pa_context_get_sink_info_by_index",
    ):  # fmt: skip
        getattr(library, name).restype = ctypes.c_void_p
    library.pa_proplist_gets.restype = ctypes.c_char_p
    return library


def asked_for(pcm: str) -> str | None:
    """The source or sink that ALSA's configuration names for this PCM (`type pulse device NAME`); None without one.

    PipeWire connects a stream to another one when the named one is absent, where PulseAudio refuses.
    """
    try:
        library = ctypes.CDLL("libasound.so.2")
        library.snd_config_update()
        root = ctypes.c_void_p.in_dll(library, "snd_config")
    except (OSError, ValueError):
        return None
    node, text = ctypes.c_void_p(), ctypes.c_char_p()
    if library.snd_config_search(root, f"pcm.{pcm}.device".encode(), ctypes.byref(node)) < 0:
        return None
    if library.snd_config_get_string(node, ctypes.byref(text)) < 0 or not text.value:  # a number: a card's own device
        return None
    name = text.value.decode(errors="replace")
    return None if name.isdecimal() or name.startswith("@") else name


class PulseServer:
    """A connection to the user's server; for one thread.

    Raises OSError when there is no libpulse or no server: then no stream of ours can be there.
    """

    def __init__(self) -> None:
        self._pulse = _library()
        self._loop = ctypes.c_void_p(self._pulse.pa_mainloop_new())
        api = ctypes.c_void_p(self._pulse.pa_mainloop_get_api(self._loop))
        self._context = ctypes.c_void_p(self._pulse.pa_context_new(api, b"edgegw voice"))
        self._pulse.pa_context_connect(self._context, None, _NO_AUTOSPAWN, None)
        self._until(lambda: self._state() >= _READY)
        if self._state() != _READY:
            raise OSError("no PulseAudio server answers")

    def place(self, direction: Direction, pid: int) -> str | None:
        """Name of the source or sink that a stream of this process is at; None when it has none there.

        Raises TimeoutError when the server does not answer in time, and OSError when it is gone.
        """
        found: list[int] = []
        kind = _SourceOutput if direction == "input" else _SinkInput

        def stream(entry: int) -> None:
            info = ctypes.cast(entry, ctypes.POINTER(kind)).contents
            whose = self._pulse.pa_proplist_gets(ctypes.c_void_p(info.properties), b"application.process.id")
            if whose == str(pid).encode():
                found.append(info.place)

        ask = "source_output" if direction == "input" else "sink_input"
        self._ask(f"pa_context_get_{ask}_info_list", stream)
        if not found:
            return None
        names: list[str] = []

        def place(entry: int) -> None:
            name = ctypes.cast(entry, ctypes.POINTER(_Named)).contents.name
            names.append(name.decode(errors="replace") if name else "")

        ask = "source" if direction == "input" else "sink"
        self._ask(f"pa_context_get_{ask}_info_by_index", place, ctypes.c_uint32(found[0]))
        return names[0] if names else None

    def _ask(self, function: str, each: Any, *arguments: Any) -> None:
        ended = False

        def told(_context: int, entry: int | None, end: int, _data: int | None) -> None:
            nonlocal ended
            if end or not entry:
                ended = True
            else:
                each(entry)

        callback = _Told(told)
        operation = getattr(self._pulse, function)(self._context, *arguments, callback, None)
        if not operation:
            raise OSError("the PulseAudio server is gone")
        try:
            self._until(lambda: ended or self._state() != _READY)
        finally:
            self._pulse.pa_operation_cancel(ctypes.c_void_p(operation))
            self._pulse.pa_operation_unref(ctypes.c_void_p(operation))
        if not ended and self._state() != _READY:
            raise OSError("the PulseAudio server is gone")
        if not ended:
            raise TimeoutError("the PulseAudio server does not answer")

    def _state(self) -> int:
        return int(self._pulse.pa_context_get_state(self._context))

    def _until(self, done: Any) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not done() and time.monotonic() < deadline:
            self._pulse.pa_mainloop_prepare(self._loop, 50_000)
            self._pulse.pa_mainloop_poll(self._loop)
            self._pulse.pa_mainloop_dispatch(self._loop)
