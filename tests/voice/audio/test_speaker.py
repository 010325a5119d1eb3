"""The speaker against a real PulseAudio: when it begins, when it is silent, how much was heard, and when it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edgegw.voice.audio.card import State
from edgegw.voice.audio.speaker import Speaker
from tests.support.sound import SPEAKER, SoundRig, speak, tone
from tests.voice.audio.test_microphone import SLOW_S, likeness, stub, until

BLOCK = tone(1000, 0.02)


@contextlib.asynccontextmanager
async def opened(name: str | None = SPEAKER) -> AsyncIterator[tuple[Speaker, list[State]]]:
    told: list[State] = []
    speaker = Speaker(name, on_state=told.append)
    running = asyncio.create_task(speaker.run())
    try:
        await until(lambda: speaker.state != "opening", SLOW_S)
        yield speaker, told
    finally:
        speaker.stop()
        await running


async def test_what_is_played_is_heard_as_it_was_and_all_of_it_is_known_to_be(rig: SoundRig) -> None:
    spoken = speak("Um real e oitenta e nove.", hz=24_000)
    async with opened() as (speaker, told):
        assert (speaker.device, speaker.rate, speaker.is_speaking) == (SPEAKER, 24_000, False)
        for times in (1, 2, 3):  # a busy machine tears holes into what its sound server plays
            with rig.recording() as heard:
                speaker.play(spoken)
                assert speaker.is_speaking
                await speaker.drained()
                assert not speaker.is_speaking
                await asyncio.sleep(0.1)
            assert speaker.played_ms == pytest.approx(times * len(spoken) / 48, abs=2)
            if (alike := likeness(spoken, array("h", heard.pcm)[::2].tobytes(), 24_000)) > 0.95:
                break
        assert (speaker.underflows, speaker.unheard_ms, told) == (0, 0, ["live"])
    assert alike > 0.95


async def test_a_reply_that_trickles_in_begins_in_150_ms(rig: SoundRig) -> None:
    async with opened() as (speaker, _):
        with rig.recording() as heard:
            began = time.monotonic()
            for number in range(15):
                speaker.play(BLOCK)
                await asyncio.sleep(max(0.0, began + 0.02 * (number + 1) - time.monotonic()))
            await speaker.drained()
            await asyncio.sleep(0.1)
    assert 0.060 < heard.sounding()[0][0] - began < 0.150


async def test_a_flush_is_silence_in_100_ms_and_tells_what_was_not_heard(rig: SoundRig) -> None:
    async with opened() as (speaker, _):
        with rig.recording() as heard:
            speaker.play(tone(1000, 5.0))
            await asyncio.sleep(0.5)
            flushed = time.monotonic()
            thrown_ms = speaker.flush()
            await speaker.drained()
            assert time.monotonic() - flushed < 0.5
            await asyncio.sleep(0.2)
        assert thrown_ms + speaker.played_ms == pytest.approx(5000, abs=60)
        began, ended = heard.sounding()[0][0], heard.sounding()[-1][1]
        assert ended - flushed < 0.100
        assert speaker.played_ms == pytest.approx(1000 * (ended - began), abs=60)
        assert speaker.flush() == 0


async def test_while_it_speaks_it_is_known_how_much_has_been_heard(rig: SoundRig) -> None:
    async with opened() as (speaker, _):
        speaker.play(tone(440, 2.0))
        await until(lambda: speaker.played_ms > 200, SLOW_S)
        began = time.monotonic()
        at_first = speaker.played_ms
        for _ in range(10):
            await asyncio.sleep(0.05)
            passed_ms = 1000 * (time.monotonic() - began)
            assert speaker.played_ms - at_first == pytest.approx(passed_ms, abs=60)
        speaker.flush()


async def test_speech_that_comes_too_late_is_a_hole_and_counted(rig: SoundRig) -> None:
    async with opened() as (speaker, _):
        for _ in range(2):
            speaker.play(tone(440, 0.1))
            await asyncio.sleep(0.4)
        await speaker.drained()
        assert speaker.underflows == 1


async def test_what_is_played_while_the_speaker_is_being_opened_is_heard(rig: SoundRig) -> None:
    speaker = Speaker(SPEAKER)
    speaker.play(tone(440, 0.3))
    running = asyncio.create_task(speaker.run())
    await speaker.drained()
    assert speaker.played_ms == 300
    speaker.stop()
    await running


async def test_an_unplugged_speaker_is_noticed_nobody_waits_for_it_and_it_comes_back(rig: SoundRig) -> None:
    async with opened() as (speaker, told):
        speaker.play(tone(440, 60.0))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await asyncio.to_thread(rig.unplug_speaker)
        async with asyncio.timeout(SLOW_S):
            await speaker.drained()
        assert time.monotonic() - began < 2.0
        assert told == ["live", "lost"]
        assert 57_000 < speaker.unheard_ms < 60_000
        speaker.play(BLOCK)
        assert (speaker.is_speaking, speaker.flush()) == (False, 0)
        await asyncio.to_thread(rig.plug_speaker)
        await until(lambda: speaker.state == "live", SLOW_S)
        assert (speaker.reopened, speaker.trouble) == (1, None)
        with rig.recording() as heard:
            speaker.play(tone(440, 0.3))
            await speaker.drained()
            await asyncio.sleep(0.1)
        assert heard.sounding()


async def test_a_speaker_that_rests_wakes_with_the_first_word(
    rig: SoundRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resting(tmp_path, monkeypatch, 0.2)
    async with opened() as (speaker, told):
        for _ in range(2):
            await until(lambda: not plays(rig), SLOW_S)
            with rig.recording() as heard:
                began = time.monotonic()
                speaker.play(tone(440, 0.3))
                await speaker.drained()
                await asyncio.sleep(0.1)
            assert heard.sounding()
            assert heard.sounding()[0][0] - began < 0.3
        assert told == ["live"]


def plays(rig: SoundRig) -> bool:
    """Our stream runs at the sound server."""
    return any("ALSA" in str(each["properties"]) and not each["corked"] for each in rig.listed("sink-inputs"))


def resting(folder: Path, monkeypatch: pytest.MonkeyPatch, after_s: float) -> None:
    """Lets a speaker rest sooner than after its ten seconds."""
    (folder / "sitecustomize.py").write_text(
        f"import edgegw.voice.audio.jitter\nedgegw.voice.audio.jitter.REST_S = {after_s}\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{Path(__file__).parents[3]}")


async def test_a_card_that_refuses_24_khz_is_played_at_48_khz(
    rig: SoundRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sounddevice  # type: ignore[import-untyped]

    stub(
        tmp_path,
        monkeypatch,
        f"""
import importlib.util
spec = importlib.util.spec_from_file_location("real", {sounddevice.__file__!r})
real = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)
query_devices, default, PortAudioError = real.query_devices, real.default, real.PortAudioError

def RawOutputStream(samplerate, **others):
    if samplerate != 48_000:
        raise PortAudioError("Invalid sample rate", -9997)
    return real.RawOutputStream(samplerate=samplerate, **others)
""",
    )
    async with opened() as (speaker, _):
        assert speaker.rate == 48_000
        with rig.recording() as heard:
            speaker.play(tone(1000, 0.5))
            await speaker.drained()
            await asyncio.sleep(0.1)
        assert speaker.played_ms == 500
        began, ended = heard.sounding()[0][0], heard.sounding()[-1][1]
        assert ended - began == pytest.approx(0.5, abs=0.1)
