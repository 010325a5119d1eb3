"""A kiosk's sound on a machine without a sound card: a PulseAudio in a folder of its own, ended by its own pid.

    with SoundRig() as rig:            # 50 ms; any number of them at once
        rig.connect()                  # this process and its children find the rig's devices, until the rig ends
        rig.say("quanto custa?")       # espeak-ng speaks into the microphone
        with rig.recording() as heard: # what the speaker plays
            ...
        heard.pcm                      # 48 kHz mono

PortAudio finds `kiosk_mic` and `kiosk_speaker` (and the default, which is both), whose ALSA names lead to PulseAudio.
The microphone is what is played into the null sink `mic_feed`, with the faint hum that any real one has.
"""

from __future__ import annotations

import array
import contextlib
import functools
import json
import math
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pytest

MICROPHONE, SPEAKER = "kiosk_mic", "kiosk_speaker"
HEARD_HZ, PLAYED_HZ, SAID_HZ = 16_000, 48_000, 24_000
"""What `play` takes, what a recording of the speaker holds, what our Speaker takes."""

_ALSA = """\
pcm.kiosk_mic { type pulse device kiosk_mic hint.description "The kiosk's microphone" }
pcm.kiosk_speaker { type pulse device kiosk_speaker hint.description "The kiosk's speaker" }
pcm.default { type asym capture.pcm kiosk_mic playback.pcm kiosk_speaker }
ctl.default { type pulse }
"""
_VARIABLES = ("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH", "PULSE_SERVER", "ALSA_CONFIG_PATH")

_MICROPHONE_IS = f"master=mic_feed.monitor source_name={MICROPHONE} remix=no"
_SPEAKER_IS = f"sink_name={SPEAKER} rate={PLAYED_HZ} channels=1"

Noise = Literal["fan", "rain", "traffic", "pink"]


class SoundRig:
    """The server, and what happens at the kiosk. `hum=False`: digital silence at the microphone when nobody speaks."""

    def __init__(self, *, hum: bool = True) -> None:
        assert shutil.which("pulseaudio"), "no PulseAudio (Debian: apt install pulseaudio pulseaudio-utils)"
        self.folder = Path(tempfile.mkdtemp(prefix="edgegw-sound-"))
        self._hum = hum
        self._server: subprocess.Popen[bytes] | None = None
        self._others: list[subprocess.Popen[bytes]] = []
        self._modules: dict[str, str] = {}
        self._before: dict[str, str | None] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """Variables with which a process finds the rig and nothing else."""
        home = str(self.folder)
        return {
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "PULSE_RUNTIME_PATH": f"{home}/pulse",
            "PULSE_STATE_PATH": f"{home}/state",
            "PULSE_SERVER": f"unix:{home}/pulse/native",
            "ALSA_CONFIG_PATH": f"{home}/asound.conf",
        }

    # --- the server ---

    def start(self) -> None:
        """Starts it, with both devices there."""
        (self.folder / "pulse").mkdir(mode=0o700)
        self.alsa()
        self.serve()

    def alsa(self, more: str = "") -> None:
        """Writes ALSA's configuration, which PortAudio reads once in a process."""
        (self.folder / "asound.conf").write_text(_ALSA + more)

    def serve(self) -> None:
        """Starts the server alone (again, after `kill_server`)."""
        socket = self.folder / "pulse" / "native"
        socket.unlink(missing_ok=True)
        lines = [
            f"load-module module-native-protocol-unix socket={socket} auth-anonymous=1",
            f"load-module module-null-sink sink_name=mic_feed rate={HEARD_HZ} channels=1",
            f"load-module module-null-sink {_SPEAKER_IS}",
            f"load-module module-remap-source {_MICROPHONE_IS}",
        ]
        if self._hum:
            lines += ["load-module module-sine sink=mic_feed frequency=60", f"set-sink-input-volume 0 {_volume(1e-4)}"]
        script = self.folder / "script.pa"
        script.write_text("\n".join(lines) + "\n")
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-F", str(script)]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(command, env=self._env(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=self._env(), capture_output=True, check=False).returncode:
            assert self._server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "PulseAudio does not answer"
            time.sleep(0.01)
        self._modules.clear()
        self._quicken({"mic_feed": MICROPHONE, SPEAKER: f"{SPEAKER}.monitor"})

    def _quicken(self, monitors: dict[str, str]) -> None:
        # A null sink works in steps of two seconds while nobody wants to hear its monitor sooner, and ends the step
        # that it is in unless it is suspended. A real card does neither.
        for source in monitors.values():
            self._start("parec", f"--device={source}", "--latency-msec=20", "--raw")
        places = {each["name"]: each["index"] for each in self.listed("sources")}
        wanted = {places[source] for source in monitors.values()}
        deadline = time.monotonic() + 5
        while not wanted <= {each["source"] for each in self.listed("source-outputs") if each["client"]}:
            assert time.monotonic() < deadline, f"nobody hears {monitors}"
        for sink in monitors:
            self.pactl("suspend-sink", sink, "1")
            self.pactl("suspend-sink", sink, "0")

    def kill_server(self) -> None:
        """SIGKILL, as when it crashes."""
        assert self._server is not None
        self._server.kill()
        self._server.wait()
        self._server = None
        self._end_others()

    def stop(self) -> None:
        if self._before is not None:
            for name, value in self._before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            self._before = None
        if self._server is not None:
            self.kill_server()  # its farewell takes a second, and it has nothing to save
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self) -> None:
        """Puts `environ` into this process, for itself and the processes it starts, until `stop`."""
        self._before = {name: os.environ.get(name) for name in _VARIABLES}
        os.environ.update(self.environ)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _env(self) -> dict[str, str]:
        return {**os.environ, **self.environ}

    def pactl(self, *arguments: str) -> str:
        done = subprocess.run(["pactl", *arguments], env=self._env(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"pactl {' '.join(arguments)}: {done.stderr.strip()}"
        return done.stdout.strip()

    def load(self, name: str, module: str) -> None:
        """Loads a module, to be unloaded by this name."""
        self._modules[name] = self.pactl("load-module", *module.split(" "))

    def unload(self, name: str) -> None:
        self.pactl("unload-module", self._modules.pop(name))

    def _stream(self, kind: str, module: str) -> str:
        """Index of the stream that a module owns."""
        return str(next(each["index"] for each in self.listed(kind) if str(each["owner_module"]) == module))

    def listed(self, kind: str) -> list[dict[str, object]]:
        """`sources`, `source-outputs`, `sinks`, `sink-inputs` and the like, as PulseAudio tells them."""
        return list(json.loads(self.pactl("-f", "json", "list", kind)))

    def _start(
        self, *command: str, into: int = subprocess.DEVNULL, out_of: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=self._env(), stdin=out_of, stdout=into, stderr=subprocess.DEVNULL)
        self._others.append(process)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        self._others.remove(process)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _end_others(self) -> None:
        for process in list(self._others):
            self._end(process)

    # --- what happens at the kiosk ---

    def plug_microphone(self) -> None:
        self.pactl("load-module", "module-remap-source", *_MICROPHONE_IS.split(" "))
        self._quicken({"mic_feed": MICROPHONE})

    def unplug_microphone(self) -> None:
        """Its source is gone; PulseAudio moves who hears it to another one."""
        self._pull("sources", MICROPHONE)

    def plug_speaker(self) -> None:
        self.pactl("load-module", "module-null-sink", *_SPEAKER_IS.split(" "))
        self._quicken({SPEAKER: f"{SPEAKER}.monitor"})

    def unplug_speaker(self) -> None:
        """Its sink is gone; PulseAudio moves who plays to another one (here the microphone's feed)."""
        self._pull("sinks", SPEAKER)

    def _pull(self, kind: str, name: str) -> None:
        self.pactl(
            "unload-module", next(str(each["owner_module"]) for each in self.listed(kind) if each["name"] == name)
        )

    def play(self, pcm: bytes, *, hz: int = HEARD_HZ, sink: str = "mic_feed") -> subprocess.Popen[bytes]:
        """Begins to play into the microphone, or another sink: mono, 16 bit. Wait for the process to know when it has
        been played."""
        with tempfile.TemporaryFile(dir=self.folder) as file:
            file.write(pcm)
            file.seek(0)
            return self._start(
                "pacat", "--playback", f"--device={sink}", f"--rate={hz}", "--channels=1", "--format=s16le", "--raw",
                "--latency-msec=100", out_of=file.fileno(),
            )  # fmt: skip

    def say(self, text: str, *, wait: bool = True) -> subprocess.Popen[bytes]:
        """Somebody speaks at the kiosk."""
        process = self.play(speak(text))
        if wait:
            process.wait(timeout=60)
        return process

    @contextlib.contextmanager
    def noisy(self, pcm: bytes) -> Iterator[None]:
        """Plays this into the microphone over and over."""
        times = max(1, 120 * HEARD_HZ * 2 // len(pcm))
        process = self.play(pcm * times)
        try:
            yield
        finally:
            self._end(process)

    @contextlib.contextmanager
    def recording(self, source: str = f"{SPEAKER}.monitor", *, hz: int = PLAYED_HZ) -> Iterator[Recording]:
        """What the speaker plays, or any other source gives, from now to the end of the block."""
        recording = Recording(self._listen(source, hz), hz)
        try:
            yield recording
        finally:
            recording.end()
            self._end(recording.process)

    def _listen(self, source: str, hz: int) -> subprocess.Popen[bytes]:
        return self._start(
            "parec", f"--device={source}", f"--rate={hz}", "--channels=1", "--format=s16le", "--raw",
            "--latency-msec=10", into=subprocess.PIPE,
        )  # fmt: skip

    def echo(self, *, gain: float = 0.4, latency_ms: int = 40) -> None:
        """From now on the microphone hears the speaker. `gain` is of the amplitude."""
        self.load("echo", f"module-loopback source={SPEAKER}.monitor sink=mic_feed latency_msec={latency_ms}")
        self.pactl("set-sink-input-volume", self._stream("sink-inputs", self._modules["echo"]), str(_volume(gain)))


def _volume(gain: float) -> int:
    """PulseAudio's volumes are cubic."""
    return round(65536 * gain ** (1 / 3))


class Recording:
    """Sound as it comes, with the time of its arrival."""

    def __init__(self, process: subprocess.Popen[bytes], hz: int = PLAYED_HZ) -> None:
        self.process = process
        self.hz = hz
        self.pieces: list[tuple[float, bytes]] = []
        """When each piece had arrived (time.monotonic()), and its samples: of `hz`, mono, 16 bit."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 5
        while not self.pieces:
            assert time.monotonic() < deadline, "nothing comes from the monitor"
            time.sleep(0.005)

    def _read(self) -> None:
        assert self.process.stdout is not None
        odd = b""
        while data := os.read(self.process.stdout.fileno(), 1 << 16):
            data = odd + data
            odd = data[len(data) & ~1 :]
            self.pieces.append((time.monotonic(), data[: len(data) & ~1]))

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._thread.join(5)

    @property
    def pcm(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)

    def sounding(self, *, above: int = 200) -> list[tuple[float, float]]:
        """From when to when there was sound (time.monotonic()), to 10 ms; pauses under 30 ms belong to it."""
        found: list[tuple[float, float]] = []
        step = self.hz // 100
        for at, piece in self.pieces:
            samples = array.array("h", piece)
            for start in range(0, len(samples), step):
                part = samples[start : start + step]
                if max(part) > above or min(part) < -above:
                    begin = at - (len(samples) - start) / self.hz
                    end = begin + len(part) / self.hz
                    if found and begin - found[-1][1] < 0.030:
                        found[-1] = (found[-1][0], end)
                    else:
                        found.append((begin, end))
        return found


@functools.cache
def speak(text: str, *, voice: str = "pt-br", hz: int = HEARD_HZ) -> bytes:
    """What espeak-ng says, as `hz` mono 16 bit. Made once for a process."""
    with tempfile.TemporaryDirectory(prefix="edgegw-speak-") as folder:
        spoken, wanted = Path(folder, "spoken.wav"), Path(folder, "wanted.wav")
        subprocess.run(["espeak-ng", "-v", voice, "-w", spoken, text], check=True, capture_output=True)
        subprocess.run(
            ["sox", "-R", spoken, "-r", str(hz), "-c", "1", "-b", "16", wanted], check=True, capture_output=True
        )
        with wave.open(str(wanted)) as file:
            return file.readframes(file.getnframes())


def rms(pcm: bytes) -> float:
    """Root mean square of 16 bit samples."""
    samples = array.array("h", pcm)
    return math.sqrt(sum(value * value for value in samples) / len(samples)) if samples else 0.0


def tone(frequency_hz: float, seconds: float, *, hz: int = SAID_HZ, loud: int = 8000) -> bytes:
    """A sine."""
    step = 2 * math.pi * frequency_hz / hz
    return array.array("h", (round(loud * math.sin(step * at)) for at in range(round(seconds * hz)))).tobytes()


@functools.cache
def noise(kind: Noise, seconds: float, *, seed: int = 1, hz: int = HEARD_HZ) -> bytes:
    """Ten thousandths of full loudness of a charger's fan (120 Hz and its harmonics), rain, traffic, or pink noise.

    The same for the same seed. Its root mean square is 1000; see `mixed`.
    """
    draw = random.Random(f"{kind} {seed}")
    count = round(seconds * hz)
    white = [draw.uniform(-1, 1) for _ in range(count)]
    if kind == "pink":
        values = _pink(white)
    elif kind == "rain":  # hiss that rises with frequency, and drops
        values = [now - 0.7 * before for before, now in zip([0.0, *white[:-1]], white, strict=True)]
        for _ in range(round(seconds * 40)):
            at, loud = draw.randrange(count), draw.uniform(1, 5)
            for after in range(min(hz // 200, count - at)):
                values[at + after] += loud * draw.uniform(-1, 1) * (1 - after * 200 / hz)
    elif kind == "traffic":  # a low rumble that swells and fades as cars pass
        low = slow = 0.0
        values = []
        for at, value in enumerate(white):
            low += 0.03 * (value - low)
            slow += 0.25 * (value - slow)
            swell = 0.55 + 0.45 * math.sin(2 * math.pi * at / hz / 3.7) * math.sin(2 * math.pi * at / hz / 1.3)
            values.append(swell * (low * 6 + 0.15 * slow))
    else:
        phases = [draw.uniform(0, 2 * math.pi) for _ in range(12)]
        step = 2 * math.pi * 120 / hz
        values = [0.3 * hiss for hiss in _pink(white)]
        for number, phase in enumerate(phases, 1):
            values = [value + math.sin(step * number * at + phase) / number for at, value in enumerate(values)]
    scale = 1000 / math.sqrt(sum(value * value for value in values) / count)
    return _clipped([value * scale for value in values])


def mixed(speech: bytes, under: bytes, snr_db: float) -> bytes:
    """Speech over noise, so many decibels louder (RMS of each, of the speech where there is any). The noise repeats."""
    voiced = array.array("h", speech)
    block = HEARD_HZ // 50
    loud = [each for at in range(0, len(voiced), block) if rms((each := voiced[at : at + block]).tobytes()) > 100]
    level = rms(b"".join(each.tobytes() for each in loud))
    scale = level / 10 ** (snr_db / 20) / rms(under)
    behind = array.array("h", under)
    return _clipped([value + scale * behind[at % len(behind)] for at, value in enumerate(voiced)])


def _pink(white: list[float]) -> list[float]:
    """White noise through Paul Kellet's three poles: 3 dB less an octave, to half a decibel."""
    first = second = third = 0.0
    values = []
    for value in white:
        first = 0.99765 * first + value * 0.0990460
        second = 0.96300 * second + value * 0.2965164
        third = 0.57000 * third + value * 1.0526913
        values.append(first + second + third + value * 0.1848)
    return values


def _clipped(values: list[float]) -> bytes:
    return array.array("h", (max(-32768, min(32767, round(value))) for value in values)).tobytes()


@pytest.fixture
def rig() -> Iterator[SoundRig]:
    """A kiosk's sound for one test, to which this process and its children are connected."""
    with SoundRig() as made:
        made.connect()
        yield made
