"""How an ear listens. The figures behind the defaults are in docs/benchmarks.md (`./run bench hearing`)."""

from __future__ import annotations

from typing import Literal

from edgegw.model.value import value


@value(kw_only=True)
class EarSettings:
    """Milliseconds are counted in frames of 20 ms; levels are dB of 16-bit steps, of which 90 is the most there is."""

    echo: Literal["half_duplex", "cancelled"] = "half_duplex"
    """half_duplex: deaf while EVA speaks. cancelled: the microphone is an echo-cancelled source, so she listens on."""
    tail_ms: int = 200
    """How long after EVA's last word a half-duplex ear stays deaf: the speaker's latency and the room's echo."""

    settling_ms: int = 5_000
    """So much of EVA's speech an echo canceller hears before it takes her out. So long a cancelled ear is deaf to what
    begins while she speaks, too: once in its life, not in each conversation."""

    above_db: float = 5.0
    """How far speech stands above the room's noise in the three pitches where it does so most."""
    faintest_db: float = 30.0
    """No pitch's noise counts as less (an effective value of 31 steps): what a silent line or an echo canceller
    leaves opens nothing."""
    barge_in_db: float = 4.0
    """How much further while EVA speaks."""
    barge_in_faintest_db: float = 53.0
    """What is fainter interrupts nobody: all pitches together, an effective value of 450 steps or so. A canceller that
    loses its way for a moment leaves 200 steps of EVA for a second or two; a driver at the kiosk has 1000 and more."""
    wary_db: float = 6.0
    """How much further after a turn that ran into the cap: it was no driver, but a television or a crowd."""

    start_of: int = 7
    start_voiced: int = 5
    """Speech may have begun when 5 of the last 7 frames are voiced."""
    voiced_ms: int = 240
    """It has begun when so much of it was voiced: what is shorter was a bang or a cough."""
    answer_voiced_ms: int = 140
    """The same where a yes or no is expected: "sim" has no more."""
    barge_in_voiced_ms: int = 240
    """The same while EVA speaks: she falls silent 100 ms later."""
    lull_ms: int = 200
    """What has not begun yet is forgotten after such a silence."""
    preroll_ms: int = 300
    """What comes before the first voiced frame and goes with it: soft consonants."""
    quieter_db: float = 12.0
    """What is quieter than the turn's talker by so much does not keep the turn open: others, further away."""

    hangover_ms: int = 600
    """Silence that ends a turn."""
    answer_hangover_ms: int = 200
    """The same where a yes or no is expected."""
    patient_hangover_ms: int = 1200
    """The same when little was said yet, and after a pause that was taken for an end: in that turn and the next two."""
    brief_ms: int = 700
    """Speech that is shorter than this is little."""
    resumed_ms: int = 700
    """Who speaks again so soon after a silence ended the turn had only paused. Patience would not bridge more."""

    longest_ms: int = 12_000
    """No turn is longer, pre-roll included."""
    hold_ms: int = 300
    """A button that is released sooner was tapped, not held."""
    held_ms: int = 2_000
    """What goes to the model of a hold in which speech was found only at its end."""
    lost_ms: int = 500
    """Without a frame for so long the microphone is lost."""
