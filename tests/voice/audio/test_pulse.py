"""What the sound server tells of our streams, and what it means when it tells nothing."""

from __future__ import annotations

import os
import signal

import pytest

from edgegw.voice.audio.pulse import PulseServer
from tests.support.sound import SoundRig


def test_a_server_that_is_slow_is_told_from_one_that_is_gone(rig: SoundRig) -> None:
    server = PulseServer()
    assert server.place("output", os.getpid()) is None
    assert rig._server is not None
    os.kill(rig._server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError, match="does not answer"):
            server.place("output", os.getpid())
    finally:
        os.kill(rig._server.pid, signal.SIGCONT)
    assert server.place("output", os.getpid()) is None
    rig.kill_server()
    with pytest.raises(OSError, match="gone") as gone:
        server.place("output", os.getpid())
    assert not isinstance(gone.value, TimeoutError)
