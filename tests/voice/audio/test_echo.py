"""Echo: what docs/audio.md tells the installer to write, loaded as it stands there."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from pathlib import Path

from edgegw.voice.audio.microphone import Microphone
from edgegw.voice.audio.speaker import Speaker
from tests.support.sound import MICROPHONE, SPEAKER, SoundRig, rms, speak
from tests.voice.audio.test_microphone import SLOW_S, until

PAGE = (Path(__file__).parents[3] / "docs" / "audio.md").read_text()


async def test_the_line_for_pulseaudio_takes_her_own_voice_out_and_leaves_the_drivers(rig: SoundRig) -> None:
    rig.echo(gain=0.4)
    (line,) = re.findall(r"^    load-module (module-echo-cancel .*)$", PAGE, flags=re.MULTILINE)
    rig.load("cancel", line.replace("MICROPHONE", MICROPHONE).replace("SPEAKER", SPEAKER))
    rig.alsa("".join(f"{each}\n" for each in re.findall(r"^    (pcm\.eva_.*)$", PAGE, flags=re.MULTILINE)))
    ((cancelled, speaker_name),) = re.findall(r"voice: \{microphone: (\w+), speaker: (\w+), echo: cancelled\}", PAGE)
    raw = Ear(rig, MICROPHONE)
    microphone, speaker = Microphone(cancelled, silence_s=30), Speaker(speaker_name)
    running = [asyncio.create_task(microphone.run()), asyncio.create_task(speaker.run())]
    heard: deque[bytes] = deque(maxlen=50)

    async def hear() -> None:
        async for frame in microphone.frames():
            heard.append(frame.pcm)

    def loud() -> float:
        return rms(b"".join(heard))

    try:
        await until(lambda: speaker.state == "live" and microphone.device, SLOW_S)
        hearing = asyncio.create_task(hear())
        speaker.play(8 * speak("A energia custa um real e oitenta e nove por quilowatt hora.", hz=24_000))
        await until(lambda: speaker.played_ms > 1500, SLOW_S)
        await until(lambda: len(heard) == 50 and loud() < raw.loud() / 10, 15.0)
        assert raw.loud() > 300
        rig.say("começa na vaga dois, por favor", wait=False)
        await until(lambda: loud() > 1000, SLOW_S)
    finally:
        microphone.stop()
        speaker.stop()
        await asyncio.gather(*running)
        raw.close()
    await hearing


class Ear:
    """What a source of the server gives, without us in between: the last second of it."""

    def __init__(self, rig: SoundRig, source: str) -> None:
        self._recording = rig.recording(source)
        self._heard = self._recording.__enter__()

    def loud(self) -> float:
        return rms(b"".join(piece for at, piece in self._heard.pieces if at > time.monotonic() - 1))

    def close(self) -> None:
        self._recording.__exit__(None, None, None)
