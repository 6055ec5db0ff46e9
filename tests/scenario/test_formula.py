"""The reader of formulas: what it takes, what it refuses and with which words, and that it never runs anything."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator

import pytest

from bargain.scenario.expression import (
    Call,
    Choice,
    Compare,
    Expression,
    Logic,
    Name,
    Not,
    Number,
    Power,
    Product,
    Sum,
    Text,
    names,
    nodes,
)
from bargain.scenario.formula import (
    FUNCTIONS,
    RESERVED,
    FormulaError,
    is_name,
    kind,
    normalise,
    read_formula,
)
from bargain.scenario.notation import text

OPERATOR = "write products with `*`, powers with `^`, for example `2*x^2`"
CHOICE = "write `a if condition else b`"
FUNCTION_LIST = "the functions are abs, exp, log, max, min, sqrt"
NAME = "a name starts with a letter and has letters, digits and single underscores, at most 64 in all"
GROUP = "group with parentheses, for example `2*(x + 1)`"
DEFINE = "name parts of it in [define]"
DOTS = "names have no dots here; only [[expect]] rules read results such as `gain.US`"
WORD = "a quoted word can only be compared with a name, by `==` or `!=`"
WORD_HINT = "for example `policy == 'strict'`"
COUNT = "write `1 if condition else 0` to count it"
COMPARE = "compare it, for example `x > 0`"


def underlined(formula: str, carets: str) -> tuple[int, int]:
    """Return the range that a row of carets marks below a formula."""
    return carets.index("^"), len(carets)


# Each row: code, message (after "cannot read this formula: " for BG101), hint, formula, carets.
REFUSED = [
    # what cannot be read
    (
        "BG101",
        "an operator is missing between `2` and `bite`",
        OPERATOR,
        "-hurt*tariff - 2bite*tariff^2",
        " " * 15 + "^",
    ),
    ("BG101", "an operator is missing between `2` and `x`", OPERATOR, "1 + 2 x", "    ^"),
    ("BG101", "an operator is missing between `x` and `y`", OPERATOR, "x y", "^"),
    ("BG101", "an operator is missing between `2.50` and `(`", OPERATOR, "2.50(x + 1)", "^^^^"),
    ("BG101", "an operator is missing between `)` and `(`", OPERATOR, "(a)(b)", "  ^"),
    ("BG101", "an operator is missing between `x` and `not`", OPERATOR, "x not y", "^"),
    ("BG101", "an operator is missing between `1` and `j`", OPERATOR, "1j", "^"),
    ("BG101", "an operator is missing between `0` and `x1f`", OPERATOR, "0x1f", "^"),
    ("BG101", "an operator is missing between `b` and `'x'`", OPERATOR, "b'x'", "^"),
    ("BG101", "an operator is missing between `x` and `.5`", OPERATOR, "x.5", "^"),
    ("BG101", "an operator is missing between `log` and `x`", "write `log(...)`", "log x", "^^^"),
    ("BG101", "`log` is a function", "write its argument, `log(...)`", "1 + log", "    ^^^"),
    ("BG101", "`=` does not compare", "write `==` to ask whether two values are equal", "a = b", "  ^"),
    ("BG101", "`=` does not compare", "write `==` to ask whether two values are equal", "log(x=1)", "     ^"),
    ("BG101", "`=` does not compare", "write `==` to ask whether two values are equal", "a === b", "    ^"),
    ("BG101", "`=<` is not a comparison", "write `<=`", "a =< b", "  ^^"),
    ("BG101", "`=>` is not a comparison", "write `>=`", "a => b", "  ^^"),
    ("BG101", "`<>` is not a comparison", "write `!=`", "a <> b", "  ^^"),
    ("BG101", "`&&` does not join conditions", "write `and`", "a > 0 && b > 0", "      ^^"),
    ("BG101", "`&` does not join conditions", "write `and`", "a > 0 & b > 0", "      ^"),
    ("BG101", "`||` does not join conditions", "write `or`", "a > 0 || b > 0", "      ^^"),
    ("BG101", "`|` has no meaning here", "write `abs(x)` for an absolute value, `or` between conditions", "|x|", "^"),
    ("BG101", "`!` has no meaning here", "write `not`", "!x", "^"),
    ("BG101", "`lambda` is a reserved word", "choose another name, for example `lambda_`", "2*lambda*x", "  ^^^^^^"),
    ("BG101", "`import` is a reserved word", "choose another name, for example `import_`", "import os", "^^^^^^"),
    ("BG101", "`for` is a reserved word", "choose another name, for example `for_`", "max(x for x, 1)", "      ^^^"),
    ("BG101", "`(` is never closed", "", "2*(a + b", "  ^"),
    ("BG101", "`(` is never closed", "", "2*(", "  ^"),
    ("BG101", "`)` has no `(` before it", "", "a + b)", "     ^"),
    ("BG101", "`)` has no `(` before it", "", ")", "^"),
    ("BG101", "there is nothing between the parentheses", "", "2*()", "  ^^"),
    ("BG101", "it is empty", "write a number or a formula, for example `0`", " \t ", "^^^"),
    ("BG101", "something is missing after `+`", "", "x + ", "  ^"),
    ("BG101", "something is missing after `^`", "", "(x^)*2", "  ^"),
    ("BG101", "something is missing after `,`", "", "max(x, )", "     ^"),
    ("BG101", "something is missing before `*`", "", "* x", "^"),
    ("BG101", "something is missing before `*`", "", "x + * y", "    ^"),
    ("BG101", "something is missing before `**`", "", "exp(**x)", "    ^^"),
    ("BG101", "something is missing before `,`", "", "max(, x)", "    ^"),
    ("BG101", "something is missing before `if`", CHOICE, "if(x > 0, 1, 2)", "^^"),
    ("BG101", "a comma can only part the arguments of a function", "write decimals as `1.5`", "1,5*x", " ^"),
    (
        "BG101",
        "a comma can only part the arguments of a function",
        "write decimals as `1.5`",
        "max((a, b), c)",
        "      ^",
    ),
    ("BG101", "`if` has no `else` after it", CHOICE, "a if b > 0", "  ^^"),
    ("BG101", "`if` has no `else` after it", CHOICE, "max(a if b > 0, c)", "      ^^"),
    ("BG101", "`else` has no `if` before it", CHOICE, "a else b", "  ^^^^"),
    (
        "BG101",
        "a second `if` comes before the `else` of the first",
        "put the inner conditional in parentheses",
        "a if b if c else d else e",
        " " * 7 + "^^",
    ),
    ("BG101", "`not` cannot follow `+`", "put `(not ...)` in parentheses", "1 + not x", "    ^^^"),
    ("BG101", "a name is missing after `.`", "", "gain.(x)", "     ^"),
    ("BG101", "`$` has no meaning here", "", "5$", " ^"),
    ("BG101", "`#` has no meaning here", "", "x # note", "  ^"),
    ("BG101", "`;` has no meaning here", "", "x; y", " ^"),
    ("BG101", "`\\` has no meaning here", "", "x\\y", " ^"),
    ("BG101", "the character U+0000 has no meaning here", "", "x\0", " ^"),
    ("BG101", "the character U+D800 has no meaning here", "", "x + \ud800", "    ^"),
    ("BG101", "the character U+202E has no meaning here", "", "x\u202e + 1", " ^"),
    ("BG101", "`＋` has no meaning here", "write `+`", "x＋1", " ^"),
    ("BG101", "`²` has no meaning here", "write `^2`", "2*x²", "   ^"),
    ("BG101", "`\N{MINUS SIGN}` is not the minus sign of the keyboard", "write `-`", "x \N{MINUS SIGN} 1", "  ^"),
    ("BG101", "the quotation mark is never closed", "write for example 'high'", "policy == 'strict", " " * 10 + "^"),
    ("BG101", "a backslash has no meaning here", "", "policy == 'a\\'", " " * 12 + "^"),
    ("BG101", "the character U+000A has no place in a quoted word", "", "policy == 'a\n'", " " * 12 + "^"),
    # what is not allowed
    (
        "BG102",
        "the dot in `pledge.__class__` is not allowed in a formula",
        DOTS,
        "-cost*pledge.__class__",
        " " * 6 + "^" * 16,
    ),
    ("BG102", "the dot in `gain.US` is not allowed in a formula", DOTS, "gain.US > 0", "^^^^^^^"),
    ("BG102", "the dot in `''.join` is not allowed in a formula", DOTS, "''.join", "^^^^^^^"),
    ("BG102", "the dot in `(x + 1).real` is not allowed in a formula", DOTS, "(x + 1).real", "^" * 12),
    ("BG102", "`_x` is not allowed as a name", NAME, "2*_x", "  ^^"),
    ("BG102", "`__builtins__` is not allowed as a name", NAME, "__builtins__", "^" * 12),
    ("BG102", "a list or an index `[...]` is not allowed in a formula", GROUP, "x[0]", " ^"),
    ("BG102", "a set `{...}` is not allowed in a formula", GROUP, "{x}", "^"),
    ("BG102", "whole-number division `//` is not allowed in a formula", "divide with `/`", "x//2", " ^^"),
    ("BG102", "the sign `%` is not allowed in a formula", "write 5 % as `0.05`", "5%*x", " ^"),
    (
        "BG102",
        "an assignment `:=` is not allowed in a formula",
        "name parts of a formula in [define]",
        "(x := 2)",
        "   ^^",
    ),
    ("BG102", "the shift `<<` is not allowed in a formula", "compare with `<`", "1 << 2", "  ^^"),
    ("BG102", "`True` is not allowed in a formula", "write a number, 1 or 0", "x + True", "    ^^^^"),
    ("BG102", "`is` is not allowed in a formula", "compare with `==`", "x is y", "  ^^"),
    ("BG102", "`in` is not allowed in a formula", "compare with `==`", "x in y", "  ^^"),
    # functions
    ("BG103", "there is no function `sqr`", f"did you mean `sqrt`? {FUNCTION_LIST}", "2*sqr(x)", "  ^^^"),
    ("BG103", "there is no function `ln`", f"did you mean `log`? {FUNCTION_LIST}", "ln(x)", "^^"),
    ("BG103", "there is no function `Max`", f"did you mean `max`? {FUNCTION_LIST}", "Max(x, 1)", "^^^"),
    ("BG103", "there is no function `tariff`", f"{FUNCTION_LIST}; write products with `*`", "tariff(2)", "^^^^^^"),
    ("BG103", "there is no function `pow`", "write powers with `^`, for example `x^2`", "pow(x, 2)", "^^^"),
    (
        "BG103",
        "there is no function `__import__('os').system`",
        f"{FUNCTION_LIST}; write products with `*`",
        "__import__('os').system('true')",
        "^" * 23,
    ),
    ("BG104", "`log` takes one argument, not 0", "for example `log(a)`", "1 + log()", "    ^^^^^"),
    ("BG104", "`log` takes one argument, not 2", "for example `log(a)`", "log(x, 10)", "^" * 10),
    ("BG104", "`min` takes two or more arguments, not 1", "for example `min(a, b)`", "min(x)", "^^^^^^"),
    # size
    ("BG105", "the formula is too long: 4001 characters, at most 4000", DEFINE, "1" * 4001, "^" * 4001),
    ("BG105", "the formula is nested too deeply: at most 64 levels", DEFINE, "(" * 65 + "x" + ")" * 65, " " * 64 + "^"),
    ("BG105", "the formula is nested too deeply: at most 64 levels", DEFINE, "-" * 64 + "x", " " * 64 + "^"),
    # numbers
    ("BG106", "`1e999` is too large for a number", "the largest is about 1.8e308", "x + 1e999", "    ^^^^^"),
    ("BG106", "`99999999999999999...` is too large for a number", "the largest is about 1.8e308", "9" * 400, "^" * 400),
    ("BG106", "`1e-999` is too small for a number", "write 0", "1e-999", "^^^^^^"),
    # kinds
    ("BG107", "a condition stands where a number is needed", COUNT, "x + (a < b)", "     ^^^^^"),
    ("BG107", "a condition stands where a number is needed", COUNT, "log(a < b)", "    ^^^^^"),
    ("BG107", "a condition stands where a number is needed", COUNT, "+(a < b) and c > 0", "  ^^^^^"),
    ("BG107", "a condition stands where a number is needed", COUNT, "(a < b) == (c < d)", " ^^^^^"),
    ("BG107", "a condition stands where a number is needed", COUNT, "x if a > 0 else (b > 0)", " " * 17 + "^^^^^"),
    ("BG107", "a number stands where a condition is needed", COMPARE, "x and y > 0", "^"),
    ("BG107", "a number stands where a condition is needed", COMPARE, "not 2*x", "    ^^^"),
    ("BG107", "a number stands where a condition is needed", COMPARE, "1 if x else 2", "     ^"),
    ("BG107", "a number stands where a condition is needed", COMPARE, "(b > 0) if a > 0 else x", " " * 22 + "^"),
    ("BG107", WORD, WORD_HINT, "'strict'", "^" * 8),
    ("BG107", WORD, WORD_HINT, "2*'a'", "  ^^^"),
    ("BG107", WORD, WORD_HINT, "policy < 'a'", " " * 9 + "^^^"),
    ("BG107", WORD, WORD_HINT, "'a' == 'b'", "^^^"),
    ("BG107", WORD, WORD_HINT, "2*x == 'b'", " " * 7 + "^^^"),
    ("BG107", WORD, WORD_HINT, "'a' if x > 0 else 'b'", "^^^"),
]


@pytest.mark.parametrize(("code", "message", "hint", "formula", "carets"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_refused_formula_says_what_where_and_what_to_do(
    code: str, message: str, hint: str, formula: str, carets: str
) -> None:
    with pytest.raises(FormulaError) as caught:
        read_formula(formula)
    error = caught.value
    expected = f"cannot read this formula: {message}" if code == "BG101" else message
    assert (error.code, error.message, error.hint) == (code, expected, hint)
    assert (error.start, error.end) == underlined(formula, carets)
    assert str(error) == error.message


def test_places_count_characters_although_the_parser_counts_bytes() -> None:
    with pytest.raises(FormulaError) as caught:
        read_formula("αβγ*𝒳 + δδ(x)")
    assert (caught.value.start, caught.value.end) == (8, 10)


@pytest.mark.parametrize(
    ("formula", "spelled"),
    [
        ("-x^2", "-(x^2)"),
        ("2^-1", "2^(-1)"),
        ("1 + x^2", "1 + (x^2)"),
        ("x**2", "x^2"),
        ("2^3^2", "2^(3^2)"),
        ("a - b + c", "(a - b) + c"),
        ("a/b*c", "(a/b)*c"),
        ("-a*b", "-(a*b)"),
        ("-a*b", "(-a)*b"),
        ("-a/b + c", "(-(a/b)) + c"),
        ("a*-b", "a*(-b)"),
        ("+a", "a"),
        ("a < b < c", "a < b and b < c"),
        ("not a < b and c < d", "(not (a < b)) and (c < d)"),
        ("a > 0 and (b > 0 and c > 0)", "(a > 0 and b > 0) and c > 0"),
        ("a > 0 or b > 0 and c > 0", "(a > 0) or ((b > 0) and (c > 0))"),
        ("a if x > 0 else b if y > 0 else c", "a if (x > 0) else (b if (y > 0) else c)"),
        ("a + 1 if x > 0 else b", "(a + 1) if (x > 0) else b"),
        ("ａ＿１*b", "a_1*b"),
        ("a\n +\t b\r\n", "a + b"),
        ("a\N{NO-BREAK SPACE}+\N{IDEOGRAPHIC SPACE}b", "a + b"),
        ("1_000", "1000"),
        ("007", "7"),
        (".5 + 5.", "0.5 + 5.0"),
        ("1E3", "1000"),
        ('policy == "strict"', "policy == 'strict'"),
    ],
)
def test_two_spellings_of_one_formula(formula: str, spelled: str) -> None:
    assert text(read_formula(formula)) == text(read_formula(spelled))


def test_sums_and_products_are_flat_and_know_their_places() -> None:
    assert read_formula("-a*b/2 + c") == Sum(
        (
            Product((Name("a", 1, 2), Name("b", 3, 4), Number(2.0, 5, 6)), (1, 1, -1), 1, 6),
            Name("c", 9, 10),
        ),
        (-1, 1),
        0,
        10,
    )
    long = read_formula(" + ".join(["x"] * 1000))
    assert isinstance(long, Sum)
    assert len(long.items) == 1000


@pytest.mark.parametrize(
    ("formula", "parts"),
    [
        ("-(a + b)*c", ["-(a + b)*c", "(a + b)*c", "a + b", "a", "b", "c"]),
        ("(-a)*b", ["(-a)*b", "(-a)*b", "a", "b"]),
        ("((a)*2 < (b + c) < d)", ["(a)*2 < (b + c) < d", "(a)*2 < (b + c)", "(a)*2", "a", "2", "b + c", "b", "c"]),
        ("log((a)) + (b)", ["log((a)) + (b)", "log((a))", "a", "b"]),
        ("2*(a - b)^(c)", ["2*(a - b)^(c)", "2", "(a - b)^(c)", "a - b", "a", "b", "c"]),
    ],
)
def test_places_of_parts_in_parentheses(formula: str, parts: list[str]) -> None:
    found = [formula[node.start : node.end] for node in nodes(read_formula(formula))]
    assert found[: len(parts)] == parts


def test_every_construct_has_its_node() -> None:
    x, y = Name("x", 0, 1), Name("y", 5, 6)
    assert read_formula("x if y > 0 else 1") == Choice(
        x, Compare(">", y, Number(0.0, 9, 10), 5, 10), Number(1.0, 16, 17), 0, 17
    )
    assert read_formula("not x != 'a'") == Not(Compare("!=", Name("x", 4, 5), Text("a", 9, 12), 4, 12), 0, 12)
    assert read_formula("x^min(y, 2)") == Power(x, Call("min", (Name("y", 6, 7), Number(2.0, 9, 10)), 2, 11), 0, 11)
    middle = Name("x", 5, 6)
    assert read_formula("0 <= x <= 1") == Logic(
        "and",
        (
            Compare("<=", Number(0.0, 0, 1), middle, 0, 6),
            Compare("<=", middle, Number(1.0, 10, 11), 5, 11),
        ),
        0,
        11,
    )


def test_names_that_mean_something_to_sympy_or_python_belong_to_the_user() -> None:
    theirs = [
        "beta",
        "gamma",
        "E",
        "I",
        "N",
        "S",
        "lambda_",
        "zeta",
        "Q",
        "O",
        "pi",
        "oo",
        "print",
        "eval",
        "type",
        "α",
    ]
    assert all(map(is_name, theirs))
    assert [node.name for node in names(read_formula("*".join(theirs)))] == theirs


def test_names_are_compared_in_normal_form() -> None:
    assert read_formula("\N{MICRO SIGN}") == Name("\N{GREEK SMALL LETTER MU}", 0, 1)
    assert read_formula("\N{GREEK LUNATE EPSILON SYMBOL}") == Name("ε", 0, 1)
    assert normalise("e\N{COMBINING ACUTE ACCENT}") == "é"
    assert read_formula("e\N{COMBINING ACUTE ACCENT} + 1") == Sum((Name("é", 0, 2), Number(1.0, 5, 6)), (1, 1), 0, 6)
    # A keyword in other letters is the keyword, and a function the function.
    assert read_formula("ｌｏｇ(x)") == Call("log", (Name("x", 4, 5),), 0, 6)
    with pytest.raises(FormulaError, match="`lambda` is a reserved word"):
        read_formula("𝐥𝐚𝐦𝐛𝐝𝐚")


@pytest.mark.parametrize("name", ["x", "lambda_", "jp_cut", "a1", "関税", "α", "µ", "é", "Ｘ", "type", "a" * 64])
def test_names_that_are_allowed(name: str) -> None:
    assert is_name(name)
    assert isinstance(read_formula(name), Name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "1x", "_x", "a__b", "__class__", "a-b", "a b", "a.b", "if", "lambda", "None", "log", "ｍａｘ", "a" * 65),
        *("x\n", "x\0", "\ud800", "a\N{COMBINING ENCLOSING CIRCLE}", "℘", "x'", "²", "a\N{ZERO WIDTH JOINER}b"),
    ],
)
def test_names_that_are_refused(name: str) -> None:
    assert not is_name(name)


def test_no_function_or_keyword_can_be_a_name() -> None:
    assert {"abs", "exp", "log", "max", "min", "sqrt"} == FUNCTIONS
    assert RESERVED > FUNCTIONS
    assert not any(map(is_name, RESERVED))


def test_dotted_names_are_read_in_rules_only() -> None:
    rule = read_formula("gain.US > 0 and status == 'deal'", dotted=True)
    assert [(node.name, node.start, node.end) for node in names(rule)] == [("gain.US", 0, 7), ("status", 16, 22)]
    assert read_formula("deal.tariff.x", dotted=True) == Name("deal.tariff.x", 0, 13)


@pytest.mark.parametrize(
    "formula", ["gain.__class__", "gain._x", "__x.US", "gain.a__b", "(x + 1).US", "gain.US.log(1)"]
)
def test_dotted_names_have_ordinary_parts(formula: str) -> None:
    with pytest.raises(FormulaError) as caught:
        read_formula(formula, dotted=True)
    assert caught.value.code in ("BG102", "BG103")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x", "number"),
        ("x if y > 0 else 2", "number"),
        ("x <= 2", "condition"),
        ("x > 0 if y > 0 else x < 0", "condition"),
        ("not policy == 'strict'", "condition"),
    ],
)
def test_kinds(formula: str, expected: str) -> None:
    assert kind(read_formula(formula)) == expected


def test_kind_of_a_lone_word() -> None:
    assert kind(Text("strict")) == "text"


HOSTILE = {
    "signs": "-" * 3000 + "1",
    "parentheses": "(" * 2000,
    "closing parentheses": ")" * 2000,
    "tower": "x^" * 1500 + "x",
    "nots": "not " * 900 + "x > 0",
    "conditionals": "x if y > 0 else " * 200 + "x",
    "conditionals in parentheses": "(x if y > 0 else " * 150 + "x" + ")" * 150,
    "mixed levels": "(".join(["-" * 60] * 60) + "x",
    "calls": "exp(" * 900,
    "closed calls": "exp(" * 400 + "x" + ")" * 400,
    "powers of sums": "(-a*b^" * 64 + "x" + ")" * 64,
    "attributes": "x" + ".a" * 1900,
    "constant folding": "9**9**9**9**9",
    "digits": "9" * 4000,
    "underscores": "_" * 4000,
    "dots": "." * 4000,
    "quotes": "'" * 4000,
    "brackets": "[" * 4000,
    "braces": "{" * 4000,
    "backslashes": "\\" * 4000,
    "combining marks": "a" + "\N{COMBINING ACUTE ACCENT}" * 3999,
    "nulls": "\0" * 4000,
    "surrogates": "\ud800\udfff" * 2000,
    "long": "x+" * 10**6 + "x",
    "import": "__import__('os').system('touch owned')",
    "class": "().__class__.__bases__[0].__subclasses__()",
    "lambda": "(lambda: 1)()",
    "comprehension": "[x for x in (1).__class__.__mro__]",
    "format": "f'{__import__(\"os\")}'",
    "walrus": "(x := open('owned', 'w'))",
    "star": "max(*x)",
    "keyword": "max(x, key=exec)",
    "await": "await x",
    "yield": "(yield x)",
    "statement": "import os",
    "lines": "x\nimport os",
    "eval": "eval('1')",
    "call of a call": "exp(x)(y)",
    "warning: call of a number": "1(x)",
    "warning: is": "1 is 1",
    "warning: escape": "x == '\\d'",
    "warning: glued keyword": "1if x>0else 2",
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "byte order mark": "\ufeffx",
}


@pytest.fixture(scope="module")
def events() -> Iterator[list[str]]:
    """What the interpreter announces: code that is run, modules that are imported, files that are opened, programs."""
    seen: list[str] = []
    listening = True

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in {"exec", "import", "open", "os.system", "subprocess.Popen"}:
            seen.append(event)

    # A hook cannot be taken away again.
    sys.addaudithook(listen)
    yield seen
    listening = False


def test_the_watch_over_hostile_text_sees_what_it_must(events: list[str]) -> None:
    events.clear()
    exec("1")
    assert events == ["exec"]


@pytest.mark.parametrize("formula", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_ends_in_an_error_or_a_tree_and_runs_nothing(
    formula: str, events: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    outcome: Expression | FormulaError
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        events.clear()
        try:
            outcome = read_formula(formula)
        except FormulaError as error:
            outcome = error
        assert events == []
    if isinstance(outcome, FormulaError):
        assert 0 <= outcome.start <= outcome.end <= len(formula)
        assert (outcome.message + outcome.hint).encode()
    else:
        assert kind(outcome) in ("number", "condition")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
def test_thousands_of_terms_are_one_flat_node(operator: str) -> None:
    tree = read_formula(operator.join(["x"] * 2000))
    assert isinstance(tree, Sum | Product)
    assert len(tree.items) == 2000


def test_the_last_level_that_is_allowed() -> None:
    assert isinstance(read_formula("(" * 64 + "x" + ")" * 64), Name)
    assert isinstance(read_formula("-" * 63 + "x"), Sum)


@pytest.mark.parametrize(
    ("trouble", "code"), [(SyntaxError, "BG101"), (MemoryError, "BG105"), (RecursionError, "BG105")]
)
def test_whatever_the_parser_raises_is_a_formula_error(
    trouble: type[Exception], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise trouble

    monkeypatch.setattr(ast, "parse", fail)
    with pytest.raises(FormulaError) as caught:
        read_formula("x + 1")
    assert (caught.value.code, caught.value.start, caught.value.end) == (code, 0, 5)


def test_a_construct_that_is_not_on_the_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = ast.Expression(ast.List([], ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=1))
    monkeypatch.setattr(ast, "parse", lambda *arguments, **options: parsed)
    with pytest.raises(FormulaError) as caught:
        read_formula("x")
    assert (caught.value.code, caught.value.message) == ("BG102", "this construct is not allowed in a formula")
