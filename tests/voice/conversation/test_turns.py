"""Waking, speaking, being answered, and every end that a conversation can take."""

from __future__ import annotations

import pytest

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from tests.voice.conversation.talk import SECOND, Talk, kinds


def test_the_button_begins_a_dialogue_with_a_sign_at_once_and_the_ear_open() -> None:
    talk = Talk()
    found = talk.tell(on.Woken("button"))
    assert kinds(found) == ["OpenDialogue", "Chime", "Listen", "OpenLine", "Press"]
    assert found[-1] == do.Show("listening", True, "d1")


def test_what_is_said_before_the_model_listens_is_sent_when_it_does_and_in_order() -> None:
    talk = Talk()
    talk.tell(on.Woken("button"))
    found = talk.tell(on.SpeechBegan(b"a"), on.SpeechFrame(b"b"), on.SpeechEnded("button"))
    assert not {"StartActivity", "SendAudio", "EndActivity"} & set(kinds(found))
    assert talk.tell(on.LineReady())[:4] == [
        do.StartActivity(), do.SendAudio(b"a"), do.SendAudio(b"b"), do.EndActivity(),
    ]  # fmt: skip


def test_of_speech_before_the_model_listens_the_last_five_seconds_are_kept() -> None:
    talk = Talk()
    talk.tell(on.Woken("button"), on.SpeechBegan(b"x" * 64000))
    for _ in range(250):
        talk.tell(on.SpeechFrame(b"y" * 640))
    sent = [action.pcm for action in talk.tell(on.LineReady()) if isinstance(action, do.SendAudio)]
    assert sum(map(len, sent)) == 160_000
    assert b"x" not in b"".join(sent)


def test_a_turn_goes_up_is_answered_and_the_driver_has_the_word_again() -> None:
    talk = Talk()
    talk.open()
    assert kinds(talk.speak()) == ["StartActivity", "SendAudio", "SendAudio", "Chime", "EndActivity"]
    assert talk.phase == "thinking"
    talk.later(0.8)
    assert talk.tell(on.Sounded(SECOND))[0] == do.Play(SECOND)
    assert talk.phase == "speaking"
    talk.tell(on.ReplyEnded())
    assert talk.phase == "speaking"  # it is still being heard
    talk.later(1.0)
    talk.tell(on.Drained())
    assert talk.phase == "listening"
    (interaction,) = talk.of(do.Interaction)
    assert interaction == do.Interaction("d1", "talk", None, None, "answered", "pt-BR", 800)


def test_latency_counts_from_the_last_word_and_not_from_the_end_of_the_hang_over() -> None:
    talk = Talk()
    talk.open()
    talk.tell(on.SpeechBegan(b""), on.SpeechEnded("silence", 800, quiet_ms=600))
    talk.later(0.3)
    talk.reply()
    assert talk.of(do.Interaction)[0].latency_ms == 900


def test_barge_in_is_silence_first_then_the_models_ear_and_the_rest_of_the_reply_is_not_played() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.tell(on.Sounded(SECOND))
    found = talk.tell(on.SpeechBegan(b"pre"))
    assert kinds(found)[:1] == ["Flush"]
    assert kinds(found)[-2:] == ["StartActivity", "SendAudio"]
    assert do.Play(b"late") not in talk.tell(on.Sounded(b"late"), on.Interrupted(), on.Sounded(b"late"))
    talk.tell(on.SpeechEnded("silence", 500))
    assert do.Play(b"new") in talk.tell(on.Sounded(b"new"))
    assert talk.of(do.Interaction)[0].outcome == "interrupted"


def test_a_hand_on_the_button_silences_eva_before_a_word_is_said() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.tell(on.Sounded(SECOND))
    assert kinds(talk.tell(on.Woken("button"))) == ["Flush", "Press"]
    assert kinds(talk.tell(on.Sounded(b"late"))) == []
    assert kinds(talk.tell(on.Released())) == ["Release"]


def test_an_interruption_that_nobody_made_changes_nothing() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.tell(on.Sounded(SECOND))
    assert talk.tell(*[on.Interrupted()] * 10) == []
    assert do.Play(SECOND) in talk.tell(on.Sounded(SECOND))


def test_a_pause_within_a_turn_is_the_same_turn() -> None:
    talk = Talk()
    talk.open()
    talk.tell(on.SpeechBegan(b"a"), on.SpeechEnded("silence", 300))
    talk.later(0.3)
    talk.tell(on.SpeechBegan(b"b", resumed=True), on.SpeechEnded("silence", 900))
    talk.reply()
    assert len(talk.of(do.Interaction)) == 1


def test_after_a_goodbye_the_reply_is_heard_and_the_line_is_closed() -> None:
    talk = Talk()
    talk.open()
    talk.speak("obrigado, tchau")
    talk.tell(on.Sounded(SECOND), on.ReplyEnded())
    assert talk.phase == "speaking"
    talk.later(1.0)
    found = talk.tell(on.Drained())
    assert kinds(found) == ["Interaction", "Listen", "CloseLine", "CloseDialogue"]
    assert talk.phase == "idle"


def test_a_goodbye_that_goes_on_is_none() -> None:
    talk = Talk()
    talk.open()
    talk.speak("tchau")
    talk.tell(on.Sounded(SECOND))
    talk.tell(on.SpeechBegan(b"mas espera"), on.SpeechEnded("silence", 700))
    talk.reply()
    assert talk.phase == "listening"


def test_who_says_nothing_is_taken_leave_of_after_eighteen_seconds() -> None:
    talk = Talk()
    talk.open()
    talk.later(17.9)
    assert talk.phase == "listening"
    found = talk.later(0.2)
    assert [action.name for action in found if isinstance(action, do.Prompt)] == ["goodbye"]
    assert {"CloseLine", "CloseDialogue"} <= set(kinds(found))
    assert do.Listen(False) in found
    talk.tell(on.Drained())
    assert talk.phase == "idle"


def test_a_dialogue_ends_after_three_minutes_and_may_finish_its_sentence() -> None:
    talk = Talk()
    talk.open()
    while talk.now < 1000 + 175:
        talk.speak()
        talk.reply()
    talk.speak(seconds=0.5)
    talk.tell(on.Sounded(SECOND * 9))
    talk.later(1180.5 - talk.now)
    assert talk.phase == "speaking"
    found = talk.later(8.0)
    assert [action.name for action in found if isinstance(action, do.Prompt)] == ["time_up"]


def test_one_driver_is_one_dialogue_and_one_session_of_the_model() -> None:
    talk = Talk()
    for _ in range(2):
        talk.open()
        talk.speak("tchau")
        talk.reply()
    assert [action.dialogue for action in talk.of(do.OpenDialogue)] == ["d1", "d2"]
    assert len(talk.of(do.OpenLine)) == len(talk.of(do.CloseLine)) == 2


def test_speech_alone_wakes_her_only_where_the_installer_wants_so() -> None:
    talk = Talk()
    assert talk.tell(on.SpeechBegan(b"pre")) == []
    talk = Talk(start_with="always")
    found = talk.tell(on.SpeechBegan(b"pre"), on.LineReady())
    assert "OpenLine" in kinds(found)
    assert do.SendAudio(b"pre") in found
    talk.tell(on.SpeechEnded("silence", 500), on.Understood("tchau"))
    assert do.Listen(True) in talk.reply()  # the ear stays open


def test_the_language_of_the_driver_is_what_prompts_and_records_are_in() -> None:
    talk = Talk()
    talk.open()
    talk.speak("how much does it cost to charge here please")
    talk.reply()
    found = talk.later(20)
    assert do.Prompt("goodbye", "en") in found
    assert [each.language for each in talk.of(do.OpenDialogue)] == ["pt-BR", "en"]
    assert talk.of(do.Interaction)[0].language == "en"


def test_transcripts_are_only_in_the_record_when_they_are_switched_on_and_masked_then() -> None:
    for switched_on in (False, True):
        talk = Talk(transcripts=switched_on)
        talk.open()
        talk.speak("minha placa é ABC1D23 e quanto custa")
        talk.reply("Custa dois reais.")
        transcript = talk.of(do.Interaction)[0].transcript
        assert transcript == ("minha placa é *** e quanto custa\nCusta dois reais." if switched_on else None)


def test_the_screen_is_told_of_each_change_and_whether_the_microphone_is_listened_to() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.reply("Dois reais.")
    talk.tell(on.SpeechBegan(b""))
    shown = [(show.state, show.microphone_live) for show in talk.of(do.Show)]
    assert shown[0] == ("idle", False)
    assert ("thinking", True) in shown
    assert ("speaking", True) in shown
    assert talk.of(do.Show)[-1].state == "listening"
    assert "Dois reais." in [show.caption for show in talk.of(do.Show)]


def test_told_to_end_she_ends_in_the_middle_of_a_word() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.tell(on.Sounded(SECOND))
    found = talk.tell(on.Leaving())
    assert {"Flush", "CloseLine", "CloseDialogue"} <= set(kinds(found))
    assert found[-1] == do.Show("off", False)
    assert talk.tell(on.Woken("button")) == []


@pytest.mark.parametrize("by", ["button", "tap"])
def test_a_lost_microphone_is_told_to_whoever_comes(by: on.Waker) -> None:
    talk = Talk()
    assert talk.tell(on.MicrophoneChanged(False))[-1] == do.Show("mic_lost", False)
    found = talk.tell(on.Woken(by))
    assert do.Prompt("mic_lost", "pt-BR") in found
    assert "OpenDialogue" not in kinds(found)
    assert "CloseDialogue" not in kinds(found)


def test_a_microphone_that_is_lost_within_a_dialogue_ends_it_in_words() -> None:
    talk = Talk()
    talk.open()
    assert do.Prompt("mic_lost", "pt-BR") in talk.tell(on.MicrophoneChanged(False))
