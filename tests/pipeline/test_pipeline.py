"""The public names: loading, changing, solving and reporting a scenario."""

import json

import numpy as np
import pytest

import bargain as bg
from bargain import catalog
from bargain.errors import NotSolvedError

PENNIES = ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])


def two_by_two(row, column, **more):
    """A scenario in which A picks the row and B the column of two payoff tables; nothing has a status quo but 0, 0."""
    tables = {
        name: {str(r): {str(c): float(t[r][c]) for c in (0, 1)} for r in (0, 1)}
        for name, t in (("A", row), ("B", column))
    }
    lever = {"levels": [0, 1], "status_quo": 0}
    return {
        "format": 1,
        "scenario": {"id": "two-by-two", "title": "Two by two", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"play": {"levers": {"row": {"set_by": "A", **lever}, "column": {"set_by": "B", **lever}}}},
        "payoffs": {"A": {"play": tables["A"]}, "B": {"play": tables["B"]}},
        **more,
    }


def test_load_takes_a_name_a_path_and_a_tree():
    path = catalog.find("nash-barter-1950")
    by_name, by_path = bg.load("nash-barter-1950"), bg.load(path)
    by_tree = bg.load(by_name.document.tree)
    assert by_name.document.digest == by_path.document.digest == by_tree.document.digest


def test_load_suggests_near_names():
    with pytest.raises(bg.ScenarioError, match="us-japan-2025"):
        bg.load("us-japan-2024")


def test_set_gives_a_new_scenario_and_leaves_the_old_one():
    scenario = bg.load("us-japan-2025")
    digest = scenario.document.digest
    changed = scenario.set({"players.US.power": 0.9})
    assert scenario.document.digest == digest
    assert changed.document.weights == pytest.approx((2 / 3, 1 / 3))
    assert changed.solve().gains[0] > scenario.solve().gains[0]


def test_game_of_a_scenario_has_the_payoffs_of_its_tables():
    game = bg.load(two_by_two(*PENNIES)).game()
    assert game.players == ("A", "B")
    np.testing.assert_array_equal(game.payoffs[0], PENNIES[0])
    np.testing.assert_array_equal(game.payoffs[1], PENNIES[1])


@pytest.mark.parametrize(
    ("disagreement", "expected"),
    [
        ({"kind": "status_quo"}, (1.0, -1.0)),
        ({"kind": "fixed", "payoffs": {"A": -2, "B": -3}}, (-2.0, -3.0)),
        ({"kind": "nash"}, (0.0, 0.0)),
        ({"kind": "minmax"}, (0.0, 0.0)),
    ],
)
def test_every_kind_of_disagreement_point_in_matching_pennies(disagreement, expected):
    point = bg.load(two_by_two(*PENNIES, disagreement=disagreement)).disagreement()
    assert point.kind == disagreement["kind"]
    assert point.payoffs == pytest.approx(expected, abs=1e-12)


STAG = ([[4, 0], [3, 2]], [[4, 3], [0, 2]])


@pytest.mark.parametrize(("select", "expected"), [("welfare-best", 4.0), ("welfare-worst", 2.0), ("egalitarian", 4.0)])
def test_one_of_several_equilibria_is_chosen_as_asked_and_said(select, expected):
    point = bg.load(two_by_two(*STAG, disagreement={"kind": "nash", "select": select})).disagreement()
    assert point.payoffs == (expected, expected)
    assert point.note == f"1 of 3 equilibria of the no-agreement game: {select}"
    # A pure equilibrium also says which levels stand without agreement.
    assert point.levels == ((0.0, 0.0) if expected == 4.0 else (1.0, 1.0))


def test_select_only_refuses_to_choose():
    scenario = bg.load(two_by_two(*STAG, disagreement={"kind": "nash", "select": "only"}))
    with pytest.raises(NotSolvedError, match="3 equilibria; choose one"):
        scenario.disagreement()


def test_no_deal_is_an_answer_with_the_disagreement_payoffs():
    solution = bg.load(two_by_two(*PENNIES)).solve()
    assert solution.status is bg.Status.NO_DEAL
    assert not solution.agreed
    assert solution.payoffs == (1.0, -1.0)
    assert solution.gains == (0.0, 0.0)
    assert solution.deal is None


def test_expectations_are_checked_and_their_numbers_kept():
    rules = [
        {"name": "true", "rule": "gain.A == 2 and egalitarian.gain.B == 2"},
        {"name": "false", "rule": "gain.A > 5"},
        {"name": "undefined", "rule": "1/(gain.A - 2) > 0"},
    ]
    report = bg.run(bg.load(two_by_two([[2, 0], [3, 4]], [[2, 3], [0, 4]], expect=rules)))
    assert [result.holds for result in report.expectations] == [True, False, False]
    assert report.expectations[1].values == {"gain.A": 2.0}
    assert report.expectations[2].error


def test_a_rule_over_the_deal_fails_with_a_reason_when_there_is_no_deal():
    rules = [{"name": "a level", "rule": "deal.row == 1"}]
    report = bg.run(bg.load(two_by_two(*PENNIES, expect=rules)))
    assert [(r.holds, r.error) for r in report.expectations] == [(False, "no value for deal.row")]


def test_parts_of_a_report_are_left_out_when_not_asked_for():
    report = bg.run(bg.load(two_by_two(*STAG)), equilibria=False, linkage=False, expect=False)
    assert report.equilibria is None
    assert report.linkage is None
    assert report.solution is not None


def test_two_runs_give_the_same_bytes_apart_from_provenance():
    texts = []
    for _ in range(2):
        tree = json.loads(bg.render(bg.run(bg.load("us-japan-2025")), format="json"))
        assert tree.pop("provenance")["seed"] == 0
        texts.append(json.dumps(tree))
    assert texts[0] == texts[1]


def test_rooms_with_the_name_of_a_function_can_be_called_and_entered():
    import bargain.equilibria
    import bargain.linkage
    from bargain.equilibria import methods
    from bargain.linkage import value

    game = bg.NormalFormGame.from_payoffs(PENNIES)
    assert len(bg.equilibria(game)) == len(bargain.equilibria(game)) == len(methods.equilibria(game)) == 1
    scenario = bg.load(two_by_two(*STAG))
    assert bg.linkage(scenario).value == value.linkage(scenario).value


def test_unknown_rules_and_methods_list_the_known_ones():
    with pytest.raises(ValueError, match="did you mean 'nash'"):
        bg.load(two_by_two(*STAG)).solve("nahs")
    with pytest.raises(ValueError, match="nashpy-vertex"):
        bg.equilibria(bg.NormalFormGame.from_payoffs(PENNIES), method="nashpy-vertx")


def test_verify_accepts_ours_and_refuses_strangers():
    assert all(check.holds for check in bg.verify(bg.load("nash-barter-1950").solve()))
    assert all(check.holds for check in bg.verify(bg.load("chicken").equilibria()))
    with pytest.raises(TypeError, match="cannot verify a str"):
        bg.verify("a deal")
