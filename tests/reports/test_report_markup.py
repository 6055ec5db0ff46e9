"""LaTeX and Markdown: what a scenario says can never become markup."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bargain.reports import render
from bargain.reports.game import links, render_game
from bargain.reports.latex import escape_latex, latex_table
from bargain.reports.markdown import escape_markdown, markdown_table
from bargain.reports.tables import Column, Table
from bargain.scenario.document import Definition, PayoffTable
from bargain.scenario.formula import read_formula

NASTY = st.text(st.sampled_from("\\{}%&#_$~^<>|\"'[]*`-+1 ab税\n"), max_size=20)
LATEX_BACK = {
    r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", r"\textless{}": "<",
    r"\textgreater{}": ">", r"\textbar{}": "|", r"\char34{}": '"', r"\{": "{", r"\}": "}", r"\%": "%",
    r"\&": "&", r"\#": "#", r"\_": "_", r"\$": "$",
}  # fmt: skip


def read_latex(text):
    pattern = "|".join(re.escape(macro) for macro in LATEX_BACK)
    return re.sub(pattern, lambda found: LATEX_BACK[found[0]], text)


@given(NASTY)
def test_escaped_latex_holds_no_active_character_and_reads_back(text):
    escaped = escape_latex(text)
    bare = re.sub("|".join(re.escape(macro) for macro in LATEX_BACK), "", escaped)
    assert not set(bare) & set("\\{}%&#_$~^\n")
    assert read_latex(escaped) == text.replace("\n", " ")


@given(st.lists(st.tuples(NASTY, NASTY, NASTY), min_size=1, max_size=4))
def test_every_latex_row_has_its_cells(rows):
    table = Table((Column("a", "left"), Column("b"), Column("c")), tuple(rows))
    lines = latex_table(table).splitlines()
    body = lines[lines.index("\\midrule") + 1 : lines.index("\\bottomrule")]
    assert len(body) == len(rows)
    for line in body:
        assert len(re.findall(r"(?<!\\)&", line)) == 2
        assert line.endswith(r" \\")
        assert not re.search(r"(?<!\\)%", line)


def test_an_indented_name_keeps_its_indent_and_a_bracket_is_no_argument():
    table = Table((Column("a", "left"), Column("b")), (("  lever", "-1.50"), ("[x]", "+2")))
    text = latex_table(table)
    assert r"\quad lever & $-1.50$ \\" in text
    assert r"{}[x] & $+2$ \\" in text


def test_latex_tables_have_booktabs_notes_and_no_clock(report):
    text = render(report, "latex")
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == text.count(r"\begin{tablenotes}") == 2
    assert r"Tariff on cars & \% & 25.00 & 21.44 & 9.11" in text
    assert "scenario " + report.document.digest[:8] in text
    assert "0.9 s" not in text
    assert "Next:" not in text


def test_latex_is_the_same_for_two_runs(report):
    later = replace(report, provenance={**report.provenance, "seconds": 99.0})
    assert render(report, "latex") == render(later, "latex")
    assert render(report, "md") == render(later, "md")


def test_latex_sets_long_texts_as_paragraphs():
    table = Table((Column("a", "left"), Column("b", "left"), Column("c")), (("x", "word " * 20, "1"),))
    assert r"\begin{tabular}{lp{0.3\linewidth}r}" in latex_table(table)


def test_latex_splits_a_table_that_no_page_holds():
    table = Table((Column("a", "left"), *(Column(str(k)) for k in range(20))), (("x", *map(str, range(20))),))
    assert table.columns[20].heading == "19"
    assert latex_table(table).count("toprule") == 1


@given(NASTY)
def test_markdown_cells_stay_in_their_cell(text):
    line = markdown_table(Table((Column("a", "left"), Column("b")), ((text, "1"),))).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3


@given(NASTY)
def test_escaped_markdown_reads_back(text):
    assert re.sub(r"\\(.)", r"\1", escape_markdown(text)) == " ".join(text.split())


def test_markdown_page_has_headings_and_tables(report):
    page = render(report, "md")
    assert page.startswith("# US-Japan: tariff")
    assert "## Agreement" in page
    assert "| Package | 9.61 | 7.96 | 17.56 |" in page
    assert "####" not in page


def test_a_scenario_is_shown_in_full(document):
    page = render_game(document)
    for said in (
        *("United States", "JP.joint = jump*tariff/25", "jump = hop*pledge", "US.pledge = 6*log(1 + pledge/100)"),
        *("fiscal room: 0.011*pledge + host <= 8.9", "Budget", "0.8 to 1.2", "Tariff-jumping motive", "FACTS"),
        *("Illustrative numbers", "2.50 to 25.00", "bn USD/yr", "JP.host = { 1.4 = 0, 4 = -2.6 }"),
    ):
        assert said in page
    assert page.isascii()


def test_links_see_through_definitions_and_sums(document):
    assert links(document) == (("tariff", "pledge", "JP", "jump*tariff/25"),)
    nested = (*document.definitions, Definition("deep", read_formula("2*jump"), "2*jump"))
    entry = document.payoffs[3]
    formula = "deep*host - tariff + host^2"
    linked = replace(entry, source=formula, expression=read_formula(formula))
    changed = replace(document, definitions=nested, payoffs=(linked,))
    assert links(changed) == (("pledge", "host", "JP", "deep*host"),)
    separable = replace(document, payoffs=document.payoffs[:3])
    assert links(separable) == ()
    assert "the payoffs are separable" in render_game(separable)


def test_a_table_over_one_lever_is_set_as_cases(document):
    lever = replace(document.issues[2].levers[0], levels=(1.4, 4.0))
    issues = (*document.issues[:2], replace(document.issues[2], levers=(lever,)))
    latex = render_game(replace(document, issues=issues), "latex")
    assert r"\begin{cases} 0 & \text{if } \mathrm{host} = \text{1.4} \\ -2.6 &" in latex


def test_equations_are_set_in_latex_and_markdown(document):
    latex, markdown = render_game(document, "latex"), render_game(document, "md")
    assert r"u_{\mathrm{JP}}^{\mathrm{joint}} &= \frac{" in latex
    assert r"\begin{align*}" in latex
    assert r"\left[0, -2.6\right]" in latex
    assert r"u_{\mathrm{JP}}^{\mathrm{joint}} = \frac{" in markdown


def test_latex_sets_powers_of_ten():
    table = Table((Column("a", "left"), Column("b")), (("x", "-1.000e-09"), ("y", "2.5e+10")))
    text = latex_table(table)
    assert r"x & $-1.000 \times 10^{-9}$ \\" in text
    assert r"y & $2.5 \times 10^{10}$ \\" in text


def test_latex_needs_no_other_font_encoding():
    assert "textquotedbl" not in escape_latex('"fiscal room"')


def test_a_table_over_two_levers_names_every_combination(document):
    levers = [
        replace(document.issues[k].levers[0], levels=levels) for k, levels in ((0, ("lo", "hi")), (1, (0.0, 5.0)))
    ]
    issues = tuple(replace(issue, levers=(each,)) for issue, each in zip(document.issues, levers, strict=False))
    table = PayoffTable(tuple(lever.name for lever in levers), (2, 2), (1.0, 2.0, 3.0, -4.5))
    entry = replace(document.payoffs[0], expression=None, table=table)
    changed = replace(document, issues=issues, payoffs=(entry,), constraints=(), definitions=())
    latex = render_game(changed, "latex")
    assert latex.count(r"\text{if } \mathrm{tariff} = \text{") == 4
    assert r"2 & \text{if } \mathrm{tariff} = \text{lo}, \mathrm{pledge} = \text{5}" in latex
    assert r"-4.5 & \text{if } \mathrm{tariff} = \text{hi}, \mathrm{pledge} = \text{5}" in latex
