"""The local list: which of several entries for a token counts, and what the facts about it say and hide."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.authorize import Authorization, authorize
from edgegw.core.desired import decide_desired
from edgegw.core.local_list import edited, effective, entry_of, revision_of
from edgegw.core.unfit import Unfit
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command
from edgegw.model.site import Token
from edgegw.model.state import State
from tests.support.hubs import a_site
from tests.support.world import World

CARDS = ("A", "B", "C")
BY_PAGE = Asker("page")


def publish(world: World, shard: int, rev: int, *tokens: dict[str, Any]) -> tuple[f.Fact, ...]:
    facts = decide_desired(world.state, f"tokens/{shard}", {"rev": rev, "tokens": list(tokens)}, world.context)
    world.tell(*facts)
    return facts


def edit(world: World, add: list[dict[str, Any]] | None = None, remove: list[str] | None = None) -> Any:
    args = {name: value for name, value in (("add", add), ("remove", remove)) if value is not None}
    verdict = world.judge(Command(f"c{len(world.facts)}", "set_tokens", args, by=BY_PAGE))
    world.tell(*verdict.facts)
    return verdict


def statuses(world: World) -> dict[str, str | None]:
    return {entry.id_token: entry.status for entry in effective(world.state, world.site)}


def card(id_token: str, status: str = "accepted", **fields: Any) -> dict[str, Any]:
    return {"id_token": id_token, "status": status, **fields}


def test_the_clouds_list_counts_over_the_files_and_leaves_what_it_does_not_name() -> None:
    world = World(a_site(tokens={"A": Token("A"), "B": Token("B")}))
    publish(world, 0, 1, card("A", "blocked", group="fleet", language="pt-BR"), card("C"))
    assert statuses(world) == {"A": "blocked", "B": "accepted", "C": "accepted"}
    assert authorize(world.state, "A", world.context) == Authorization("blocked", "list", "fleet", "pt-BR")


def test_a_token_that_is_left_out_of_its_shard_is_listed_no_more() -> None:
    world = World(a_site(tokens={}))
    publish(world, 0, 1, card("A"), card("B"))
    publish(world, 0, 2, card("B"))
    assert statuses(world) == {"B": "accepted"}


def test_a_change_made_here_counts_until_the_cloud_sends_a_higher_revision_that_names_the_token() -> None:
    world = World(a_site(tokens={}))
    publish(world, 0, 5, card("A"), card("B"))
    assert edit(world, [card("A", "blocked")]).result == {"rev": 6}
    assert statuses(world)["A"] == "blocked"
    publish(world, 1, 9, card("C"))
    assert statuses(world)["A"] == "blocked", "a list that does not name it says nothing of it"
    publish(world, 0, 6, card("A"), card("B"))
    assert statuses(world)["A"] == "accepted"


def test_what_is_taken_out_here_is_out_whoever_else_lists_it() -> None:
    world = World(a_site(tokens={"A": Token("A")}))
    publish(world, 0, 1, card("B"))
    edit(world, [card("C")])
    edit(world, remove=["A", "B", "C"])
    assert statuses(world) == {}
    assert authorize(world.state, "A", world.context) == Authorization("invalid", "policy")
    edit(world, [card("A", "blocked")])
    assert statuses(world) == {"A": "blocked"}


@pytest.mark.parametrize(
    ("add", "remove", "reason"),
    [
        (None, None, "neither add nor remove names a token"),
        ([card("A"), card("A")], None, "token number 2: it stands there twice"),
        ([card("A")], ["A"], "1 of the tokens are to be added and removed at once"),
        ([card("A")], ["B"], "1 of the tokens to remove are not in the list"),
        ([card("A"), card("B\n")], None, "without control characters"),
    ],
)
def test_a_change_that_is_wrong_somewhere_is_not_made_at_all(add: Any, remove: Any, reason: str) -> None:
    world = World(a_site(tokens={}))
    verdict = edit(world, add, remove)
    assert (verdict.state, verdict.facts) == ("rejected", ())
    assert reason in verdict.reason


@pytest.mark.parametrize(
    "tokens",
    [
        None, {}, [[]], [{}], [card("A", "good")], [card("A", group="")], [card("A", colour="red")], [card("")],
        [card("A", expires_at="tomorrow")], [card("A", expires_at="2026-11-24T18:00:00")], [card("A" * 256)],
        [card(5)], [card("A"), card("A", "blocked")],  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_a_shard_with_one_wrong_entry_is_refused_as_a_whole(tokens: Any) -> None:
    world = World(a_site(tokens={}))
    with pytest.raises(Unfit):
        decide_desired(world.state, "tokens/0", {"rev": 1, "tokens": tokens}, world.context)


def test_an_accepted_token_expires_and_says_so_from_that_moment_on() -> None:
    world = World(a_site(tokens={}))
    until = world.clock.now() + timedelta(hours=1)
    publish(world, 0, 1, card("A", expires_at=until.isoformat()), card("B", "blocked", expires_at=until.isoformat()))
    assert authorize(world.state, "A", world.context).status == "accepted"
    world.clock.advance(3600)
    assert authorize(world.state, "A", world.context).status == "expired"
    assert authorize(world.state, "B", world.context).status == "blocked"


def test_a_fact_says_only_what_is_new_and_keeps_every_token_apart_from_it() -> None:
    world = World(a_site(tokens={}))
    publish(world, 0, 1, card("A"), card("B"))
    (fact,) = publish(world, 0, 2, card("B"), card("C", group="G"))
    assert isinstance(fact, f.LocalListChanged)
    assert (fact.shard, fact.rev, fact.listed, fact.by) == ("0", 2, 2, "cloud")
    assert json.loads(fact.put or "") == [{"id_token": "C", "status": "accepted", "group": "G"}]
    assert json.loads(fact.removed or "") == ["A"]
    assert f.LocalListChanged.personal == ("put", "removed")


def test_a_digest_does_not_tell_which_token_is_in_a_list() -> None:
    digests = []
    for salt in (b"one", b"two"):
        fact = edited(State(), a_site(), [card("A")], None, now=World().clock.now(), by="cli", salt=salt)
        digests.append(fact.digest)
    assert digests[0] != digests[1]


def test_a_fact_whose_tokens_were_erased_can_still_be_folded() -> None:
    world = World(a_site(tokens={}))
    world.tell(
        f.LocalListChanged(at=world.clock.now(), shard="0", rev=3, digest="x", listed=2, by="cloud", put=None)
    )  # fmt: skip
    assert statuses(world) == {}
    assert world.state.desired["tokens/0"].rev == 3


def test_the_count_of_a_changed_list_is_that_of_its_entries() -> None:
    world = World(a_site(tokens={"F": Token("F")}))
    for add, remove, listed in (
        ([card("A"), card("B")], None, 2), ([card("A", "blocked")], None, 2), (None, ["A"], 1), (None, ["F"], 1),
        ([card("F")], None, 2),
    ):  # fmt: skip
        edit(world, add, remove)
        assert world.state.desired["tokens/local"].listed == listed


shards = st.dictionaries(
    st.integers(0, 3),
    st.tuples(
        st.integers(1, 5), st.dictionaries(st.sampled_from(CARDS), st.sampled_from(("accepted", "blocked")))
    ),
    max_size=4,
)  # fmt: skip


@given(shards, st.randoms(use_true_random=False))
def test_what_counts_does_not_depend_on_the_order_in_which_the_lists_come(lists: dict[int, Any], random: Any) -> None:
    found = []
    for _ in range(2):
        world = World(a_site(tokens={"A": Token("A", "invalid")}))
        order = list(lists.items())
        random.shuffle(order)
        for shard, (rev, cards) in order:
            publish(world, shard, rev, *(card(id_token, status) for id_token, status in cards.items()))
        found.append(statuses(world))
    assert found[0] == found[1]
    for id_token in CARDS:
        naming = [(rev, str(shard), cards[id_token]) for shard, (rev, cards) in lists.items() if id_token in cards]
        expected = max(naming)[2] if naming else {"A": "invalid"}.get(id_token)
        assert found[0].get(id_token) == expected


documents = st.tuples(
    st.integers(1, 6), st.dictionaries(st.sampled_from(CARDS), st.sampled_from(("accepted", "blocked")))
)


@given(st.lists(documents, max_size=8))
def test_a_shard_is_the_document_of_its_highest_revision(sent: list[Any]) -> None:
    world, newest = World(a_site(tokens={})), (0, dict[str, str]())
    for rev, cards in sent:
        try:
            publish(world, 7, rev, *(card(id_token, status) for id_token, status in cards.items()))
        except Unfit:
            assert rev <= newest[0]
        else:
            assert rev > newest[0] or (rev, cards) == newest
            newest = rev, cards
        assert statuses(world) == newest[1]
        assert {revision_of(world.state, each) for each in effective(world.state, world.site)} <= {newest[0]}


@given(shards, st.lists(st.sampled_from(CARDS)))
def test_the_index_is_that_of_the_table(lists: dict[int, Any], edits: list[str]) -> None:
    world = World(a_site(tokens={}))
    for shard, (rev, cards) in lists.items():
        publish(world, shard, rev, *(card(id_token) for id_token in cards))
        publish(world, shard, rev + 1, *(card(id_token) for id_token in list(cards)[1:]))
    for id_token in edits:
        known = entry_of(world.state, world.site, id_token) is not None
        edit(world, None if known else [card(id_token)], [id_token] if known else None)
    index: dict[str, list[str]] = {}
    for key, row in world.state.listed.items():
        assert key == f"{row.shard}/{row.id_token}"
        index.setdefault(row.id_token, []).append(row.shard)
    assert {id_token: sorted(names) for id_token, names in world.state.listed_in.items()} == {
        id_token: sorted(names) for id_token, names in index.items()
    }
