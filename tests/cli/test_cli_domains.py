"""Negotiation domains at the terminal: shown, solved, converted, verified; and refused with every mistake at once."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main
from bargain.games.interchange.domain_files import read_domain
from tests.games.interchange.domain_texts import BUYER_XML, PROFILE_A, PROFILE_B, put, put_bike

SPECS = {
    "Name": "Sale",
    "NumberOfBids": 6,
    "Nash_A": 0.7,
    "Nash_B": 0.6,
    "NashBid": {"price": "low", "delivery": "slow"},
    "Kalai_A": 1,
    "Kalai_B": 0.15,
    "KalaiBid": {"price": "low", "delivery": "fast"},
}

PAGE = """Sale
NegoLog JSON, 2 parties, 2 issues, 6 outcomes

PARTIES

  party     no deal  least  most
  ------------------------------
  profileA     0.30   0.16  1.00
  profileB     0.20   0.15  1.00

ISSUES

  issue     kind      values  weight profileA  weight profileB
  ------------------------------------------------------------
  price     discrete       3             0.60             0.50  high, middle, low
  delivery  discrete       2             0.40             0.50  fast, slow

STORED POINTS  beside our rules

  point                            theirs (profileA, profileB)        ours
  ------------------------------------------------------------------------
  their Nash (= our nash)                           0.70, 0.60  0.70, 0.60  the same
  their Kalai (= our utilitarian)                   1.00, 0.15  0.40, 0.90  DIFFERENT

  Nash: NegoLog multiplies utilities, not gains: our rule with the disagreement
    point at zero
  Nash: our nash takes zero for the disagreement point
  Kalai: NegoLog's Kalai is the largest sum of utilities, not the egalitarian
    solution
  Kalai: our utilitarian takes every party's least utility for the disagreement
    point
  Kalai: ours is price = middle, delivery = slow; theirs is price = low,
    delivery = fast

NOTES
  weights and evaluations are taken as they stand, as NegoLog does
"""


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put_bike(tmp_path / "bike")
    put(tmp_path / "sale", profileA_json=PROFILE_A, profileB_json=PROFILE_B, specs_json=SPECS)


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def test_a_domain_is_shown_with_its_stored_points():
    result = run("domain", "sale")
    assert result.exit_code == 0
    assert result.stdout == PAGE


def test_a_domain_in_json_is_exact():
    tree = json.loads(run("domain", "sale", "--format", "json").stdout)
    assert (tree["schema"], tree["dialect"], tree["outcomes"]) == ("bargain-domain-1", "NegoLog JSON", 6)
    assert tree["parties"][0]["weights"] == {"price": "3/5", "delivery": "2/5"}
    nash, kalai = tree["points"]
    assert (nash["theirs"], nash["ours"], nash["same"], nash["sound"]) == ("Nash", "nash", True, True)
    assert kalai["solved"] == {
        "payoffs": {"profileA": "2/5", "profileB": "9/10"},
        "deal": {"price": "middle", "delivery": "slow"},
    }
    assert (kalai["ours"], kalai["same"]) == ("utilitarian", False)
    assert kalai["stored"]["deal"] == {"price": "low", "delivery": "fast"}


def test_options_of_the_reader():
    page = run("domain", "bike/bike.xml", "bike/seller.xml", "bike/buyer.xml", "--steps", "3").stdout
    (row,) = [line.split() for line in page.splitlines() if line.startswith("  price ")]
    assert row == ["price", "real", "3", "0.50", "0.30", "100", "..", "300"]
    assert page.index("seller") < page.index("buyer")
    Path("bike/buyer.xml").write_text(BUYER_XML.replace('value="0.2"/>', 'value="0.4"/>'), encoding="utf-8")
    result = run("domain", "bike")
    assert result.exit_code == 2
    assert "utilities reach 1.2 (weights sum to 1.2), and GENIUS cuts them off at 1" in result.stderr
    assert "--normalise-weights" in result.stderr
    tree = json.loads(run("domain", "bike", "--normalise-weights", "--format", "json").stdout)
    assert tree["parties"][0]["weights"] == {"colour": "5/12", "gears": "1/3", "price": "1/4"}


@pytest.mark.parametrize("sources", [["sale"], ["sale/profileA.json", "sale/profileB.json"]])
def test_a_domain_is_solved_like_a_scenario(sources):
    result = run("solve", *sources)
    assert result.exit_code == 0
    assert "AGREEMENT  Nash bargaining, equal power" in result.stdout
    assert "  price           high      low\n" in result.stdout
    assert "CERTIFIED" in result.stdout
    # A domain does not say what stands without a deal, so that separate talks are not compared.
    assert "linkage" not in result.stdout.partition("Next:")[0].lower()


def test_the_disagreement_point_is_set_as_in_a_scenario():
    tree = json.loads(run("solve", "sale", "--set", "disagreement.payoffs.profileB=0.7", "--format", "json").stdout)
    assert tree["terms"] == {"price": {"price": "middle"}, "delivery": {"delivery": "slow"}}
    assert tree["disagreement"]["payoffs"] == {"profileA": 0.3, "profileB": 0.7}
    result = run(
        "solve", "sale", "--set", "disagreement.payoffs.profileA=0.9", "--set", "disagreement.payoffs.profileB=0.9"
    )
    assert result.exit_code == 1


def test_results_of_domains_are_verified():
    assert run("solve", "bike", "--format", "json", "-o", "result.json").exit_code == 0
    assert run("verify", "result.json").exit_code == 0
    tree = json.loads(Path("result.json").read_text(encoding="utf-8"))
    tree["gains"]["buyer"] += 0.25
    Path("wrong.json").write_text(json.dumps(tree), encoding="utf-8")
    assert run("verify", "wrong.json").exit_code == 1


def test_other_commands_take_a_domain_too():
    assert "ok (2 players, 2 issues, 2 levers)" in run("check", "sale").stdout
    assert "price" in run("show", "sale").stdout
    result = run("linkage", "sale")
    assert result.exit_code == 0
    assert "warning[BG029]: a domain has no status quo" in result.stderr
    assert "warning[BG029]: discount factor 0.8 of buyer is not applied" in run("solve", "bike").stderr
    assert run("solve", "bike", "--quiet").stderr == ""


@pytest.mark.parametrize("target", ["bike.toml", "bike.json"])
def test_a_domain_becomes_a_scenario_file(target):
    result = run("convert", "bike", target, "--steps", "5")
    assert result.exit_code == 0
    assert "note: evaluations of discrete issues are divided by the issue's largest, as GENIUS does" in result.stderr
    assert "note: utilities are rounded to floats" in result.stderr
    assert run("check", "--strict", target).exit_code == 0
    first, again = (json.loads(run("solve", source, "--format", "json").stdout) for source in (target, "bike"))
    assert first["scenario"]["title"] == again["scenario"]["title"] == "Bike"
    domain = read_domain("bike", steps=5)
    terms = {issue: next(iter(levels.values())) for issue, levels in first["terms"].items()}
    exact = dict(zip(domain.players, domain.utilities(domain.indices(terms)), strict=True))
    assert first["payoffs"] == pytest.approx({name: float(value) for name, value in exact.items()})


def test_a_scenario_can_go_to_standard_output():
    assert run("convert", "sale", "-", "--to", "toml", "-q").stdout.startswith("format = 1\n\n[scenario]\nid = ")


@pytest.mark.parametrize("kind", ["genius", "geniusweb", "negmas", "negolog"])
def test_a_domain_is_written_for_other_programs(kind):
    result = run("convert", "sale", "new", "--to", kind)
    assert result.exit_code == 0
    assert result.stderr.startswith("note: wrote ")
    assert read_domain("new").utilities((2, 1)) == (Fraction(7, 10), Fraction(3, 5))
    again = run("convert", "sale", "new", "--to", kind)
    assert again.exit_code == 2
    assert "the folder `new` has XML, JSON or YAML files already" in again.stderr


def test_a_scenario_is_written_as_a_domain():
    assert run("convert", "bike", "bike.toml", "-q").exit_code == 0
    assert run("convert", "bike.toml", "new", "--to", "negmas", "-q").exit_code == 0
    again, domain = read_domain("new"), read_domain("bike")
    assert again.name == "Bike"
    place = (1, 4, 10)
    assert [float(u) for u in again.utilities(place)] == pytest.approx([float(u) for u in domain.utilities(place)])
    result = run("convert", "us-japan-2025", "other", "--to", "negmas")
    assert result.exit_code == 2
    assert "a lever moves on an interval" in result.stderr


def test_what_cannot_be_written_is_refused():
    result = run("convert", "bike", "new", "--to", "negolog")
    assert result.exit_code == 2
    assert "cannot write `new`: NegoLog has discrete issues only; `gears` is integer" in result.stderr
    assert not Path("new").exists()
    for arguments in (("sale", "new"), ("sale", "new.nfg"), ("sale", "new", "--to", "csv")):
        result = run("convert", *arguments)
        assert result.exit_code == 2
        assert (
            "should end with .toml or .json for a scenario; or --to one of genius, geniusweb, negmas, negolog"
            in result.stderr
        )
    assert run("convert", "a.nfg", "b.nfg", "c.csv").exit_code == 2


def test_mistakes_are_shown_with_exit_code_2():
    Path("bike/buyer.xml").write_text(
        BUYER_XML.replace('"12"', '"twelve"').replace('"0.5"/>', '"half"/>'), encoding="utf-8"
    )
    for command in ("domain", "solve", "check", "show"):
        result = run(command, "bike")
        assert result.exit_code == 2
        output = result.stdout + result.stderr
        assert "error[BG021]: the value of `<weight>`: `half` is not a number\n  --> bike/buyer.xml:3:30\n" in output
        assert "`twelve` is not a number" in output
    assert run("solve", "none.xml").exit_code == 2
    assert run("domain", "none").exit_code == 2
    Path("empty").mkdir()
    assert "there is no negotiation domain here" in run("domain", "empty").stderr
    assert "`empty` is a folder, not a scenario file" in run("solve", "empty").stderr
