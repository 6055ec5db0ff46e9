"""The scanners of TOML and JSON: every place is right, and what they refuse is said in plain words."""

import json
import tomllib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.scenario.json_spans import json_spans, json_string_positions
from bargain.scenario.scanner import Lines, TextError
from bargain.scenario.spans import spans, string_positions

# ---- random documents -----------------------------------------------------------------------------------------------

characters = st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r\x7f").filter(
    lambda c: c == "\t" or c == "\n" or ord(c) >= 32
)
bare_keys = st.text("abcdefgXYZ_-019", min_size=1, max_size=6)
inline_text = st.text(characters.filter(lambda c: c != "\n"), max_size=12)


def escaped(text, *, newline):
    special = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\r": "\\r", "\t": "\\t"} | (
        {"\n": "\\n"} if newline else {}
    )
    return "".join(special.get(c, c) for c in text)


@st.composite
def strings(draw):
    """Draw the source of a TOML string of any of the four kinds."""
    text = draw(st.text(characters, max_size=12))
    kind = draw(st.sampled_from(["basic", "literal", "long", "long-literal", "unicode", "joined"]))
    if kind == "literal" and not set("'\n") & set(text):
        return f"'{text}'"
    if kind == "long":
        return '"""' + draw(st.sampled_from(["", "\n"])) + escaped(text, newline=False) + '"""'
    if kind == "long-literal" and "'" not in text:
        return f"'''\n{text}'''"
    if kind == "unicode":
        return (
            '"'
            + "".join(
                f"\\U{ord(c):08x}" if k % 2 else f"\\u{ord(c):04X}" if ord(c) < 65536 else "x"
                for k, c in enumerate(text)
            )
            + '"'
        )
    if kind == "joined":
        return '"""a\\\n\n   ' + escaped(text.lstrip(" \t\n"), newline=False) + '"""'
    return f'"{escaped(text, newline=True)}"'


numbers = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: repr(x).replace("e+", "e")),
    st.sampled_from(["0x1F", "0o17", "0b101", "1_000", "+3", "-0.5e-3", "6.02E23", "true", "false"]),
)
keys = st.one_of(
    bare_keys,
    inline_text.map(lambda t: f'"{escaped(t, newline=True)}"'),
    st.text("ab c.=#'é", max_size=4).filter(lambda t: "'" not in t).map(lambda t: f"'{t}'"),
)
blanks = st.sampled_from(["", " ", "\t", "  "])
gaps = st.sampled_from(["", " ", "\n  ", ' # note ] } = "\n'])


@st.composite
def values(draw, depth=3):
    kind = draw(st.sampled_from(["string", "number", "array", "table"])) if depth else "number"
    if kind == "string":
        return draw(strings())
    if kind == "number":
        return draw(numbers)
    if kind == "array":
        items = draw(st.lists(values(depth - 1), max_size=3))
        body = ",".join(draw(gaps) + item + draw(gaps) for item in items)
        return f"[{body}{',' if items and draw(st.booleans()) else ''}{draw(gaps)}]"
    names = draw(st.lists(keys, max_size=3, unique_by=lambda key: tomllib.loads(f"{key} = 1").popitem()[0]))
    body = ",".join(
        draw(blanks) + name + draw(blanks) + "=" + draw(blanks) + draw(values(depth - 1)) + draw(blanks)
        for name in names
    )
    return f"{{{body}{draw(blanks)}}}"


@st.composite
def documents(draw):
    lines = []
    for section in range(draw(st.integers(0, 3))):
        head = draw(
            st.sampled_from(
                [f"[t{section}]", f"[t{section}.sub . 'x']", "[[rows]]", f"[[t{section}.rows]]", "[rows.inner]", ""]
            )
        )
        lines.append(head + draw(st.sampled_from(["", "  # comment"])) if head else "")
        for number in range(draw(st.integers(0, 3))):
            key = draw(st.sampled_from([f"k{number}", f"d{section}{number}.x . y", f'"q.{section}{number}"']))
            lines.append(
                draw(blanks)
                + key
                + draw(blanks)
                + "="
                + draw(blanks)
                + draw(values())
                + draw(st.sampled_from(["", " # c"]))
            )
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n# end"]))


def at(tree, path):
    for part in path:
        tree = tree[part]
    return tree


def leaves(tree, path=()):
    """Yield the paths of everything in a tree below its top."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from leaves(value, (*path, key))


@given(documents())
def test_the_text_at_every_span_parses_to_the_value_that_tomllib_gave(text):
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # A table or key given twice in the draw; the scanner may or may not see it.
        return
    found = spans(text)
    assert set(found) == set(leaves(tree))
    for path, place in found.items():
        if place.value is not None:
            assert tomllib.loads(f"x = {text[place.value.start : place.value.end]}")["x"] == at(tree, path)
        if isinstance(path[-1], str):
            key = text[place.key.start : place.key.end]
            assert tomllib.loads(f"{key} = 1") == {path[-1]: 1}


@given(st.text("a1.[]{}=,\"'\\ \n#-_x", max_size=30))
def test_whatever_tomllib_takes_the_scanner_takes(text):
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(spans(text)) == set(leaves(tree))


@given(strings())
def test_each_character_of_a_string_is_found_in_its_source(source):
    value = tomllib.loads(f"x = {source}")["x"]
    places = string_positions(source)
    assert len(places) == len(value) + 1
    assert list(places) == sorted(set(places))
    for character, place in zip(value, places, strict=False):
        assert source[place] == character or source[place] == "\\"


json_values = st.recursive(
    st.none().map(lambda _: True)
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_the_text_at_every_span_parses_to_the_value_that_json_gave(tree, indent, ascii_only):
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    found = json_spans(text)
    assert set(found) == set(leaves(tree))
    for path, place in found.items():
        assert json.loads(text[place.value.start : place.value.end]) == at(tree, path)
        if isinstance(path[-1], str):
            assert json.loads(text[place.key.start : place.key.end]) == path[-1]


@given(st.text(max_size=10), st.booleans())
def test_each_character_of_a_json_string_is_found_in_its_source(value, ascii_only):
    source = json.dumps(value, ensure_ascii=ascii_only)
    places = json_string_positions(source)
    assert len(places) == len(value) + 1
    assert [json.loads(f'"{source[a:b]}"') for a, b in pairwise(places)] == list(value)


# ---- examples -------------------------------------------------------------------------------------------------------


def test_lines_and_columns_count_characters_from_one():
    text = 'a = "β"\nb = [\n  1,\n  2]\n'
    lines = Lines(text)
    assert lines.place(spans(text)[("b", 1)].value.start) == (4, 3)
    assert lines.place(text.index('"', 5)) == (1, 7)
    assert (lines.line(2), lines.line(5)) == ("b = [", "")


def test_a_header_of_a_table_in_an_array_belongs_to_its_last_element():
    text = "[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 2\n"
    assert ("a", 0, "x") in spans(text)
    assert ("a", 1, "b", "y") in spans(text)


REFUSED = [
    ("a", "BG005", "`=` is missing after `a`", "a"),
    ("a: 1", "BG005", "`=` is missing after `a`", "a"),
    ("= 1", "BG005", "a key is missing here", "="),
    ("a. = 1", "BG005", "a key is missing here", "="),
    ("é = 1", "BG005", "the key `é` needs quotes", "é"),
    ("! = 1", "BG005", "`!` cannot begin a key", "!"),
    ("a = ", "BG005", "a value is missing here", ""),
    ("a = # b", "BG005", "a value is missing here", "#"),
    ("a = 1 b = 2", "BG005", "cannot read the value `1 b = 2`", "1 b = 2"),
    ("a = [1] x", "BG005", "`x` stands after the end of the entry", "x"),
    ("a = yes", "BG005", "cannot read the value `yes`", "yes"),
    ("a = .5", "BG005", "cannot read the value `.5`", ".5"),
    ("a = 01", "BG005", "cannot read the value `01`", "01"),
    ("a = x*y", "BG005", "cannot read the value `x*y`", "x*y"),
    ('a = "b', "BG005", 'the quotation mark " is never closed', '"'),
    ("a = '''b", "BG005", "the quotation mark ''' is never closed", "'''"),
    ('a = "b\\qc"', "BG005", "this backslash has no meaning", "\\q"),
    ("a = [1 2]", "BG005", "cannot read the value `1 2`", "1 2"),
    ("a = ['x' 2]", "BG005", "a comma or `]` is missing after this", "'x'"),
    ("a = ['x',", "BG005", "a value is missing here", ""),
    ("a = {b = 1", "BG005", "the brace `{` is not closed on its line", "{"),
    ("a = {b = 'x' c = 2}", "BG005", "a comma or `}` is missing before `c = 2`", "c = 2"),
    ("a = {b = 1,}", "BG005", "an entry is missing after this comma", ","),
    ("[a", "BG005", "`]` is missing after `[a`", "[a"),
    ("[[a]", "BG005", "`]]` is missing after `[[a`", "[[a"),
    ("a = 1\na = 2", "BG006", "`a` is given twice; it stands in line 1 already", "a"),
    ("[a]\n[a]", "BG006", "the table `a` is given twice; it stands in line 1 already", "a"),
    ("a = {b = 1, b = 2}", "BG006", "`b` is given twice; it stands in line 1 already", "b"),
    ("a = -inf", "BG007", "`-inf` is not a number that a scenario can use", "-inf"),
    ("a = " + "1" * 65, "BG007", "this number is too long: 65 characters, at most 64", "1" * 65),
    ("a = 2025-04-02T10:00:00Z", "BG008", "a scenario has no dates or times", "2025-04-02T10:00:00Z"),
    ("a = 10:30", "BG008", "a scenario has no dates or times", "10:30"),
    ("a.b.c.d.e.f.g.h.i = 1", "BG004", "this key has too many parts: at most 8, joined by dots", "a.b.c.d.e.f.g.h.i"),
    ("k" * 201 + " = 1", "BG004", "this key is too long: 201 characters, at most 200", "k" * 201),
]


@pytest.mark.parametrize(("text", "code", "message", "marked"), REFUSED)
def test_toml_is_refused_in_plain_words_at_the_right_place(text, code, message, marked):
    with pytest.raises(TextError) as caught:
        spans(text)
    error = caught.value
    assert (error.code, error.message) == (code, message)
    assert text[error.start : error.end] == marked


REFUSED_JSON = [
    ('{"a": 1', "BG005", "the bracket `{` is never closed", "{"),
    ('{"a": 1 "b": 2}', "BG005", "a comma or `}` is missing before this", '"b": 2'),
    ('{"a": [1,]}', "BG005", "an item is missing after this comma", ","),
    ('{"a" 1}', "BG005", '`:` is missing after "a"', '"a"'),
    ("{a: 1}", "BG005", "a key in quotes is missing here", "a"),
    ('{"a": tariff}', "BG005", "cannot read the value `tariff`", "tariff"),
    ('{"a": "b\\q"}', "BG005", "this text is not closed on its line, or has a wrong escape", '"b\\q"'),
    ('{"a": }', "BG005", "a value is missing here", "}"),
    ('{"a": 1} x', "BG005", "`x` stands after the end of the object", "x"),
    ('{"a": 1, "a": 2}', "BG006", '`"a"` is given twice; it stands in line 1 already', '"a"'),
    ('{"a": {"a": 1}, "a": 2}', "BG006", '`"a"` is given twice; it stands in line 1 already', '"a"'),
    ('{"a": Infinity}', "BG007", "`Infinity` is not a number that a scenario can use", "Infinity"),
    ('{"a": null}', "BG008", "`null` has no meaning in a scenario", "null"),
]


@pytest.mark.parametrize(("text", "code", "message", "marked"), REFUSED_JSON)
def test_json_is_refused_in_plain_words_at_the_right_place(text, code, message, marked):
    with pytest.raises(TextError) as caught:
        json_spans(text)
    error = caught.value
    assert (error.code, error.message) == (code, message)
    assert text[error.start : error.end] == marked
