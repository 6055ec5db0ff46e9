"""Domains read by NegMAS and by us: the same utilities, and NegMAS's points under our names.

Skipped where NegMAS is not installed; the environment variable ``NEGMAS_PYTHON`` may name an interpreter that has it.
Four things differ on purpose and are arranged away: NegMAS does not divide GENIUS evaluations by their largest (so that
the largest is 1 here), it counts issues of GENIUS from 1, it takes the least utility for a reserved value below it, and
its ``ks`` is the least difference of shares (not compared).
"""

import json
import os
import random
import shutil
import subprocess
import sys
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

import pytest

from bargain.comparison import compare_points
from bargain.games.interchange.domain import Domain, DomainIssue, Party
from bargain.games.interchange.domain_files import read_domain
from bargain.games.interchange.domain_writers import write_domain

F = Fraction

PYTHON = os.environ.get("NEGMAS_PYTHON", sys.executable)

PROGRAM = """
import json, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from negmas.inout import Scenario
answers = []
for folder, kind in json.loads(sys.stdin.read()):
    place = Path(folder)
    if kind == "negmas":
        # NegMAS has no loader for a folder of the JSON that it writes; that of YAML takes the files.
        parties = sorted(path for path in place.glob("*.json") if path.name != "domain.json")
        scenario = Scenario.from_yaml_files(domain=place / "domain.json", ufuns=parties)
    else:
        scenario = getattr(Scenario, f"from_{kind}_folder")(place)
    outcomes = list(scenario.outcome_space.enumerate_or_sample())
    table = [[[str(v) for v in outcome], [float(u(outcome)) for u in scenario.ufuns]] for outcome in outcomes]
    scenario.calc_stats()
    stats = {k: v for k, v in scenario.stats.to_dict().items() if k.endswith(("_utils", "_outcomes"))}
    answers.append({"names": [i.name for i in scenario.issues], "table": table, "stats": stats})
    if kind == "negmas":
        scenario.dumpas(Path(folder) / "again", "json")
print("ANSWERS" + json.dumps(answers))
"""


@pytest.fixture(scope="module")
def negmas():
    """Return a function that lets NegMAS read folders, or skip."""
    known = subprocess.run([PYTHON, "-c", "import negmas"], capture_output=True, check=False)
    if known.returncode:
        pytest.skip("NegMAS is not installed (NEGMAS_PYTHON names an interpreter that has it)")

    def answers(folders):
        done = subprocess.run(
            [PYTHON, "-c", PROGRAM], input=json.dumps(folders), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.rpartition("ANSWERS")[2])

    return answers


def random_domain(rng):
    issues = tuple(
        DomainIssue(f"i{k}", tuple(f"v{j}" for j in range(rng.randint(2, 4)))) for k in range(rng.randint(1, 4))
    )
    parties = []
    for name in ("first", "second"):
        cuts = sorted(rng.sample(range(1, 100), len(issues) - 1))
        weights = [F(b - a, 100) for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        columns = []
        for issue in issues:
            column = [F(rng.randint(0, 20), 20) for _ in issue.values]
            column[rng.randrange(len(column))] = F(1)
            columns.append(tuple(column))
        parties.append(Party(name, tuple(weights), tuple(columns), F(rng.randint(0, 30), 100)))
    return Domain("random", "made here", issues, tuple(parties))


@pytest.mark.parametrize("kind", ["genius", "geniusweb", "negmas"])
def test_utilities_and_points_are_those_of_negmas(kind, negmas, tmp_path):
    rng = random.Random(f"negmas {kind}")
    found = [random_domain(rng) for _ in range(25)]
    folders = [str(tmp_path / str(k)) for k in range(len(found))]
    for domain, folder in zip(found, folders, strict=True):
        write_domain(domain, folder, kind)
    compared = 0
    for domain, folder, answer in zip(found, folders, negmas([[f, kind] for f in folders]), strict=True):
        read = read_domain(folder)
        assert answer["names"] == [issue.name for issue in read.issues]
        assert len(answer["table"]) == read.outcomes
        for outcome, utilities in answer["table"]:
            place = read.indices(dict(zip(answer["names"], outcome, strict=True)))
            assert utilities == pytest.approx([float(u) for u in read.utilities(place)], abs=1e-12)
            assert read.utilities(place) == domain.utilities(place)
        (read_folder := tmp_path / "points" / folder.rpartition("/")[2]).mkdir(parents=True)
        for file in Path(folder).iterdir():
            if file.suffix in (".xml", ".json"):
                shutil.copy(file, read_folder)
        (read_folder / "stats.json").write_text(json.dumps(answer["stats"]), encoding="utf-8")
        for point in compare_points(read_domain(read_folder)):
            assert point.sound
            if point.theirs in WORTH and not _degenerate(domain):
                theirs, ours = (_gains(point, payoffs) for payoffs in (point.stored_payoffs, point.payoffs))
                if point.theirs == "nash" and min(theirs) < 0:
                    # NegMAS multiplies two losses, too.
                    continue
                assert WORTH[point.theirs](theirs) == pytest.approx(WORTH[point.theirs](ours), abs=1e-12)
                compared += 1
    assert compared > 40


WORTH = {"nash": prod, "kalai": min, "max_welfare": sum}
"""What NegMAS's points are the largest of; where several are equal it and we may name different ones."""


def _gains(point, payoffs):
    return [float(u - r) for u, r in zip(payoffs, point.disagreement, strict=True)]


def _degenerate(domain):
    """Return whether some party cannot gain: NegMAS then calls every point of the frontier a solution."""
    return any(party.most <= max(party.disagreement, party.least) for party in domain.parties)


def test_negmas_dumps_what_it_read(negmas, tmp_path):
    rng = random.Random(7)
    found = [random_domain(rng) for _ in range(5)]
    folders = [str(tmp_path / str(k)) for k in range(len(found))]
    for domain, folder in zip(found, folders, strict=True):
        write_domain(domain, folder, "negmas")
    negmas([[folder, "negmas"] for folder in folders])
    for domain, folder in zip(found, folders, strict=True):
        again = read_domain(Path(folder) / "again")
        assert again.points
        for deal in product(*(range(len(issue.values)) for issue in domain.issues)):
            assert again.utilities(deal) == domain.utilities(deal)
