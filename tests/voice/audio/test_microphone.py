"""The microphone against a real PulseAudio: what is said is heard, and what happens to it is noticed."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from edgegw.voice.audio.card import NoCards, State, cards
from edgegw.voice.audio.frame import Frame
from edgegw.voice.audio.microphone import Microphone
from edgegw.voice.audio.portaudio import CardError, found
from tests.support.sound import MICROPHONE, SoundRig, rms, speak, tone

NOTICED_S = 2.0
"""The promise: an unplugged or silent microphone is noticed in two seconds."""
SLOW_S = 6.0
"""A busy machine, where nothing is promised."""


@contextlib.asynccontextmanager
async def opened(name: str | None = MICROPHONE, **options: float) -> AsyncIterator[tuple[Microphone, list[State]]]:
    """A microphone that runs, and the states it has told."""
    told: list[State] = []
    microphone = Microphone(name, on_state=told.append, **options)  # type: ignore[arg-type]
    running = asyncio.create_task(microphone.run())
    try:
        yield microphone, told
    finally:
        microphone.stop()
        await running


async def until(true: Callable[[], object], within_s: float) -> float:
    """Waits until it is so; how long that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "it did not become true in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def take(microphone: Microphone, frames: int) -> list[Frame]:
    """The next so many frames."""
    got: list[Frame] = []
    async with asyncio.timeout(frames * 0.02 + SLOW_S), contextlib.aclosing(microphone.frames()) as heard:
        async for frame in heard:
            got.append(frame)
            if len(got) == frames:
                break
    return got


async def hear(microphone: Microphone, playing: subprocess.Popen[bytes]) -> list[Frame]:
    """All frames until what is playing has been played, and a little longer."""
    got: list[Frame] = []
    after = 20
    async with asyncio.timeout(20), contextlib.aclosing(microphone.frames()) as heard:
        async for frame in heard:
            got.append(frame)
            after -= playing.poll() is not None
            if not after:
                break
    return got


async def heard_whole(microphone: Microphone, rig: SoundRig, spoken: bytes) -> list[Frame]:
    """Plays it and hears it, up to three times: a busy machine tears holes into what its sound server plays."""
    for _ in range(3):
        frames = await hear(microphone, rig.play(spoken))
        if likeness(spoken, b"".join(frame.pcm for frame in frames)) > 0.95:
            break
    return frames


def likeness(one: bytes, other: bytes, hz: int = 16_000) -> float:
    """How alike two sounds are in their loudness over time, at the best shift in steps of 10 ms: 1 is the same."""

    def course(pcm: bytes) -> list[float]:
        hop = hz // 100
        powers = [rms(pcm[at : at + 2 * hop]) ** 2 for at in range(0, len(pcm) - 2 * hop, 2 * hop)]
        return [math.sqrt(sum(powers[at : at + 5])) for at in range(len(powers) - 4)]

    short, long = sorted((course(one), course(other)), key=len)
    best = 0.0
    for shift in range(len(long) - len(short) + 1):
        part = long[shift : shift + len(short)]
        product = sum(a * b for a, b in zip(short, part, strict=True))
        size = math.hypot(*short) * math.hypot(*part)
        best = max(best, product / size if size else 0.0)
    return best


async def test_what_is_said_at_the_kiosk_is_heard_in_frames_of_20_ms(rig: SoundRig) -> None:
    async with opened() as (microphone, told):
        await until(lambda: microphone.state == "live", SLOW_S)
        spoken = speak("começa na vaga dois")
        frames = await heard_whole(microphone, rig, spoken)
    assert {len(frame.pcm) for frame in frames} == {640}
    heard = b"".join(frame.pcm for frame in frames)
    assert likeness(spoken, heard) > 0.95
    assert rms(heard) * len(heard) ** 0.5 == pytest.approx(rms(spoken) * len(spoken) ** 0.5, rel=0.05)
    steady = sorted(after.at - before.at for before, after in pairwise(frames))
    assert steady[len(steady) // 2] == pytest.approx(0.020, abs=0.002)
    assert frames[-1].at <= time.monotonic()
    assert (microphone.device, microphone.rate, microphone.dropped, told) == (MICROPHONE, 16_000, 0, ["live"])


async def test_an_unplugged_microphone_is_noticed_in_two_seconds_and_comes_back(rig: SoundRig) -> None:
    async with opened() as (microphone, told):
        await until(lambda: microphone.state == "live", SLOW_S)
        began = time.monotonic()
        await asyncio.to_thread(rig.unplug_microphone)
        await until(lambda: microphone.state == "lost", SLOW_S)
        assert time.monotonic() - began < NOTICED_S
        # PulseAudio had moved the stream to another source, and its samples kept coming.
        assert microphone.trouble is not None
        assert '"mic_feed.monitor" in place of "kiosk_mic"' in microphone.trouble
        await asyncio.to_thread(rig.plug_microphone)
        await until(lambda: microphone.state == "live", SLOW_S)
        assert (microphone.trouble, microphone.reopened, told) == (None, 1, ["live", "lost", "live"])
        assert len(await take(microphone, 20)) == 20


async def test_a_sound_server_that_dies_and_comes_again_is_both_noticed(rig: SoundRig) -> None:
    async with opened() as (microphone, _):
        await until(lambda: microphone.state == "live", SLOW_S)
        await asyncio.to_thread(rig.kill_server)
        assert await until(lambda: microphone.state == "lost", SLOW_S) < NOTICED_S
        await asyncio.to_thread(rig.serve)
        await until(lambda: microphone.state == "live", SLOW_S)


async def test_a_microphone_whose_samples_stop_is_noticed_in_two_seconds(rig: SoundRig) -> None:
    async with opened() as (microphone, _):
        await until(lambda: microphone.state == "live", SLOW_S)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(rig.pactl, "suspend-source", MICROPHONE, "1")
        assert await until(lambda: microphone.state == "lost", SLOW_S) < NOTICED_S
        assert "nothing came from it" in (microphone.trouble or "")
        await asyncio.to_thread(rig.pactl, "suspend-source", MICROPHONE, "0")
        await until(lambda: microphone.state == "live", SLOW_S)


async def test_a_muted_microphone_is_noticed_in_two_seconds_and_its_first_sound_is_heard() -> None:
    with SoundRig(hum=False) as rig:
        rig.connect()
        async with opened() as (microphone, told):
            await until(lambda: told == ["live"], SLOW_S)
            took_s = await until(lambda: microphone.state == "lost", SLOW_S)
            assert 1.0 < took_s < NOTICED_S + 0.5
            assert "digital silence" in (microphone.trouble or "")
            rig.play(tone(440, 8, hz=16_000))
            await until(lambda: microphone.state == "live", SLOW_S)
            assert any(rms(frame.pcm) > 1000 for frame in await take(microphone, 25))


async def test_a_process_at_the_card_that_hangs_is_ended_and_replaced(rig: SoundRig) -> None:
    async with opened() as (microphone, told):
        await until(lambda: microphone.state == "live", SLOW_S)
        card = microphone._kept._card
        assert card is not None
        assert card._transport is not None
        os.kill(card._transport.get_pid(), signal.SIGSTOP)
        await until(lambda: told == ["live", "lost", "live"], SLOW_S)


async def test_a_listener_that_sleeps_loses_the_oldest_frames_and_they_are_counted(rig: SoundRig) -> None:
    async with opened(ring_s=0.4) as (microphone, _):
        await until(lambda: microphone.state == "live", SLOW_S)
        async with contextlib.aclosing(microphone.frames()) as heard:
            first = await anext(heard)
            await asyncio.sleep(1.0)
            then = [await anext(heard) for _ in range(20)]
        assert then[-1].at - then[0].at < 0.6
        assert then[0].at - first.at > 0.4
        missed = microphone.dropped
        assert 20 <= missed <= 40
        await asyncio.sleep(0.5)
        assert microphone.dropped == missed  # nobody listens, nobody misses anything


async def test_without_a_listener_the_ring_holds_the_last_seconds_for_who_comes(rig: SoundRig) -> None:
    async with opened(ring_s=0.5) as (microphone, _):
        await until(lambda: microphone.state == "live", SLOW_S)
        await asyncio.sleep(1.0)
        frames = await take(microphone, 25)
        assert 0.3 < time.monotonic() - frames[0].at < 0.8


async def test_a_closed_microphone_is_free_and_its_frames_end(rig: SoundRig) -> None:
    def streams() -> list[object]:
        return [each for each in rig.listed("source-outputs") if "ALSA" in str(each["properties"])]

    async with opened() as (microphone, _):
        await until(lambda: microphone.state == "live", SLOW_S)
        assert len(await asyncio.to_thread(streams)) == 1

        async def hear() -> int:
            return len([frame async for frame in microphone.frames()])

        hearing = asyncio.create_task(hear())
        await asyncio.sleep(0.2)
    assert await hearing > 3
    assert await asyncio.to_thread(streams) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Jabra", r'no microphone with "Jabra" in its name; there is "kiosk_mic", "kiosk_speaker", "default"'),
        ("kiosk", r'"kiosk" is ambiguous, it fits "kiosk_mic", "kiosk_speaker": give more of the name'),
    ],
)
async def test_a_name_that_fits_none_or_several_is_answered_with_those_there_are(
    rig: SoundRig, name: str, sentence: str
) -> None:
    async with opened(name) as (microphone, _):
        await until(lambda: microphone.state == "lost", SLOW_S)
        assert sentence in (microphone.trouble or "")


def test_a_whole_name_wins_over_others_that_hold_it() -> None:
    there = [(4, "kiosk_mic2"), (7, "kiosk_mic"), (9, "old kiosk_mic")]
    assert found("Kiosk_Mic", there, "input") == 7
    assert found("mic2", there, "input") == 4
    with pytest.raises(CardError, match='fits "kiosk_mic2", "kiosk_mic", "old kiosk_mic"'):
        found("kiosk", there, "input")


async def test_a_part_of_the_name_in_any_case_is_enough_and_no_name_is_the_default(rig: SoundRig) -> None:
    for name, device in (("K_MIC", MICROPHONE), (None, "default")):
        async with opened(name) as (microphone, _):
            await until(lambda: microphone.state == "live", SLOW_S)
            assert microphone.device == device


async def test_for_want_of_a_microphone_the_speakers_own_sound_is_not_taken_for_one(rig: SoundRig) -> None:
    rig.unplug_microphone()
    rig.pactl("set-default-source", "kiosk_speaker.monitor")
    rig.alsa("pcm.any { type pulse }\n")
    async with opened("any") as (microphone, _):
        await until(lambda: microphone.state == "lost", SLOW_S)
        assert 'there is no microphone: the sound server gave us "kiosk_speaker.monitor"' in (microphone.trouble or "")


def stub(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Puts a module `sounddevice` of ours before the real one."""
    (folder / "sounddevice.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{Path(__file__).parents[3]}")


async def test_another_source_than_the_one_named_in_alsas_configuration_is_not_taken_for_it(
    rig: SoundRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PipeWire opens what there is when the named source is absent; PulseAudio refuses. So the name is faked here.
    patch = "import edgegw.voice.audio.pulse as pulse\npulse.asked_for = {'kiosk_mic': 'reception'}.get\n"
    (tmp_path / "sitecustomize.py").write_text(patch)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[3]}")
    async with opened() as (microphone, _):
        await until(lambda: microphone.trouble, SLOW_S)
        assert '"reception" is not there: the sound server gave us "kiosk_mic"' in (microphone.trouble or "")


@pytest.mark.parametrize(
    ("pcm", "named"),
    [("kiosk_mic", "kiosk_mic"), ("second", None), ("any", None), ("default", None), ("USB Audio: - (hw:1,0)", None)],
)
def test_what_a_pcm_leads_to_is_read_from_alsas_configuration(rig: SoundRig, pcm: str, named: str | None) -> None:
    rig.alsa("pcm.any { type pulse }\npcm.second { type hw card 0 device 1 }\n")
    code = f"from edgegw.voice.audio.pulse import asked_for; print(asked_for({pcm!r}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == str(named)


async def test_a_cancelled_task_frees_the_microphone_too(rig: SoundRig) -> None:
    microphone = Microphone(MICROPHONE)
    running = asyncio.create_task(microphone.run())
    await until(lambda: microphone.state == "live", SLOW_S)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [each for each in rig.listed("source-outputs") if "ALSA" in str(each["properties"])]


def test_a_process_that_is_killed_leaves_no_card_in_use(rig: SoundRig) -> None:
    code = (
        "import asyncio\nfrom edgegw.voice.audio.microphone import Microphone\n"
        "asyncio.run(Microphone('kiosk_mic', on_state=lambda state: print(state, flush=True)).run())"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"live\n"
        process.kill()
    deadline = time.monotonic() + SLOW_S
    while [each for each in rig.listed("source-outputs") if "ALSA" in str(each["properties"])]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_a_card_that_refuses_16_khz_is_heard_at_48_khz(
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

def RawInputStream(samplerate, **others):
    if samplerate != 48_000:
        raise PortAudioError("Invalid sample rate", -9997)
    return real.RawInputStream(samplerate=samplerate, **others)
""",
    )
    async with opened() as (microphone, _):
        await until(lambda: microphone.state == "live", SLOW_S)
        assert microphone.rate == 48_000
        spoken = speak("o cabo está travado")
        frames = await heard_whole(microphone, rig, spoken)
    assert likeness(spoken, b"".join(frame.pcm for frame in frames)) > 0.95


async def test_who_lacks_portaudio_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(tmp_path, monkeypatch, 'raise OSError("PortAudio library not found")\n')
    with pytest.raises(NoCards, match="sudo apt-get install libportaudio2"):
        await asyncio.to_thread(cards)
    stub(tmp_path, monkeypatch, 'raise ImportError("no module")\n')
    async with opened() as (microphone, _):
        await until(lambda: microphone.state == "lost", SLOW_S)
        assert "edgegw[voice]" in (microphone.trouble or "")


async def test_the_devices_are_listed_by_name(rig: SoundRig) -> None:
    there = await asyncio.to_thread(cards)
    assert MICROPHONE in there.microphones
    assert "kiosk_speaker" in there.speakers


def test_who_uses_the_microphone_does_not_load_portaudio_into_its_own_process() -> None:
    code = (
        "import sys, edgegw.voice.audio.microphone, edgegw.voice.audio.speaker;"
        "print([name for name in ('sounddevice', 'numpy', 'ctypes') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


async def test_two_kiosks_on_one_machine_hear_their_own(rig: SoundRig) -> None:
    with SoundRig() as other:
        other.play(tone(440, 10, hz=16_000))
        async with opened() as (microphone, _):
            await until(lambda: microphone.state == "live", SLOW_S)
            heard = array("h", b"".join(frame.pcm for frame in await take(microphone, 25)))
        assert max(heard) < 20
