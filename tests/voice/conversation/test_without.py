"""Without the cloud, without the hub, without a budget: it is said, and soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.voice.conversation import Limits
from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from tests.voice.conversation.talk import LABELS, SECOND, Talk, kinds

TROUBLES: tuple[on.Trouble, ...] = ("cloud_down", "key_missing", "budget_spent")


def prompts(actions: list[do.Action]) -> list[str]:
    return [action.name for action in actions if isinstance(action, do.Prompt)]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_that_is_known_is_told_at_once_and_shown_before(trouble: on.Trouble) -> None:
    talk = Talk()
    assert talk.tell(on.Standing(trouble))[-1] == do.Show(trouble, False)
    found = talk.tell(on.Woken("button"))
    assert prompts(found) == [trouble]
    assert "OpenLine" not in kinds(found)
    talk.tell(on.Drained())
    assert talk.of(do.Show)[-1].state == trouble
    assert talk.of(do.Interaction)[0].outcome == trouble


def test_a_model_that_does_not_answer_is_told_of_within_three_seconds() -> None:
    talk = Talk()
    talk.tell(on.Woken("button"), on.Opened("d1"))
    assert prompts(talk.later(2.9)) == ["cloud_down"]


def test_a_line_that_is_lost_for_good_within_a_dialogue_is_told_of() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.tell(on.Sounded(SECOND))
    found = talk.tell(on.LineLost("cloud_down"))
    assert kinds(found)[0] == "CloseLine"
    assert "Flush" in kinds(found)
    assert prompts(found) == ["cloud_down"]
    assert talk.tell(on.LineLost("cloud_down")) == []


def test_a_budget_that_ends_within_a_dialogue_ends_it_in_words() -> None:
    talk = Talk()
    talk.open()
    assert prompts(talk.tell(on.Standing("budget_spent"))) == ["budget_spent"]


def test_a_model_that_says_nothing_twice_is_given_up_on() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    assert prompts(talk.later(12.1)) == ["not_understood"]
    talk.tell(on.Drained())
    talk.speak()
    assert prompts(talk.later(12.1)) == ["cloud_down"]


def test_the_lines_word_that_no_answer_comes_is_passed_on() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    assert do.Chime("thinking") in talk.tell(on.Stalled())
    assert prompts(talk.tell(on.Unanswered())) == ["not_understood"]
    talk.tell(on.Drained())
    assert talk.phase == "listening"


def test_a_reply_that_breaks_off_does_not_leave_silence() -> None:
    talk = Talk()
    talk.open()
    talk.speak()
    talk.tell(on.Sounded(SECOND))
    talk.later(1)
    talk.tell(on.Drained())  # and no end of the reply
    assert talk.phase == "thinking"
    assert prompts(talk.later(13)) == ["not_understood"]


def test_without_the_hub_there_is_no_dialogue_and_that_is_told() -> None:
    talk = Talk(hub=False)
    found = talk.tell(on.Woken("button"))
    assert prompts(found) == ["hub_away"]
    assert "OpenDialogue" not in kinds(found)


def test_a_hub_that_goes_away_within_a_dialogue_or_never_opens_one_is_told_of() -> None:
    talk = Talk()
    talk.open()
    assert prompts(talk.tell(on.HubWent())) == ["hub_away"]
    talk = Talk()
    talk.tell(on.Woken("button"), on.LineReady())
    assert prompts(talk.later(2.1)) == ["hub_away"]


def test_a_refusal_of_the_hub_is_said_in_its_words() -> None:
    talk = Talk()
    talk.tell(on.Woken("button"))
    found = talk.tell(on.Refused("d1", "too_many", "Muitas conversas nesta hora."))
    assert do.Say("Muitas conversas nesta hora.", "pt-BR") in found
    assert "CloseDialogue" not in kinds(found)


def test_people_who_only_talk_beside_her_are_not_told_of_the_trouble_all_day() -> None:
    talk = Talk(start_with="always")
    talk.tell(on.Standing("cloud_down"))
    assert prompts(talk.tell(on.SpeechBegan(b""))) == ["cloud_down"]
    talk.tell(on.Drained(), on.SpeechEnded("silence"))
    talk.later(30)
    assert talk.tell(on.SpeechBegan(b"")) == []
    talk.later(40)
    assert prompts(talk.tell(on.SpeechBegan(b""))) == ["cloud_down"]


def local() -> Talk:
    talk = Talk(recognizer=True)
    talk.tell(on.Standing("cloud_down"))
    assert prompts(talk.tell(on.Woken("button"), on.Released(), on.Opened("d1"))) == ["simple_requests"]
    talk.tell(on.Drained())
    return talk


def test_with_a_recognizer_the_same_wishes_go_to_the_same_hub_and_its_answer_is_said_aloud() -> None:
    talk = local()
    found = talk.tell(on.SpeechBegan(b"ab"), on.SpeechFrame(b"cd"), on.SpeechEnded("silence", 900))
    assert do.Recognize(b"abcd") in found
    (wish,) = [
        each for each in talk.tell(on.Recognized("começa a recarga na vaga dois")) if isinstance(each, do.Propose)
    ]
    assert (wish.tool, wish.args) == ("start_charge", {"station": "CP02"})
    found = talk.tell(on.Answered("d1", wish.call_id, "needs_proof", "Aproxime o cartão."))
    assert do.Say("Aproxime o cartão.", "pt-BR") in found
    assert "Return" not in kinds(found)
    talk.tell(on.Drained())
    assert do.Say("Cartão lido.", "pt-BR") in talk.tell(on.Happened("proof", "d1", say="Cartão lido."))


def test_what_the_grammar_does_not_know_is_not_understood_and_a_goodbye_is() -> None:
    talk = local()
    talk.tell(on.SpeechBegan(b"ab"), on.SpeechEnded("silence", 900))
    assert prompts(talk.tell(on.Recognized(""))) == ["not_understood"]
    talk.tell(on.Drained())
    talk.tell(on.SpeechBegan(b"ab"), on.SpeechEnded("silence", 900))
    assert prompts(talk.tell(on.Recognized("tchau"))) == ["goodbye"]


def test_a_line_that_is_lost_while_the_hub_is_asked_leaves_its_answer_to_the_local_voice() -> None:
    talk = Talk(recognizer=True)
    talk.open()
    talk.speak()
    talk.tell(on.Called("c1", "prices", {}), on.LineLost("cloud_down"))
    assert do.Say("Dois reais.", "pt-BR") in talk.tell(on.Answered("d1", "c1", "allowed", "Dois reais."))


def test_what_is_typed_needs_no_microphone_no_cloud_and_no_recognizer() -> None:
    talk = Talk(channel="text")
    talk.tell(on.MicrophoneChanged(False), on.Standing("key_missing"))
    found = talk.tell(on.Typed("quanto custa?"))
    assert do.OpenDialogue("d1", "text", "pt-BR") in found
    assert [(each.tool, each.args) for each in found if isinstance(each, do.Propose)] == [("prices", {})]
    assert not talk.of(do.Listen) or talk.of(do.Listen) == []


def test_what_is_typed_goes_to_the_model_when_there_is_one() -> None:
    talk = Talk(channel="text")
    talk.tell(on.Typed("quanto custa?"))
    assert do.Tell("quanto custa?") in talk.tell(on.LineReady())


EVENTS = st.sampled_from([
    on.Woken("button"), on.Released(), on.SpeechBegan(b"a"), on.SpeechFrame(b"b"), on.SpeechEnded("silence", 500),
    on.HubCame(LABELS), on.HubWent(), on.Opened("d1"), on.Refused("d1", "x", ""), on.LineReady(),
    on.LineLost("cloud_down"), on.Sounded(SECOND), on.Understood("quanto custa"), on.Understood("tchau"),
    on.Worded("Dois."), on.Called("c1", "prices", {}), on.Called("c2", "start_charge", {"station": "CP01"}),
    on.CallsCancelled(("c1",)), on.Stalled(), on.Unanswered(), on.Interrupted(), on.ReplyEnded(), on.Drained(),
    on.Answered("d1", "c1", "allowed", "Sim."), on.Answered("d1", "c2", "needs_confirmation", "Toque.", action="a1"),
    on.Happened("proof", None, say="Lido."), on.Happened("confirmed", "d1", "a1"),
    on.Happened("outcome", "d1", "a1", say="Feito."), on.Happened("expired", "d1", "a1", say="Acabou."),
    on.Happened("closed", "d1"), on.MicrophoneChanged(False), on.MicrophoneChanged(True), on.Standing("cloud_down"),
    on.Standing(None), on.Recognized("quanto custa"), on.Typed("quanto custa"),
])  # fmt: skip


@given(
    st.lists(st.tuples(EVENTS, st.floats(0, 20)), max_size=40),
    st.booleans(),
    st.sampled_from(["button", "always"]),
    st.sampled_from(["voice", "text"]),
)
def test_whatever_happens_a_conversation_ends_and_its_last_word_is_heard(
    story: list[tuple[on.Event, float]], recognizer: bool, start_with: str, channel: str
) -> None:
    talk = Talk(recognizer=recognizer, start_with=start_with, channel=channel)
    for event, seconds in story:
        talk.tell(event)
        talk.later(seconds)
        assert talk.phase == "idle" or talk.conversation.due is not None  # every wait has an end
    limits = Limits()
    talk.later(limits.dialogue + limits.grace + 2 * limits.ending + 60)
    assert talk.phase == "idle"
    opened, closed = len(talk.of(do.OpenLine)), len(talk.of(do.CloseLine))
    assert opened == closed
    # Nobody was left without a word: what was opened ended with one, or by the driver's own goodbye.
    ends = [index for index, action in enumerate(talk.done) if isinstance(action, do.CloseLine)]
    for index in ends:
        behind = talk.done[index : index + 4]
        said = any(isinstance(each, do.Prompt | do.Say) for each in behind)
        parted = any(isinstance(each, on.Understood) for each, _ in story)
        assert said or parted
