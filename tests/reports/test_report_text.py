"""Plain text: a golden page, and laws that hold for any table."""

import unicodedata
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.reports import FORMATS, render
from bargain.reports.gains import bar
from bargain.reports.linkage import package_name
from bargain.reports.tables import Column, Section, Table, blocks
from bargain.reports.text import PAGE, display_width, pad, text_sections, text_table, wrapped
from bargain.results import Binding, Outcome, Profile, Separate, Status
from bargain.scenario.document import Issue, Player

GOLDEN = Path(__file__).parent / "golden_solve.txt"

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30)
cells = words.map(lambda text: " ".join(text.split()))


@st.composite
def tables(draw):
    aligns = draw(st.lists(st.sampled_from(["left", "right"]), max_size=8))
    columns = (Column(draw(cells), "left"), *(Column(draw(cells), align) for align in aligns))
    rows = draw(st.lists(st.tuples(*[cells] * len(columns)) | st.just(()), max_size=5))
    return Table(columns, tuple(rows))


def test_the_page_of_a_deal_is_the_golden_page(report):
    assert render(report) == GOLDEN.read_text(encoding="utf-8")


def test_the_page_is_ascii_and_fits(report, refused):
    for page in (render(each, "text", command) for each in (report, refused) for command in ("solve", "linkage")):
        assert page.isascii()
        assert max(len(line) for line in page.splitlines()) <= PAGE
        assert page.endswith("\n")
        assert not page.endswith("\n\n")


@given(tables())
def test_no_cell_is_cut(table):
    text = "\n".join(text_table(table))
    squeezed = "".join(text.split())
    for row in filter(None, table.rows):
        for cell, column in zip(row, table.columns, strict=True):
            if column.align == "right":
                assert cell in text
    if len(table.columns) == 1:
        for row in table.rows:
            for cell in row:
                assert "".join(cell.split()) in squeezed


@given(tables())
def test_numbers_end_in_one_column(table):
    """The right edge of a right-aligned last column is the same in all rows, counted in terminal columns."""
    numbers = Table((Column("", "left"), Column("h")), tuple((row[0], f"{len(row[0])}.5") for row in table.rows if row))
    lines = [line for line in text_table(numbers) if line.endswith(".5")]
    assert len({display_width(line) for line in lines}) <= 1


def test_wide_characters_take_two_columns():
    assert display_width("関税") == 4
    assert display_width("e\N{COMBINING ACUTE ACCENT}") == 1
    assert pad("関税", 6) == "関税  "
    table = Table((Column("項目", "left"), Column("値")), (("関税", "1"), ("a", "22")))
    assert [display_width(line) for line in text_table(table)] == [10, 10, 10, 10]


@given(st.text(st.sampled_from("ab 税金 "), max_size=60), st.integers(8, 30))
def test_wrapping_keeps_every_character_and_the_width(text, width):
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    longest_ascii_word = max((len(word) for word in text.split() if word.isascii()), default=0)
    assert all(display_width(line) <= max(width, longest_ascii_word) for line in lines)


def test_a_long_number_is_never_broken():
    assert "123456789012345678901234567890123456789012" in wrapped(
        "value 123456789012345678901234567890123456789012", 20
    )


def test_a_wide_table_is_stacked_with_its_labels():
    table = Table((Column("Gain", "left"), *(Column(f"P{k}") for k in range(26))), (("Package", *["1234.56"] * 26),))
    lines = text_table(table)
    assert max(map(len, lines)) <= PAGE
    assert sum(line.count("1234.56") for line in lines) == 26
    assert sum(line.strip().startswith("Package") for line in lines) == sum("Gain" in line for line in lines) > 1


def test_long_texts_in_the_last_columns_are_set_under_their_row():
    words = (Column("Unit of things", "left"), Column("Meaning", "left", plain=True), Column("Source", "left"))
    columns = (Column("Long name of a thing", "left"), Column("Value"), *words)
    rows = (("a", "1", "bn", "what it means " * 5, "where it comes from " * 5), ("b", "2", "", "", ""))
    assert text_table(Table(columns, rows)) == [
        "  Long name of a thing  Value  Unit of things",
        "  -------------------------------------------",
        "  a                         1  bn",
        "      what it means what it means what it means what it means what it means",
        "      Source: where it comes from where it comes from where it comes from where",
        "        it comes from where it comes from",
        "  b                         2",
    ]


def test_blocks_hold_every_column_once():
    table = Table((Column("a", "left"), *(Column(str(k)) for k in range(5)), Column("", "bar")), ())
    pieces = blocks(table, lambda piece: len(piece.columns) <= 3)
    assert [column.heading for piece in pieces for column in piece.columns[1:]] == [*"01234", ""]


def test_twenty_six_players(report, document):
    names = [chr(65 + k) for k in range(26)]
    many = replace(document, players=tuple(Player(name, name) for name in names))
    gains = tuple(float(k) for k in range(26))
    solution = replace(report.solution, gains=gains, payoffs=gains, weights=None, binding=())
    point = replace(report.disagreement, payoffs=gains)
    page = render(replace(report, document=many, solution=solution, disagreement=point, linkage=None, alternatives=()))
    assert max(len(line) for line in page.splitlines()) <= PAGE
    assert all(f" {name}" in page for name in names)
    assert "equal power" in page
    assert "26 players" in page


def test_no_deal_says_why_and_how_far(refused):
    page = render(refused)
    assert "NO AGREEMENT  Nash bargaining" in page
    assert "Closest: US +0.8 needs JP -0.3 (tariff 18 %)." in page
    assert "No deal gives some side more than the status quo" in page
    assert "no deal" in page
    assert "\nCERTIFIED" in page


def test_a_failed_search_is_not_called_no_deal(refused):
    failed = replace(refused.solution, status=Status.FAILED, certificate=None)
    page = render(replace(refused, solution=failed))
    assert "one may exist" in page
    assert "NOT CERTIFIED" in page


def test_a_certificate_that_fails_is_shown_as_such(report):
    broken = replace(report.solution, certificate=replace(report.solution.certificate, gap=0.5))
    page = render(replace(report, solution=broken))
    assert "NOT CERTIFIED  no better deal near this one (gap 0.5 > 1e-06" in page


def test_ties_are_listed_by_the_levers_that_differ(report, document):
    other = document.terms((9.1139, 300.0, 4.0))
    tied = replace(report.solution, ties=(report.solution.ties[0], Outcome(other, (10.6, Fraction(9)))))
    page = render(replace(report, solution=tied))
    assert "TIES  2 deals tie" in page
    assert "2  pledge 300 bn USD: US 10.60, JP 9.00" in page


def test_a_lottery_has_a_column_for_each_deal(report, document):
    deals = (document.terms((2.5, 600.0, 4.0)), document.terms((25.0, 0.0, 1.4)))
    drawn = replace(report.solution, deal=None, lottery=((deals[0], Fraction(3, 5)), (deals[1], Fraction(2, 5))))
    page = render(replace(report, solution=drawn, terms=None))
    assert "With 60 %" in page
    assert "With 40 %" in page
    line = next(line for line in page.splitlines() if "Investment pledge" in line)
    assert line.split()[-2:] == ["600", "0"]


def test_a_lever_that_all_draws_set_alike_has_a_level(report, document):
    deals = (document.terms((2.5, 600.0, 4.0)), document.terms((2.5, 0.0, 4.0)))
    drawn = replace(report.alternatives[0], deal=None, lottery=tuple((deal, 0.5) for deal in deals))
    page = render(replace(report, alternatives=(drawn,)))
    assert next(line for line in page.splitlines() if "Kalai" in line).split()[-3:] == ["2.50", "lottery", "4"]


def test_a_sure_lottery_is_a_package(report, document):
    deal = document.terms((2.5, 600.0, 4.0))
    page = render(replace(report, solution=replace(report.solution, deal=None, lottery=((deal, 1.0),)), terms=None))
    assert "Package" in page
    assert "With 100" not in page


def test_named_levels_and_grouped_levers(report, document):
    base = document.issues[0].levers[0]
    first = replace(base, name="access", issue="rice", label="Rice quota", unit="", levels=("none", "half", "full"))
    first = replace(first, status_quo="none", lower=0.0, upper=2.0)
    second = replace(base, name="cars", issue="rice", label="Car checks")
    both = replace(document, issues=(Issue("rice", "Market access", (first, second), ("US", "JP")),))
    solution = replace(report.solution, deal={"rice": {"access": "half", "cars": 5.0}}, binding=(), ties=())
    page = render(
        replace(
            report,
            document=both,
            solution=solution,
            terms=solution.deal,
            linkage=None,
            alternatives=(),
            disagreement=replace(report.disagreement, levels=both.status_quo),
        )
    )
    assert "  Market access\n    Rice quota" in page
    line = next(line for line in page.splitlines() if "Rice quota" in line)
    assert line.split()[2:] == ["none", "half"]


def test_levels_without_agreement_get_a_column_when_they_differ_from_the_status_quo(report):
    moved = replace(report.disagreement, kind="nash", levels=(25.0, 10.0, 1.4), note="1 of 2 equilibria: welfare-best")
    page = render(replace(report, disagreement=moved))
    assert "No agreement" in page
    assert "Gains are over the equilibrium without agreement" in page
    assert "Disagreement point: 1 of 2 equilibria: welfare-best." in page


def test_a_limit_that_both_would_lift_is_no_commitment(report):
    limit = Binding("constraint", "fiscal room", (0.5, 0.4), 64)
    page = render(replace(report, solution=replace(report.solution, binding=(limit,))))
    assert '"fiscal room" (line 64): one more unit of room gives US +0.50, JP +0.40.' in page.replace("\n    ", " ")
    assert "commitment" not in page


def test_limits_without_a_price_are_named_together(report):
    limits = (
        Binding("constraint", "a", None, 3),
        Binding("constraint", "b"),
        Binding("bound", "host", None, None, "upper"),
    )
    page = render(replace(report, solution=replace(report.solution, binding=limits)))
    assert 'BINDING\n  "a" (line 3) and "b": what one more unit' in page
    assert "at upper limit" in page


def test_separate_talks_that_break_a_limit_are_marked(report):
    separate = replace(report.linkage.separate, feasible=False)
    page = render(replace(report, linkage=replace(report.linkage, separate=separate)))
    assert next(line for line in page.splitlines() if "Issue by issue" in line).endswith("breaks a limit")


def test_a_single_issue_has_no_package_to_compare(report, document):
    alone = replace(document, issues=document.issues[:1])
    package = replace(report.linkage.subpackages[0], issues=("tariff",), lottery=(((21.44,), 1.0),))
    separate = replace(report.linkage.separate, lottery=package.lottery)
    linkage = replace(report.linkage, package=package, separate=separate, subpackages=(package,), attribution=None)
    point = replace(report.disagreement, levels=(25.0,))
    single = replace(report, document=alone, linkage=linkage, disagreement=point, alternatives=())
    page = render(single)
    assert "  Deal  9.61  7.96  17.56" in page
    assert "Issue by issue" not in page
    assert "Apart" not in page
    assert "  tariff  " in render(single, "text", "linkage")


def test_packages_are_named_by_what_is_missing_when_that_is_shorter():
    issues = tuple(SimpleNamespace(name=name) for name in "abcde")
    document = SimpleNamespace(issues=issues)
    names = [package_name(tuple(on), document) for on in ("abcde", "abcd", "bcde", "abc", "a")]
    assert names == ["all issues", "all but e", "all but a", "a + b + c", "a"]
    assert package_name(("a",), SimpleNamespace(issues=issues[:1])) == "a"


def test_linkage_page_names_who_loses(report):
    linkage = replace(report.linkage, value=(9.4, -0.3))
    assert "US gains and JP loses from linking the issues." in render(
        replace(report, linkage=linkage), "text", "linkage"
    )
    same = replace(report.linkage, value=(0.0, 0.0))
    assert "changes nothing" in render(replace(report, linkage=same), "text", "linkage")


def test_linkage_page_shows_the_largest_packages_and_a_count(report):
    many = tuple(
        replace(report.linkage.subpackages[0], issues=(f"i{k}",), gains=(float(k), 0.0)) for k in range(40)
    )  # fmt: skip
    page = render(replace(report, linkage=replace(report.linkage, subpackages=many)), "text", "linkage")
    assert "40 packages solved, the 16 with the largest joint gain are shown" in " ".join(page.split())
    assert " i39 " in page
    assert " i5 " not in page


def test_linkage_page_shows_promises_that_linkage_terms_change(report):
    separate = Separate(report.linkage.separate.tables, report.linkage.separate.lottery, (1.0, 2.0), (1.5, 2.0), True)
    page = render(replace(report, linkage=replace(report.linkage, separate=separate)), "text", "linkage")
    assert "as negotiated" in page


def test_equilibria_page_shows_supports_fractions_and_completeness(report):
    page = render(report, "text", "equilibria")
    assert "2 equilibria, all of them: every support was tried" in page
    assert "1/3" in page
    assert "-7/3" in page
    unknown = replace(report.equilibria, complete=None, reason="stopped after 60 s")
    assert "there may be more: stopped after 60 s" in render(replace(report, equilibria=unknown), "text", "equilibria")
    nothing = replace(report.equilibria, profiles=(), complete=False, reason="")
    assert "no equilibrium, not all of them" in render(replace(report, equilibria=nothing), "text", "equilibria")


def test_equilibria_say_on_which_grid_they_were_sought(report, document):
    said = "Levers on a range stand on 11 equally spaced levels and the status quo."
    assert said in render(report, "text", "equilibria")
    levers = [replace(issue.levers[0], levels=(0.0, 1.4, 25.0)) for issue in document.issues]
    issues = tuple(replace(issue, levers=(each,)) for issue, each in zip(document.issues, levers, strict=True))
    finite = replace(report, document=replace(document, issues=issues))
    assert "equally spaced" not in render(finite, "text", "equilibria")


def test_digits_print_every_digit_on_request(report):
    assert "445.53" in render(report, digits=17)
    assert "9.1139" in render(report, digits=17)
    assert "445.530" in render(report, digits=6)


def test_a_title_with_line_breaks_stays_one_line(report, document):
    page = render(replace(report, document=replace(document, title="one\n\ntwo")))
    assert page.startswith("one two\n")


def test_the_next_command_can_be_pasted_and_is_left_out_for_standard_input(report, document):
    spaced = render(replace(report, document=replace(document, file="my talks.toml")))
    assert spaced.endswith("Next: bargain linkage 'my talks.toml' | bargain show 'my talks.toml'\n")
    assert "Next:" not in render(replace(report, document=replace(document, file="<stdin>")))


def test_unknown_format_and_command_suggest(report):
    with pytest.raises(ValueError, match="did you mean 'latex'"):
        render(report, "latx")
    with pytest.raises(ValueError, match="did you mean 'linkage'"):
        render(report, "text", "linkages")


def test_every_format_renders_every_command(report, refused):
    for format in FORMATS:
        for command in ("solve", "linkage", "equilibria"):
            assert render(report, format, command).strip()
            assert render(refused, format, command).strip()


def test_bars_never_hide_a_gain():
    assert bar(1e-9, 1.0) == "#"
    assert bar(1.0, 1.0) == "#" * 20
    assert bar(-1.0, 1.0) == bar(0.0, 0.0) == ""


def test_sections_without_content_leave_no_trace():
    assert text_sections([Section("", body=("a",)), Section(""), Section("B", "c")]) == "a\n\nB  c\n"


def test_display_width_agrees_with_the_standard_on_narrow_letters():
    assert all(display_width(letter) == 1 for letter in "aé\u00b5Ω" if unicodedata.east_asian_width(letter) != "W")


def test_what_rounding_leaves_is_no_share_of_the_gain(report):
    linkage = replace(report.linkage, value=(-1.0, 1.0 + 1e-15))
    assert "of the gain" not in render(replace(report, linkage=linkage))
    assert "<1 % of the gain" in render(replace(report, linkage=replace(report.linkage, value=(-1.0, 1.01))))


def test_a_game_in_which_nobody_moves_says_so(report):
    game = SimpleNamespace(players=("US", "JP"), actions=(("-",), ("-",)))
    still = Profile(((1.0,), (1.0,)), (0.0, 0.0), 0.0)
    page = render(replace(report, equilibria=replace(report.equilibria, game=game, profiles=(still,))))
    assert "\n  no player sets a lever: pays US 0, JP 0; regret 0\n" in page


def test_one_package_is_not_many(report):
    one = replace(report.linkage, subpackages=report.linkage.subpackages[:1])
    assert "PACKAGES  1 package solved" in render(replace(report, linkage=one), "text", "linkage")


def test_a_remark_of_the_solver_is_marked_as_one(report):
    noted = replace(report.solution, notes=("other deals have the same value",))
    assert "\nNote: other deals have the same value" in render(replace(report, solution=noted))
