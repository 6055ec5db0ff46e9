"""The shape of the house: sizes, rooms, packaging, and what an import loads."""

import ast
import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bargain

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "bargain").rglob("*.py"))
LATE_IMPORTS_ALLOWED = ("bargain/cli/", "bargain/__init__.py")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_keeps_to_the_limits_of_size(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    too_long = {node.name: body_lines(node) for node in functions(ast.parse(text)) if body_lines(node) > 50}
    assert not too_long


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_has_a_docstring_and_no_late_imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if not relative(path).startswith(LATE_IMPORTS_ALLOWED):
        late = [
            node.lineno
            for f in functions(tree)
            for node in ast.walk(f)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert not late


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_module_evaluates_strings(path):
    text = path.read_text(encoding="utf-8")
    calls = {
        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"eval", "exec", "sympify", "parse_expr", "__import__"}
    assert "import pickle" not in text


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_setup_cfg_names_every_package_on_disk():
    on_disk = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "bargain").rglob("__init__.py")}
    listed = set(setup_cfg()["options"]["packages"].split())
    assert listed == on_disk | {"bargain.models"}


def test_models_hold_data_only():
    files = [path for path in (ROOT / "models").rglob("*") if path.is_file()]
    assert files
    assert {path.suffix for path in files} <= {".toml", ".md"}
    # package_data matches one folder deep
    assert all(len(path.relative_to(ROOT / "models").parts) <= 2 for path in files)


def test_version_is_the_same_everywhere():
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)
    logged = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert cited
    assert logged
    assert cited[1] == logged[1] == bargain.__version__


def test_build_backend_is_the_only_thing_in_pyproject():
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))) == {"build-system"}


def loaded_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.split(".")[0] for name in done.stdout.split("\n")}


@pytest.mark.parametrize("statement", ["import bargain", "import bargain.cli", "import bargain.catalog"])
def test_start_up_loads_no_numerical_library(statement):
    assert not loaded_after(statement) & {"numpy", "scipy", "sympy", "nashpy", "matplotlib", "hypothesis", "pydantic"}


def test_reading_a_scenario_loads_no_numerical_library():
    statement = "import bargain.catalog as c, bargain.scenario.read as r; r.read(c.find('us-japan-2025'))"
    assert not loaded_after(statement) & {"numpy", "scipy", "sympy", "nashpy", "matplotlib", "hypothesis"}


def test_solving_does_not_load_hypothesis():
    assert "hypothesis" not in loaded_after("import bargain.pipeline")


def test_every_public_name_resolves_and_is_documented():
    for name in bargain.__all__:
        assert getattr(bargain, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nash_equilibria'"):
        bargain.nash_equilibria
