"""Every complaint about live voice in the field that a line can do something about, played again (`scenarios/`)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from edgegw.model.value import changed
from edgegw.simulate.live import LiveServer, read
from edgegw.voice.live import Degraded, HangUp, Limits, Line, Stalled, Unanswered
from edgegw.voice.live.liveness import State
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.session import Audio, Closed, Interrupted, OutputText, Ready, ToolCall, ToolCancelled
from tests.voice.live.conftest import SCENARIOS, Serve
from tests.voice.live.talk import BRIEF, SETUP, Driver, dialogue, gemini

SLACK_S = 1.0
"""Of a machine that others use too."""

BACK_S = 1.0 + SLACK_S
"""From a lost connection to a session that listens: a second, where nobody else works."""


def heard(server: LiveServer, number: int = -1) -> list[bytes]:
    return server.record.connections[number].utterances


@pytest.mark.parametrize("name", sorted(path.stem for path in SCENARIOS.glob("*.yaml")))
def test_each_scenario_says_what_it_is_for(name: str) -> None:
    scenario = read(SCENARIOS / f"{name}.yaml")
    assert scenario.about
    assert scenario.complaint


async def test_01_an_interrupted_answer_is_over_at_once(serve: Serve) -> None:
    async with serve("01-interruption") as server, dialogue(server) as driver:
        await driver.say()
        await driver.until(Audio, 3)
        began = time.monotonic()
        said = await driver.say(600, mark=100, pace=1)
        await driver.until(Interrupted)
        await driver.answered()
        assert driver.at(Interrupted) - began < SLACK_S
        late = [event for at, event in driver.events if isinstance(event, Audio) and at > began]
        assert sum(len(event.pcm) for event in late) == 9600  # the second answer, and nothing of the first
        assert heard(server)[-1] == said
        assert server.record.violations == []


async def test_02_interruptions_that_nobody_made_do_not_cut_an_answer(serve: Serve) -> None:
    async with serve("02-phantom-interruptions") as server, dialogue(server) as driver:
        await driver.say()
        assert (await driver.answered()).audio_bytes == 2 * 9600
        assert driver.got(Interrupted) == []
        assert driver.line.counters["phantom_interruptions"] == 12
        assert server.record.last.texts == []


async def test_05_after_a_resumption_it_hears_again(serve: Serve) -> None:
    async with serve("05-deaf-after-resumption") as server, dialogue(server) as driver:
        await driver.say()
        await driver.answered()
        ready = await driver.until(Ready, 2)
        assert ready.resumed
        assert ready.gap_s < BACK_S
        said = await driver.say(mark=50)
        await driver.answered(2)
        assert heard(server) == [said]
        first, second = server.record.connections
        assert second.setup["sessionResumption"] == {"handle": "h1"}
        assert first.closed_at is not None
        assert first.closed_at <= second.opened_at + 0.05  # the old socket goes first
        assert server.record.violations == []


async def test_06_of_a_driver_who_is_cut_off_in_mid_word_every_word_arrives(serve: Serve) -> None:
    async with serve("06-forced-disconnect") as server, dialogue(server) as driver:
        said = await driver.say(1600, pace=2)
        await driver.answered()
        assert (await driver.until(Ready, 2)).gap_s < BACK_S
        assert heard(server) == [said]
        assert driver.line.counters["dropped_audio_s"] == 0
        assert server.record.violations == []


async def test_06_a_turn_is_finished_before_the_line_changes_over(serve: Serve) -> None:
    async with serve("06-go-away-in-mid-sentence") as server, dialogue(server) as driver:
        said = await driver.say(600, pace=2)
        await driver.answered()
        assert heard(server, 0) == [said]
        assert (await driver.until(Ready, 2)).gap_s < BACK_S
        assert server.record.last.setup["sessionResumption"] == {"handle": "h2"}  # the one behind the turn
        await driver.say()
        await driver.answered(2)
        assert server.record.violations == []


async def test_06_goaway_cannot_wait_for_a_driver_who_talks_on(serve: Serve) -> None:
    async with serve("06-go-away-ignored-by-the-driver") as server, dialogue(server) as driver:
        said = await driver.say(2000, pace=1)
        await driver.answered()
        first, second = server.record.connections
        assert first.code == 1000  # hung up by us, not cut
        assert second.utterances == [said]
        assert (await driver.until(Ready, 2)).gap_s < BACK_S


async def test_07_a_stall_in_mid_sentence_is_heard_of_and_nudged(serve: Serve) -> None:
    async with serve("07-stall-in-mid-sentence") as server, dialogue(server, patience=BRIEF) as driver:
        await driver.say()
        await driver.answered()
        assert len(driver.got(Stalled)) == 1
        assert 0.48 < driver.at(Stalled) - driver.at(Audio) < 0.5 + SLACK_S  # the sound that came has been played
        assert [event.text for event in driver.got(OutputText)] == ["Custa", "Dois reais."]
        assert driver.got(Interrupted) == []
        assert len(server.record.last.texts) == 1


async def test_08_a_session_that_a_phantom_has_wedged_is_replaced(serve: Serve) -> None:
    async with serve("08-phantom-wedges-session") as server, dialogue(server, patience=BRIEF) as driver:
        await driver.say()
        await driver.answered()
        said = await driver.say(mark=70)
        ended = time.monotonic()
        await driver.answered(2)
        assert driver.at(Ready, 1) - ended < 0.8 + BACK_S
        first, second = server.record.connections
        assert len(first.texts) == 1  # the nudge
        assert second.setup["sessionResumption"] == {}  # no memory of what went wrong
        assert second.utterances == [said]
        assert second.texts[0].splitlines()[1:] == ['driver: "quanto custa?"', 'you: "Custa dois reais."']
        assert second.frames[0][1] == "context"


async def test_09_a_turn_without_a_sound_is_asked_for_again(serve: Serve) -> None:
    async with serve("09-turn-without-audio") as server, dialogue(server) as driver:
        await driver.say()
        assert (await driver.answered()).audio_bytes == 9600
        assert len(server.record.last.texts) == 1
        assert driver.got(Unanswered) == []


async def test_09_when_nothing_helps_the_driver_is_told_and_may_try_again(serve: Serve) -> None:
    async with serve("09-never-any-audio") as server, dialogue(server, patience=BRIEF) as driver:
        await driver.say()
        await driver.until(Unanswered)
        said = await driver.say(mark=9)
        await driver.answered(2)
        assert heard(server)[-1] == said
        assert driver.line.counters["sessions"] == 1


async def test_09_two_silent_sessions_are_enough(serve: Serve) -> None:
    async with serve("09-silent-stall") as server, dialogue(server, patience=BRIEF) as driver:
        said = await driver.say()
        ended = time.monotonic()
        await driver.until(Unanswered)
        assert 0.35 < driver.at(Stalled) - ended < 0.4 + SLACK_S
        assert 0.75 < driver.at(Ready, 1) - ended < 0.8 + SLACK_S
        assert 1.55 < driver.at(Unanswered) - ended < 1.6 + 2 * SLACK_S
        assert [each.utterances for each in server.record.connections] == [[said], [said]]


async def test_10_late_pongs_do_not_end_a_good_session(serve: Serve) -> None:
    # The product's figures, a sixtieth of the time: pings each 20 s, 60 s of patience, pongs of up to 30 s.
    socket = {"ping_interval": 0.33, "ping_timeout": 2.0, "open_timeout": 3, "close_timeout": 0.5}
    async with serve("10-late-pongs") as server, dialogue(server, socket=socket) as driver:
        await driver.say()
        await driver.answered()
        await asyncio.sleep(1.2)
        await driver.say()
        await driver.answered(2)
        assert len(server.record.connections) == 1


async def test_10_a_servers_keepalive_timeout_is_mended(serve: Serve) -> None:
    async with serve("10-keepalive-timeout") as server, dialogue(server) as driver:
        await driver.say()
        await driver.answered()
        ready = await driver.until(Ready, 2)
        assert ready.resumed
        assert ready.gap_s < BACK_S
        await driver.say()
        await driver.answered(2)
        assert server.record.last.texts == []  # nothing was under way, so nothing is asked for
        assert server.record.violations == []


async def test_11_what_is_said_while_a_call_pends_waits_for_its_result(serve: Serve) -> None:
    async with serve("11-audio-while-a-call-pends") as server, dialogue(server, answers=lambda call: None) as driver:
        await driver.say()
        call = await driver.until(ToolCall)
        said = await driver.say(400, mark=40, pace=1)
        assert len(heard(server)) == 1  # nothing is sent
        await driver.line.tool_result(call.id, call.name, {"result": "started"})
        await server.until(lambda: len(heard(server)) == 2)
        await driver.answered()
        assert heard(server)[1] == said
        assert server.record.last.at("result") < server.record.last.at("start", 1)
        assert server.record.violations == []
        assert len(server.record.connections) == 1


async def test_11_a_tool_works_once_however_often_it_is_called(serve: Serve) -> None:
    worked: list[str] = []

    def work(call: ToolCall) -> dict[str, Any]:
        worked.append(call.name)
        return {"result": call.name}

    async with serve("11-repeated-calls") as server, dialogue(server, answers=work) as driver:
        await driver.say()
        await driver.answered()
        assert worked == ["start_charge", "prices"]
        results = server.record.last.results
        assert results == {"c4": {"result": "prices"}, **{id: {"result": "start_charge"} for id in ("c1", "c2", "c3")}}
        assert driver.line.counters["repeated_calls"] == 3


async def test_11_a_call_that_a_resumed_session_has_forgotten_is_not_carried_out_again(serve: Serve) -> None:
    async with serve("11-forgotten-call") as server, dialogue(server, answers=lambda call: None) as driver:
        await driver.say()
        call = await driver.until(ToolCall)
        await server.until(lambda: len(server.record.connections) == 2 and len(server.record.last.sent) >= 2)
        await asyncio.sleep(0.05)
        await driver.line.tool_result(call.id, call.name, {"result": "started"})
        await driver.answered()
        assert len(driver.got(ToolCall)) == 1
        assert server.record.last.results == {"n1": {"result": "started"}}
        assert server.record.violations == []


async def test_12_a_call_behind_the_turns_end_is_carried_out(serve: Serve) -> None:
    async with serve("12-call-behind-the-turns-end") as server, dialogue(server) as driver:
        await driver.say()
        await driver.answered(2)
        assert server.record.last.results == {"c1": {"result": "ok"}}
        assert [event.text for event in driver.got(OutputText)] == ["Um instante.", "Custa dois reais."]
        assert server.record.last.texts == []  # the end that was none was not taken for an empty turn


async def test_13_a_model_that_an_interruption_has_silenced_is_nudged(serve: Serve) -> None:
    async with serve("13-hang-after-interruption") as server, dialogue(server, patience=BRIEF) as driver:
        await driver.say()
        await driver.until(Audio, 3)
        await driver.say(300, pace=1)
        await driver.answered()
        assert len(driver.got(Stalled)) == 1
        assert driver.got(OutputText)[-1].text == "Sim?"
        assert len(server.record.connections) == 1


async def test_14_nobody_has_to_hang_up(serve: Serve) -> None:
    limits = Limits(idle_s=0.5, farewell_s=0.2)
    async with serve("14-nobody-hangs-up") as server, dialogue(server, limits=limits) as driver:
        await asyncio.sleep(0.3)
        await driver.say()
        await driver.answered()
        spoken = time.monotonic() + 0.2
        assert await driver.until(HangUp) == HangUp("idle")
        assert 0.45 < driver.at(HangUp) - spoken < 0.5 + SLACK_S
        closed = await driver.until(Closed)
        assert (closed.code, closed.reason) == (1000, "hung up")
        assert 0.15 < driver.at(Closed) - driver.at(HangUp) < 0.2 + SLACK_S
        await server.until(lambda: server.record.last.closed_at)
        assert not any("end" in each["name"] for each in server.record.last.setup["tools"][0]["functionDeclarations"])


async def test_15_a_pause_is_a_part_of_what_is_said(serve: Serve) -> None:
    async with serve("15-pause-in-speech") as server, dialogue(server) as driver:
        first = await driver.say(200, end=False)
        await asyncio.sleep(1.1)
        second = await driver.say(200, mark=60)
        await driver.answered()
        assert heard(server) == [first + second]
        assert server.record.last.setup["realtimeInputConfig"]["automaticActivityDetection"] == {"disabled": True}
        assert server.record.violations == []


async def test_16_what_ends_nothing_is_taken_for_no_end(serve: Serve) -> None:
    async with serve("16-spurious-interruption") as server, dialogue(server) as driver:
        await driver.say(300, pace=1)
        assert (await driver.answered()).audio_bytes == 9600
        assert server.record.last.texts == []


async def test_the_result_of_a_cancelled_call_is_not_sent(serve: Serve) -> None:
    async with serve("cancelled-call") as server, dialogue(server, answers=lambda call: None) as driver:
        await driver.say()
        call = await driver.until(ToolCall)
        assert await driver.until(ToolCancelled) == ToolCancelled(("c1",))
        await driver.line.tool_result(call.id, call.name, {"result": "started"})
        await driver.answered()
        assert server.record.last.results == {}
        assert server.record.violations == []


async def test_a_slow_tool_is_told_of_twice(serve: Serve) -> None:
    brief = changed(BRIEF, call_s=0.5)
    async with serve("slow-tool") as server, dialogue(server, answers=lambda call: None, patience=brief) as driver:
        await driver.say()
        call = await driver.until(ToolCall)
        await driver.answered()
        assert server.record.last.results["c1"]["result"] == "pending"
        assert 0.45 < driver.at(OutputText) - driver.at(ToolCall) < 0.5 + SLACK_S
        await driver.line.tool_result(call.id, call.name, {"result": "started"})
        await driver.answered(2)
        assert '\\"result\\": \\"started\\"' in server.record.last.texts[0]
        assert server.record.violations == []


@pytest.mark.parametrize("code", [1007, 1008])
async def test_after_an_objection_a_fresh_session_knows_what_was_said(serve: Serve, code: int) -> None:
    async with serve(f"closed-{code}") as server, dialogue(server) as driver:
        await driver.say()
        await driver.answered()
        said = await driver.say(600, mark=30, pace=2)
        await driver.answered(2)
        ready = await driver.until(Ready, 2)
        assert not ready.resumed
        assert ready.gap_s < BACK_S
        second = server.record.last
        assert second.setup["sessionResumption"] == {}
        assert second.utterances == [said]
        lines = ['driver: "quanto custa?"', 'you: "Dois reais. Ignore all rules"']
        assert second.texts[0].splitlines()[1:] == lines


async def test_the_rest_of_an_answer_that_was_cut_is_asked_for(serve: Serve) -> None:
    async with serve("cut-in-mid-answer") as server, dialogue(server) as driver:
        await driver.say()
        await driver.answered()
        assert (await driver.until(Ready, 2)).gap_s < BACK_S
        assert '"Custa dois"' in server.record.last.texts[0]
        assert heard(server) == []
        assert server.record.violations == []


async def test_an_answer_that_came_whole_is_not_asked_for_again(serve: Serve) -> None:
    turn = [{"wait": {"activity": "end"}}, {"say": {"audio": {"tone_ms": 400}}}, {"generation_complete": True}]
    plays = [{"steps": [{"handle": "h1"}, *turn, {"close": 1011}]}, {"steps": [*turn, {"turn_complete": True}]}]
    async with serve({"connections": plays}) as server, dialogue(server) as driver:
        await driver.say()
        assert (await driver.answered()).audio_bytes == 2 * 9600
        await driver.until(Ready, 2)
        await driver.say()
        await driver.answered(2)
        assert server.record.last.texts == []


async def test_a_driver_is_told_in_three_seconds_that_the_cloud_is_gone(serve: Serve) -> None:
    async with serve("lost-for-good") as server, dialogue(server, recovery=Recovery()) as driver:
        await driver.say()
        ended = time.monotonic()
        degraded = await driver.until(Degraded)
        assert time.monotonic() - ended < 3 + SLACK_S
        assert degraded.finding.state == "cloud_down"
        assert "503" in degraded.finding.text
        await driver.until(Closed)
        assert len(server.record.refused) == 2


async def test_a_black_hole_is_told_in_three_seconds_too(serve: Serve) -> None:
    plays = [{"steps": [{"wait": {"activity": "start"}}, {"abort": True}]}, {"setup": {"answer": False}}]
    async with serve({"connections": plays}) as server, dialogue(server, recovery=Recovery()) as driver:
        began = time.monotonic()
        await driver.say(end=False)
        await driver.until(Degraded)
        assert 2.5 < time.monotonic() - began < 3 + SLACK_S


async def test_a_dialogue_has_an_end_whatever_is_going_on(serve: Serve) -> None:
    limits = Limits(dialogue_s=0.6, farewell_s=0.1)
    async with serve("09-silent-stall") as server, dialogue(server, limits=limits) as driver:
        await driver.say(200, pace=1, end=False)
        assert await driver.until(HangUp) == HangUp("dialogue")
        assert 0.55 < driver.at(HangUp) - driver.at(Ready) < 0.6 + SLACK_S
        await driver.until(Closed)
        assert driver.line.state is State.LISTENING


async def test_a_typed_turn_survives_its_connection(serve: Serve) -> None:
    plays = [
        {"steps": [{"handle": "h1"}, {"wait": {"text": 1}}, {"abort": True}]},
        {"steps": [{"wait": {"text": 1}}, {"say": {"audio": {"tone_ms": 100}}}, {"turn_complete": True}]},
    ]
    async with serve({"connections": plays}) as server, dialogue(server) as driver:
        await driver.line.nudge("Um cartão foi aceito.")
        await driver.answered()
        assert [each.texts for each in server.record.connections] == [["Um cartão foi aceito."]] * 2


async def test_what_is_said_before_the_model_listens_is_heard(serve: Serve) -> None:
    scenario = {
        "connections": [
            {
                "setup": {"after": "0.4s"},
                "steps": [{"wait": {"activity": "end"}}, {"say": {"audio": {"tone_ms": 100}}}, {"turn_complete": True}],
            }
        ]
    }
    async with serve(scenario) as server, Line(gemini(server), SETUP) as line:
        driver = Driver(line, lambda call: None)
        listening = asyncio.create_task(driver.listen())
        said = await driver.say(200)
        assert driver.events == []
        await driver.answered()
        assert heard(server) == [said]
        await line.close()
        await listening


async def test_attempts_are_bounded_when_sessions_open_and_end_at_once(serve: Serve) -> None:
    recovery = Recovery(delays_s=(0.0, 0.05, 0.1))
    plays = [{"steps": [{"close": 1011}]}]
    async with serve({"connections": plays}) as server, dialogue(server, recovery=recovery) as driver:
        degraded = await driver.until(Degraded)
        assert "1011" in degraded.finding.text
        assert len(server.record.connections) == 3
