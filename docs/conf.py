"""Configuration of the documentation; the page of diagnostics is made from the texts of ``bargain explain``."""

import tomllib
from pathlib import Path

import bargain

project = "bargain"
author = "The bargain developers"
copyright = "2026, the bargain developers"
version = release = bargain.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    # MathJax from the package, so that the pages can be read without a network
    "sphinx-mathjax-offline",
]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"bargain {version}"
exclude_patterns = ["_build"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
# several results have fields of the same name; links to them by bare name are ambiguous and harmless
suppress_warnings = ["ref.python"]

HERE = Path(__file__).parent


def write_diagnostics(app):
    """Write ``reference/diagnostics.md`` from the texts that ``bargain explain`` prints."""
    texts = tomllib.loads((HERE.parent / "bargain" / "cli" / "explanations.toml").read_text(encoding="utf-8"))
    rows = ["# Diagnostics", "", "Every code that the program prints, as `bargain explain CODE` tells it.", ""]
    for code, entry in sorted(texts.get("codes", texts).items()):
        if code.startswith("BG"):
            title = entry.get("title", "") if isinstance(entry, dict) else ""
            body = entry.get("text", "") if isinstance(entry, dict) else entry
            rows += [f"## {code}: {title}", "", body.strip(), ""]
    target = HERE / "reference" / "diagnostics.md"
    text = "\n".join(rows)
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def setup(app):
    """Generate pages before the build reads them."""
    write_diagnostics(app)
