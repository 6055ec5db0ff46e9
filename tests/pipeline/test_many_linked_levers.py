"""A scenario with more linked levers than can be enumerated, from the file to the check of the stored result."""

import copy
import json

import pytest

from bargain.certificates.check import verify
from bargain.cli import main
from bargain.pipeline import load, run
from bargain.reports import render

LEVERS = 8


def tree(lotteries):
    names = [f"x{k}" for k in range(LEVERS)]
    joint = {
        "A": " + ".join(f"{0.05 * (k % 3 + 1):.2f}*x{k}*x{k + 1}" for k in range(LEVERS - 1)),
        "B": " - ".join(f"{0.04 * (k % 2 + 1):.2f}*x{k}*x{k + 1}" for k in range(LEVERS - 1)),
    }
    return {
        "format": 1,
        "scenario": {"id": "many", "title": "Many linked levers", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            name: {"set_by": "AB"[k % 2], "levels": list(range(11)), "status_quo": 0} for k, name in enumerate(names)
        },
        "payoffs": {
            "A": {f"x{k}": f"{(k % 4) - 1.2:.1f}*x{k} - 0.2*x{k}**2" for k in range(LEVERS)} | {"joint": joint["A"]},
            "B": {f"x{k}": f"{2.1 - (k % 4):.1f}*x{k} - 0.15*x{k}**2" for k in range(LEVERS)} | {"joint": joint["B"]},
        },
        "solve": {"solutions": ["nash"], "lotteries": lotteries},
    }


@pytest.fixture(scope="module", params=[False, True], ids=["deals", "lotteries"])
def stored(request):
    report = run(load(tree(request.param)), linkage=False)
    assert report.solution.problem.feasible.num_combinations == 11**LEVERS
    assert "variable elimination" in report.solution.method
    assert report.solution.certificate.holds
    assert report.equilibria is None
    assert "No equilibria" in report.notes[0]
    assert "No equilibria" in render(report, "text", "solve", None)
    return json.loads(render(report, "json", "solve", None))


def test_the_stored_answer_is_proved(stored):
    claims = verify(stored)
    assert all(claim.holds for claim in claims)
    proof = next(claim for claim in claims if claim.claim == "nash: no deal is better, by the rule's own measure")
    assert "elimination" in proof.method or "support function" in proof.method


def test_changed_answers_are_refused(stored):
    changed = copy.deepcopy(stored)
    parts = [changed] if changed.get("lottery") is None else changed["lottery"]
    lever = parts[0]["terms"]["x3"]
    lever["x3"] = 5 if lever["x3"] != 5 else 6
    assert any(claim.refuted for claim in verify(changed))
    changed = copy.deepcopy(stored)
    changed["gains"]["A"] += 0.1
    changed["payoffs"]["A"] += 0.1
    assert any(claim.refuted for claim in verify(changed))


def test_a_worse_deal_told_consistently_is_refused(stored):
    if stored.get("lottery") is not None:
        return
    changed = copy.deepcopy(stored)
    scenario = load(tree(False))
    problem = scenario.problem()
    indices = list(problem.feasible.indices(stored["terms"]))
    near = [(*indices[:k], level, *indices[k + 1 :]) for k in range(LEVERS) for level in range(11)]
    rows = problem.feasible.payoffs(near)
    worse = next(k for k, row in enumerate(rows.tolist()) if min(row) > 0 and near[k] != tuple(indices))
    deal = problem.feasible.describe(near[worse])
    values = dict(zip(("A", "B"), rows[worse].tolist(), strict=True))
    changed |= {"terms": deal, "payoffs": values, "gains": values}
    changed["ties"] = [{"terms": deal, "payoffs": values}]
    refuted = [claim.claim for claim in verify(changed) if claim.refuted]
    assert "nash: no deal is better, by the rule's own measure" in refuted


def test_the_command_line_solves_it(tmp_path, capsys):
    source = tmp_path / "many.json"
    source.write_text(json.dumps(tree(False)), encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["solve", str(source)])
    assert done.value.code == 0
    assert "variable elimination" in capsys.readouterr().out
