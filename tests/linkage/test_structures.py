"""Structures of talks against code that shares nothing with them: every deal written out, every table tried.

The independent code reads payoffs off a plain dictionary of all deals; the scenarios have payoff tables in eighths, so
that sums are exact and ties are ties.
"""

import itertools

import pytest
from by_hand import answers, best_answers, drawn, gains_of, horn_wolinsky, matching

import bargain as bg
from bargain.linkage.partitions import set_partitions
from bargain.linkage.sequences import anticipating, myopic
from bargain.linkage.simultaneous import simultaneous
from bargain.linkage.structures import checked_tables, solve_structures

COUNT = 60


@pytest.mark.parametrize("seed", range(COUNT))
def test_every_partition_equals_its_tables_solved_by_hand(seed):
    tree, names, deals, allowed = drawn(seed, players=2 + seed % 2)
    worth = bg.load(tree).linkage("partitions")
    found = {frozenset(map(frozenset, each.tables)): each for each in worth.structures.partitions}
    assert len(found) == len(list(set_partitions(names)))
    start = (0,) * len(names)
    for blocks, each in found.items():
        deal = list(start)
        promised = [0.0] * len(tree["players"])
        for block in blocks:
            options = answers(names, deals, allowed, block, start)
            stated = next(t for t in worth.subpackages if frozenset(t.issues) == block)
            levels = tuple(int(code) for code in stated.levels)
            assert levels in options
            for k, name in enumerate(names):
                deal[k] = levels[k] if name in block else deal[k]
            promised = [p + g for p, g in zip(promised, gains_of(deals, levels), strict=True)]
        assert each.gains == gains_of(deals, tuple(deal))
        assert each.negotiated == tuple(promised)
        assert each.feasible == (tuple(deal) in allowed)
    package = max(worth.structures.partitions, key=lambda each: (len(each.tables) == 1, 0))
    for each in worth.structures.partitions:
        if each.feasible and min(each.gains) > 0:
            assert each.log_product <= package.log_product + 1e-12


@pytest.mark.parametrize("seed", range(COUNT))
def test_all_fixed_points_of_simultaneous_tables_are_found(seed):
    tree, names, deals, allowed = drawn(seed, ties=seed % 3 == 0)
    talks = bg.load(tree).talks()
    for blocks in set_partitions(names):
        found = simultaneous(talks, blocks)
        points = [
            deal for deal in deals if all(deal in answers(names, deals, allowed, block, deal) for block in blocks)
        ]
        assert found.complete
        assert found.status == ("solved" if points else "none")
        assert set(found.fixed_points) == {gains_of(deals, deal) for deal in points}
        if points:
            assert found.gains in found.fixed_points


@pytest.mark.parametrize("seed", range(COUNT))
def test_myopic_and_anticipating_sequences_equal_backward_induction_by_hand(seed):
    tree, names, deals, allowed = drawn(seed)
    talks = bg.load(tree).talks()

    def followed(order, deal):
        """Every deal in which the talks may end, given ties, after ``deal`` was agreed before."""
        if not order:
            return deal
        places = [k for k, name in enumerate(names) if name in order[0]]
        sizes = [max(d[k] for d in deals) + 1 for k in places]
        failed = followed(order[1:], deal)
        ends = {}
        for levels in itertools.product(*map(range, sizes)):
            moved = list(deal)
            for k, level in zip(places, levels, strict=True):
                moved[k] = level
            end = followed(order[1:], tuple(moved))
            if end in allowed:
                ends[levels] = end
        best = best_answers({levels: deals[end] for levels, end in ends.items()}, deals[failed])
        return ends[min(best)] if best else failed

    for blocks in set_partitions(names):
        for order in itertools.permutations(blocks):
            deal = (0,) * len(names)
            for block in order:
                deal = min(answers(names, deals, allowed, block, deal))
            each = myopic(talks, order)
            assert each.gains == gains_of(deals, deal)
            assert min(each.gains) >= 0
            assert each.negotiated == pytest.approx(each.gains, abs=1e-12)
            foresight = anticipating(talks, order)
            assert foresight.gains == gains_of(deals, followed(order, (0,) * len(names)))


def test_nash_in_nash_of_one_hub_with_two_partners_horn_wolinsky_1988():
    """FACTS: each partner gets half of its marginal 3, the hub 6; the package gives everybody a third of 9."""
    talks = bg.load(horn_wolinsky({"levels": [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 6]})).talks()
    found = simultaneous(talks, (("first",), ("second",)))
    assert found.gains == (6.0, 1.5, 1.5)
    assert found.complete
    assert talks.package().gains == (3.0, 3.0, 3.0)
    # With side payments in place of levers the hub pays each partner the same.
    bare = horn_wolinsky({"levels": [0]})
    paid = bg.load(bare).linkage("simultaneous", transfers=0.0).structures.simultaneous[0]
    assert paid.gains == pytest.approx((6.0, 1.5, 1.5))
    assert paid.transfers == pytest.approx((-3.0, 1.5, 1.5))


def test_nash_in_nash_on_intervals_is_found_by_answering_in_turn():
    talks = bg.load(horn_wolinsky({"range": [0, 9]})).talks()
    found = simultaneous(talks, (("first",), ("second",)))
    assert found.status == "solved"
    assert not found.complete
    assert found.gains == pytest.approx((6.0, 1.5, 1.5), abs=1e-5)


def test_tables_that_undo_each_other_have_no_fixed_point():
    """Left moves when right has not, right moves when left has, and left regrets it then."""
    tree = matching("left + 4*right - 3*left*right", "left - right + 2*left*right")
    answered = simultaneous(bg.load(tree).talks(), (("left",), ("right",)))
    assert answered.status == "none"
    assert answered.complete
    assert "no fixed point exists" in answered.note
    assert answered.gains == (0.0, 0.0)


def test_answers_that_go_round_are_reported_as_a_cycle(monkeypatch):
    monkeypatch.setattr("bargain.linkage.simultaneous._MOST_STATES", 1)
    tree = matching("left + 4*right - 3*left*right", "left - right + 2*left*right")
    answered = simultaneous(bg.load(tree).talks(), (("left",), ("right",)))
    assert answered.status == "cycle"
    assert not answered.complete


@pytest.mark.parametrize("seed", range(0, COUNT, 4))
def test_answering_in_turn_finds_some_of_the_fixed_points(seed, monkeypatch):
    talks = bg.load(drawn(seed, issues=3)[0]).talks()
    every = {blocks: simultaneous(talks, blocks) for blocks in set_partitions(talks.issues)}
    monkeypatch.setattr("bargain.linkage.simultaneous._MOST_STATES", 0)
    for blocks, known in every.items():
        found = simultaneous(talks, blocks)
        assert set(found.fixed_points) <= set(known.fixed_points)
        assert found.fixed_points or known.status == "none" or found.status in ("cycle", "limit")


def test_two_fixed_points_are_both_reported_and_the_better_is_shown():
    """Moving pays only together: nobody moves alone, and both moved is a fixed point too."""
    found = simultaneous(bg.load(matching("3*left*right - left - right", "2*left*right - left*0.5 - right*0.5")).talks(),
                         (("left",), ("right",)))  # fmt: skip
    assert found.fixed_points == ((1.0, 1.0), (0.0, 0.0))
    assert found.complete


def test_lotteries_leave_simultaneous_tables_out_with_a_note():
    tree = drawn(3)[0] | {"solve": {"lotteries": True}}
    found = bg.load(tree).linkage("simultaneous").structures
    assert not found.all
    assert "lotteries have none" in found.notes[0]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([["i0"], ["i9"]], "there is no issue `i9`"),
        ([["i0", "i1"], ["i1"]], "`i1` is at two tables"),
        ([["i0"]], "i1 has none"),
    ],
)
def test_tables_that_are_no_partition_are_refused(tables, message):
    scenario = bg.load(drawn(1, issues=2)[0])
    with pytest.raises(ValueError, match=message):
        scenario.linkage("simultaneous", tables=tables)


def test_an_interrupt_keeps_what_is_solved(monkeypatch):
    scenario = bg.load(drawn(5, issues=3)[0])
    talks = scenario.talks()
    done = []

    def stop(count, total):
        done.append(count)
        if count == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bg.linkage(talks, "partitions", progress=lambda count, total: stop(5, total))
    original = type(talks).table
    calls = []

    def table(self, issues, standing=None):
        calls.append(issues)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return original(self, issues, standing)

    monkeypatch.setattr(type(talks), "table", table)
    worth = bg.linkage(talks, "partitions")
    assert not worth.complete
    assert any("interrupted: 5 of 7 packages" in note for note in worth.notes)
    assert worth.attribution is None
    assert 2 <= len(worth.structures.partitions) < 5


def test_set_partitions_are_counted_by_bell_numbers():
    assert [len(list(set_partitions(range(count)))) for count in range(1, 8)] == [1, 2, 5, 15, 52, 203, 877]


def test_checked_tables_keep_the_order_of_the_tables_and_of_the_issues():
    talks = bg.load(drawn(1, issues=3)[0]).talks()
    assert checked_tables(talks, [["i2", "i0"], ["i1"]]) == (("i0", "i2"), ("i1",))
    found = solve_structures(talks, ["sequences"], {}, tables=(("i0", "i2"), ("i1",)))
    assert len(found.sequences) == 4


def two_tables(payoffs):
    """Tables of an issue with two and one with three levels, with the payoffs of every pair written out."""

    def formula(player):
        parts = []
        for (first, second), values in payoffs.items():
            factors = [f"(a-{k})/{first - k}" for k in range(2) if k != first]
            factors += [f"(b-{k})/{second - k}" for k in range(3) if k != second]
            parts.append(f"{values[player]}*" + "*".join(factors).replace("/-", "/(-1)/"))
        return " + ".join(parts)

    return {
        "format": 1,
        "scenario": {"id": "two", "title": "Two", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"a": {"levels": [0, 1], "status_quo": 0}, "b": {"levels": [0, 1, 2], "status_quo": 0}},
        "payoffs": {name: {"joint": formula(player)} for player, name in enumerate("AB")},
    }


def test_a_fixed_point_at_another_tied_deal_promises_what_that_deal_gives():
    pairs = {(0, 0): (0, 0), (1, 0): (1, 2), (0, 1): (0, 3), (0, 2): (3, 0), (1, 1): (2, 6), (1, 2): (5, 3)}
    (found,) = bg.load(two_tables(pairs)).linkage("simultaneous").structures.simultaneous
    assert found.levels == (1.0, 2.0)
    assert found.gains == pytest.approx((5, 3))
    # The first table adds (2, 3) to what stands without it, the second (4, 1); its other best deal would add (1, 4).
    assert found.negotiated == pytest.approx((6, 4))


@pytest.mark.parametrize("cost", [0.0, 0.1])
def test_with_tied_deals_and_payments_fixed_points_are_not_claimed_to_be_all(cost):
    """The second table is indifferent, and what the first one shares depends on its choice."""
    pairs = {(0, 0): (0, 0), (1, 0): (1, 1), (0, 1): (1, 0), (0, 2): (0, 1), (1, 1): (2, 2), (1, 2): (2, 2)}
    (found,) = bg.load(two_tables(pairs)).linkage("simultaneous", transfers=cost).structures.simultaneous
    assert found.status == "solved"
    assert found.complete is False
    assert "several best deals" in found.note
