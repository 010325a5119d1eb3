"""What drivers say in the benchmark, and what the server plays to it."""

from __future__ import annotations

import pytest

from edgegw.simulate.live import parse
from tests.bench.eva import alone, interrupting, losing, noisy, talk


def test_a_dialogue_has_no_more_effects_than_the_hub_allows_a_question_before_each_and_a_goodbye() -> None:
    wanted = talk.dialogues(8)
    assert [len(turns) for turns in wanted] == [7, 7, 5]
    assert {turns[-1][0] for turns in wanted} == {"goodbye"}
    kinds = [kind for turns in wanted for kind, _ in turns if kind != "goodbye"]
    assert kinds[1::2] == ["start", "stop"] * 4  # no car charges twice, and none is left charging
    assert kinds[::2] == ["question", "held"] * 4
    ids = [id for turns in wanted for _, id in turns[:-1]]
    assert len(set(ids)) == len(ids)


def test_what_the_server_is_to_play_is_a_scenario() -> None:
    scripts = [talk.script(turns) for turns in (*talk.dialogues(2), *talk.questions(9))]
    scripts += [each for way in losing.WAYS for each in losing.script(way, 3, "h")]
    scripts += [interrupting.script(2), alone.script(60), noisy.SCRIPT]
    assert len(parse({"connections": scripts}).connections) == len(scripts)


def test_each_lost_connection_is_followed_by_one_that_hears_the_rest() -> None:
    first, second, last = losing.script("reset", 2, "h")
    assert [step for step in first["steps"] if "abort" in step]
    assert [next(iter(step)) for step in second["steps"][:2]] == ["wait", "wait"]
    assert second["steps"][-1] == {"abort": True}
    assert {"heard": "tchau, obrigado"} in last["steps"]


def test_commands_in_noise_are_where_they_are_said_to_be() -> None:
    pcm, spans = noisy.street("pink", 2)
    (_, first_ends), (second_begins, second_ends) = spans
    assert second_begins - first_ends == pytest.approx(1000 * noisy.GAP_S, abs=2)
    assert len(pcm) / 32 == pytest.approx(second_ends + 1000 * noisy.GAP_S, abs=2)
