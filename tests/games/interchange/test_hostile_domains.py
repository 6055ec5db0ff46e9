"""Bad and hostile domains: one message per mistake, with its place, all at once; and nothing is fetched or expanded."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import BargainError, GameFileError, LimitError, ScenarioError
from bargain.games.interchange import xml_text
from bargain.games.interchange.domain_files import _Found, _put_json, _read, read_domain
from bargain.games.interchange.json_text import read_json
from bargain.games.interchange.negmas_points import read_stats_yaml
from bargain.games.interchange.troubles import GameText
from bargain.games.interchange.xml_text import read_xml
from tests.games.interchange.domain_texts import (
    BUYER_XML,
    DOMAIN_XML,
    NEGMAS_SPACE,
    PROFILE_A,
    PROFILE_B,
    WEB_DOMAIN,
    negmas_ufun,
    put,
    put_bike,
    web_party,
)


def said(folder, *paths):
    with pytest.raises(ScenarioError) as caught:
        read_domain(*(paths or (folder,)))
    return [(d.code, d.line, d.column, d.message) for d in caught.value.diagnostics]


# ---- XML ----

BOMB = '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>\n<utility_space>&lol2;</utility_space>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "SENTINEL">]>\n<negotiation_template>&x;</negotiation_template>'


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        (BOMB, "BG026", 2, "a document type (DTD) is not read"),
        (OUTSIDE, "BG026", 1, "a document type (DTD) is not read"),
        ('<!DOCTYPE a SYSTEM "SENTINEL"><a/>', "BG026", 1, "a document type (DTD) is not read"),
        ("<a>\n&what;</a>", "BG026", 2, "entities are not read"),
        ("<a>\n  <b>\n</a>", "BG020", 3, "this is not XML: mismatched tag"),
        ("<a b=1/>", "BG020", 1, "this is not XML: not well-formed (invalid token)"),
        ('<a b="1" b="2"/>', "BG020", 1, "this is not XML: duplicate attribute"),
        ("<a/><b/>", "BG020", 1, "this is not XML: junk after document element"),
        ("<a>", "BG020", 1, "this is not XML: no element found"),
        ("<a>" * 40, "BG004", 1, "elements are nested too deeply: at most 32 levels"),
        ("<a " + " ".join(f'k{i}="1"' for i in range(70)) + "/>", "BG004", 1, "an element has more than 64 attributes"),
    ],
)
def test_xml_of_a_stranger(tmp_path, text, code, line, message):
    secret = tmp_path / "secret"
    secret.write_text("<!ENTITY y 'z'>", encoding="utf-8")
    with pytest.raises(GameFileError) as caught:
        read_xml(GameText(text.replace("SENTINEL", secret.as_uri()), "x.xml"))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.line, diagnostic.message) == (code, line, message)
    assert "x.xml:" in diagnostic.render()


def test_elements_are_counted(monkeypatch):
    monkeypatch.setattr(xml_text, "MAX_ELEMENTS", 3)
    with pytest.raises(GameFileError, match="more than 3 elements"):
        read_xml(GameText("<a>" + "<b/>" * 3 + "</a>"))


def test_places_are_those_of_characters_not_of_bytes():
    text = '<a>\n  <grün name="äöü"/><b name="x"/>\n</a>'
    root = read_xml(GameText(text))
    start, end = root.children[1].span(GameText(text))
    assert text[start:end] == '<b name="x"/>'
    start, end = root.children[0].span(GameText(text), "name")
    assert text[start:end] == "äöü"


@given(st.text(alphabet="<>/ab='\"& !-\n[]?", max_size=60))
def test_any_xml_is_read_or_refused(text):
    with contextlib.suppress(GameFileError):
        assert read_xml(GameText(text, "x.xml")).tag


# ---- GENIUS ----


def edited(text, *changes):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


BUYER_MISTAKES = [
    (('value="0.5"/>', 'value="half"/>'), "BG021", 3, "the value of `<weight>`: `half` is not a number"),
    (('value="0.5"/>', 'value="-0.5"/>'), "BG021", 3, "the weight of issue 1 is negative"),
    (('value="0.5"/>', 'value="1e400"/>'), "BG021", 3, "the value of `<weight>`: `1e400` is too large for a float (above 1.8e308)"),
    (('<weight index="1" value="0.5"/>', ""), "BG027", 4, "the issue `colour` has no weight"),
    (('<weight index="1"', "<weight"), "BG027", 3, "`<weight>` has no index"),
    (('value="red" evaluation="12"', 'value="rad" evaluation="12"'), "BG027", 4, "the issue `colour` has no evaluation of `red`"),
    (('evaluation="12"', ""), "BG027", 4, "the issue `colour` has no evaluation of `red`"),
    (('evaluation="12"', 'evaluation="NaN"'), "BG021", 5, "the evaluation of `<item>`: `NaN` is not a number"),
    (('<issue index="2"', '<issue index="7"'), "BG027", 9, "the domain has no issue with the index 7"),
    (('<issue index="2"', '<issue index="1"'), "BG027", 9, "issue 1 is evaluated twice"),
    (('<evaluator ftype="linear" slope="0.5" offset="-0.25"/>', ""), "BG027", 9, "the integer issue `gears` has no evaluator"),
    (('slope="0.5"', ""), "BG027", 10, "`<evaluator>` has no parameter0"),
    (('ftype="linear" parameter0', 'ftype="triangular" parameter0'), "BG028", 14, "a `triangular` evaluator is not linear"),
    (('<weight index="1"', '<utility_function><ufun/></utility_function><weight index="1"'), "BG028", 3, "`<utility_function>`: this utility space is not linear-additive"),
    (('value="0.2"/>', 'value="0.4"/>'), "BG028", 1, "utilities reach 1.2 (weights sum to 1.2), and GENIUS cuts them off at 1"),
    (('<reservation value="0.15"/>', "<reservation/>"), "BG027", 18, "`<reservation>` has no value"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "line", "message"), BUYER_MISTAKES, ids=lambda value: str(value)[:40])
def test_mistakes_in_a_utility_space(tmp_path, change, code, line, message):
    found = said(put_bike(tmp_path, buyer=edited(BUYER_XML, change)))
    assert (code, line, message) in [(c, at, words) for c, at, _, words in found]


DOMAIN_MISTAKES = [
    (('index="2" type', 'index="1" type'), "BG027", 7, "two issues have the index 1"),
    (('index="2" type', 'index="two" type'), "BG021", 7, "the index of `<issue>`: `two` is not a number"),
    (('index="2" type', 'index="2.5" type'), "BG021", 7, "the index of `<issue>`: `2.5` is not a whole number"),
    (('name="gears"', 'name="colour"'), "BG022", 7, "two issues are called `colour`"),
    (('name="gears"', 'name=" "'), "BG027", 7, "`<issue>` has no name"),
    (('value="blue"', 'value="red"'), "BG022", 5, "the issue `colour` has the value `red` twice"),
    (('type="integer" etype="integer"', 'type="fuzzy"'), "BG027", 7, "the type of the issue is `fuzzy`"),
    (('upperbound="5"', 'upperbound="0"'), "BG027", 7, "the range of `gears` runs from 1 to 0"),
    (('upperbound="5"', 'upperbound="900000"'), "BG004", 7, "the integer issue `gears` has 900,000 values; at most 100,000 are taken"),
    (('<range lowerbound="100" upperbound="300"/>', ""), "BG027", 8, "the real issue `price` has no range"),
    (('<item index="1" value="red"/> <item index="2" value="blue"/> <item index="3" value="grün"/>', ""), "BG027", 4, "the issue `colour` has no values"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "line", "message"), DOMAIN_MISTAKES, ids=lambda value: str(value)[:40])
def test_mistakes_in_a_domain(tmp_path, change, code, line, message):
    found = said(put_bike(tmp_path, domain=edited(DOMAIN_XML, change)))
    assert (code, line, message) in [(c, at, words) for c, at, _, words in found]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    buyer = edited(BUYER_XML, ('value="0.5"/>', 'value="half"/>'), ('evaluation="12"', 'evaluation="x"'))
    seller = edited(BUYER_XML, ('ftype="linear" parameter0', 'ftype="faratin" parameter0'))
    with pytest.raises(GameFileError) as caught:
        read_domain(put_bike(tmp_path, buyer=buyer, seller=seller))
    text = str(caught.value)
    assert text.count("error[") >= 3
    assert "buyer.xml:3:30" in text
    assert "buyer.xml:5:" in text
    assert "seller.xml:14:" in text
    assert '3 |     <weight index="1" value="half"/>' in text


def test_roots_that_are_no_domain(tmp_path):
    put_bike(tmp_path, domain="<negotiation_template/>")
    assert said(tmp_path)[0][3] == "`<negotiation_template>` is not a domain of GENIUS"
    put_bike(tmp_path, domain="<negotiation_template><utility_space/></negotiation_template>")
    assert said(tmp_path)[0][3] == "the `<objective>` with the issues is missing"
    empty = "<negotiation_template><utility_space><objective/></utility_space></negotiation_template>"
    put_bike(tmp_path, domain=empty)
    assert said(tmp_path)[0][3] == "the domain has no issues"
    put_bike(tmp_path, buyer="<utility_space/>")
    assert said(tmp_path)[0][3] == "the utility space has no issues"


# ---- JSON ----


def negolog(folder, **changes):
    return put(folder, profileA_json={**PROFILE_A, **changes}, profileB_json=PROFILE_B)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reservationValue": "0.3"}, "`reservationValue` is a text; it should be a number"),
        ({"reservationValue": None}, "`reservationValue` is null; it should be a number"),
        ({"reservationValue": float("inf")}, "`reservationValue` is not a finite number; it should be a number"),
        ({"issueWeights": [1, 2]}, "`issueWeights` is a list; it should be an object `{...}`"),
        ({"issueWeights": {}}, "`price` is no issue of the domain"),
        ({"issueWeights": {"price": 1, "delivery": True}}, "`issueWeights.delivery` is true or false; it should be a number"),
        ({"issues": {"price": PROFILE_A["issues"]["price"]}}, "`issues` lacks `delivery`"),
        ({"issues": {**PROFILE_A["issues"], "price": {}}}, "the issue `price` has 0 values; it needs 1 to 100,000"),
        ({"issues": {**PROFILE_A["issues"], "price": {"": 1}}}, "a name is empty, longer than 1000 characters, or has characters that cannot be shown"),
        ({"issues": {**PROFILE_A["issues"], "price": {"a": 1, "b": 0}}}, "`issues.price` lacks `a`, `b`"),
    ],
)  # fmt: skip
def test_mistakes_in_negolog_profiles(tmp_path, changes, message):
    assert message in [words for *_, words in said(negolog(tmp_path, **changes))]


def test_keys_given_twice_and_broken_json_are_refused(tmp_path):
    put(tmp_path, profileA_json='{"issueWeights": {}, "issues": {},\n "issues": {}}', profileB_json=PROFILE_B)
    assert said(tmp_path)[0][:3] == ("BG006", 2, 2)
    put(tmp_path, profileA_json='{"issueWeights": ', profileB_json=PROFILE_B)
    assert said(tmp_path)[0][0] == "BG005"
    put(tmp_path, profileA_json="[" * 100, profileB_json=PROFILE_B)
    assert said(tmp_path)[0][0] == "BG004"


def test_a_stored_outcome_must_be_one(tmp_path):
    specs = {"NumberOfBids": 6, "Nash_A": 1, "Nash_B": 1, "NashBid": {"price": "free", "delivery": "slow"}}
    put(negolog(tmp_path), specs_json=specs)
    assert said(tmp_path)[0][3] == "the stored Nash outcome: issue 'price' has no value 'free'"


def test_kinds_of_utility_that_are_not_additive_are_refused_by_name(tmp_path):
    ufun = negmas_ufun("u", (1, 0.5, 0), 0.2, 0.1, (0, 1), [0.3, 0.4, 0.3], 0.2)
    mapping = {"type": "negmas.preferences.MappingUtilityFunction", "mapping": {}}
    put(tmp_path, dom_json=NEGMAS_SPACE, u_json=ufun, v_json=mapping)
    assert (
        "`MappingUtilityFunction`: this utility function is not linear-additive, or not known" in said(tmp_path)[0][3]
    )
    bent = {**ufun, "values": [*ufun["values"][:1], {"type": "QuadraticFun", "a2": 1}, *ufun["values"][2:]]}
    put(tmp_path, v_json=bent)
    assert said(tmp_path)[0][3] == "the issue `n` has a `QuadraticFun`, which is not read"
    put(tmp_path, v_json={**ufun, "values": [{"type": "IdentityFun"}, *ufun["values"][1:]]})
    assert said(tmp_path)[0][3] == "the issue `x` has names for values, and no line runs through them"
    put(tmp_path, v_json={**ufun, "weights": [1]})
    assert said(tmp_path)[0][3] == "`weights` has 1 entries for 3 issues"
    put(tmp_path, v_json={**ufun, "reserved_value": float("inf")})
    assert said(tmp_path)[0][3] == "`reserved_value` is not a finite number; it should be a number"


def test_outcome_spaces_that_are_not_read(tmp_path):
    ufun = negmas_ufun("u", (1, 0.5, 0), 0.2, 0.1, (0, 1), [0.3, 0.4, 0.3], 0.2)
    put(tmp_path, dom_json={**NEGMAS_SPACE, "type": "EnumeratingOutcomeSpace"}, u_json=ufun, v_json=ufun)
    assert said(tmp_path)[0][3] == "the outcome space is a `EnumeratingOutcomeSpace`"
    for issue, message in (
        ({"name": "x", "type": "CallableIssue", "values": [1]}, "the issue `x` is a `CallableIssue`"),
        ({"name": "x", "type": "ContiguousIssue", "values": [1, 2, 3]}, "the range of `x` has 3 ends"),
        ({"name": "x", "type": "ContiguousIssue", "values": [5, 2]}, "the range of `x` runs from 5 to 2"),
        (
            {"name": "x", "type": "CategoricalIssue", "values": ["a", 2]},
            "the values of `x` are not all texts or all numbers",
        ),
    ):
        put(tmp_path, dom_json={**NEGMAS_SPACE, "issues": [issue]})
        assert said(tmp_path)[0][3] == message


def test_geniusweb_mistakes(tmp_path):
    good = web_party("ann", (1, 0.5), (0.2, 1))
    other = {"SumOfGroupsUtilitySpace": {"domain": WEB_DOMAIN}}
    put(tmp_path, a_json=good, b_json=other)
    assert said(tmp_path)[0][3] == "`SumOfGroupsUtilitySpace`: this kind of utility is not linear-additive"
    odd = json.loads(json.dumps(good).replace("discreteutils", "numberutils", 1))
    put(tmp_path, b_json=odd)
    assert said(tmp_path)[0][3] == "the issue `where` has `numberutils`, which is not read"
    put(tmp_path, b_json=json.loads(json.dumps(good).replace("park", "zoo")))
    assert "the `domain` in this file has other issues or values than the domain" in [m for *_, m in said(tmp_path)]
    put(tmp_path, b_json=web_party("bob", (1, 0), (0, 1), bid=("zoo", "noon")))
    assert said(tmp_path)[0][3] == "the reservation bid: issue 'where' has no value 'zoo'"


def test_dialects_are_told_apart(tmp_path):
    put(tmp_path, a_yml="type: CartesianOutcomeSpace")
    assert said(tmp_path)[0][3] == "YAML is not read (a.yml)"
    put(tmp_path, b_json={"hello": 1})
    (tmp_path / "a.yml").unlink()
    assert said(tmp_path)[0][3] == "there is no negotiation domain here (there is b.json)"
    assert (
        said(None, tmp_path / "b.json", tmp_path / "b.json")[0][3]
        == "this dialect of JSON is not known: the file has `hello`"
    )
    negolog(tmp_path)
    put_bike(tmp_path)
    assert said(tmp_path)[0][3].startswith(
        "the files are of several dialects (GENIUS XML: buyer.xml; NegoLog JSON: profileA"
    )


def test_files_that_are_missing_or_too_many(tmp_path):
    put_bike(tmp_path)
    assert (
        "there are 1 files of parties; 2 to 100 are needed"
        in said(None, tmp_path / "bike.xml", tmp_path / "buyer.xml")[0][3]
    )
    assert (
        "there are utilities, but no domain file" in said(None, tmp_path / "seller.xml", tmp_path / "buyer.xml")[0][3]
    )
    assert (
        "there are 2 domain files"
        in said(None, *[tmp_path / name for name in ("bike.xml", "bike.xml", "buyer.xml")])[0][3]
    )
    assert said(None, tmp_path / "bike.xml", tmp_path / "none.xml")[0][3] == "there is no such file"
    with pytest.raises(ValueError, match="a folder or files"):
        read_domain()
    with pytest.raises(ValueError, match="2 values or more"):
        read_domain(tmp_path, steps=1)
    with pytest.raises(LimitError, match="at most 100,000"):
        read_domain(tmp_path, steps=10**6)


def test_text_that_is_no_text(tmp_path):
    (tmp_path / "a.xml").write_bytes(b"<a>\xff</a>")
    assert said(tmp_path)[0][0] == "BG003"
    (tmp_path / "a.xml").write_text("<a>\x01</a>", encoding="utf-8")
    assert said(tmp_path)[0][0] == "BG003"
    (tmp_path / "a.xml").write_text(" ", encoding="utf-8")
    assert said(tmp_path)[0][0] == "BG002"


def test_yaml_beyond_what_negmas_writes_is_refused():
    for text in ("a: &x 1\nb:\n - *x", "nash_utils:\n    deep: 1", "  - 1", "- - - 1"):
        with pytest.raises(GameFileError, match="this line of YAML is not read"):
            read_stats_yaml(GameText(text, "_stats.yaml"))
    assert read_stats_yaml(GameText("a: !!python/object 1")).tree == {"a": "!!python/object 1"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["issues", "issueWeights", "type", "values", "weights", "reservationValue", "name"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused_with_words(tree):

    found = _Found()
    with contextlib.suppress(BargainError):
        for name in ("a.json", "b.json"):
            _put_json(found, read_json(GameText(json.dumps(tree), name)), in_folder=False)
        assert _read(found, ["a.json", "b.json"], "x", 21, False).parties
