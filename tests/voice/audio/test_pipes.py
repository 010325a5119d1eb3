"""Named pipes as microphone and speaker, for machines without a sound card."""

from __future__ import annotations

import asyncio
import os
from array import array
from pathlib import Path

from edgegw.voice.audio.microphone import Microphone
from edgegw.voice.audio.speaker import Speaker
from tests.support.sound import tone
from tests.voice.audio.test_microphone import SLOW_S, until


async def test_what_is_written_into_the_microphones_pipe_is_heard_once_and_a_quiet_one_stays_live(
    tmp_path: Path,
) -> None:
    pipe = tmp_path / "a pipe"
    os.mkfifo(pipe)
    microphone = Microphone(f"pipe:{pipe}")
    running = asyncio.create_task(microphone.run())
    await until(lambda: microphone.state == "live", SLOW_S)
    said = tone(440, 0.6, hz=16_000)
    pipe.write_bytes(said)
    heard, began = b"", asyncio.get_running_loop().time()
    async for frame in microphone.frames():
        heard += frame.pcm
        if frame.at - began > 3.0:  # longer than silence may last before it counts as muted
            break
    loud = [each for each in array("h", heard) if abs(each) > 100]
    assert abs(len(loud) - sum(abs(each) > 100 for each in array("h", said))) < 100
    assert len(heard) / 32_000 > 2.5
    assert microphone.state == "live"
    microphone.stop()
    await running


async def test_what_she_says_can_be_read_from_the_speakers_pipe_and_waits_for_no_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    speaker = Speaker(f"pipe:{pipe}")
    running = asyncio.create_task(speaker.run())
    await until(lambda: speaker.state == "live", SLOW_S)
    speaker.play(tone(440, 2.0))  # more than a pipe holds
    await speaker.drained()
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    while os.read(reading, 1 << 16):
        await asyncio.sleep(0)
        try:
            os.read(reading, 1 << 16)
        except BlockingIOError:
            break
    speaker.play(tone(440, 0.5))
    await speaker.drained()
    sound = array("h", os.read(reading, 1 << 16))
    os.close(reading)
    assert max(sound) > 7000
    assert sum(abs(each) > 100 for each in sound) > 0.45 * 24_000
    speaker.stop()
    await running


async def test_a_pipe_that_is_none_is_told_with_what_makes_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, why in (("file", "is no named pipe; mkfifo makes one"), ("nothing", "No such file or directory")):
        microphone = Microphone(f"pipe:{tmp_path}/{name}")
        running = asyncio.create_task(microphone.run())
        await until(lambda of=microphone: of.state == "lost", SLOW_S)
        assert why in (microphone.trouble or "")
        microphone.stop()
        await running
