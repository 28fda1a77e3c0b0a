"""What the docs name is there: files move, and nobody reads every page again."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Decisions tell what was so when they were made.
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(path for path in ROOT.glob("docs/**/*.md") if path.parent.name != "decisions"),
]
NAMED = re.compile(r"`((?:\w[\w.-]*/)+\w[\w.-]*\.(?:py|html|txt|css|js|csv|toml|yml))`")
LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def test_every_file_that_the_docs_name_is_there() -> None:
    named = [(page, name) for page in PAGES for name in NAMED.findall(page.read_text("utf-8"))]
    assert len(named) > 100
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page, name in named
        if not any((folder / name).exists() for folder in (ROOT, ROOT / "templates"))
    ]
    assert missing == []


def test_every_link_of_the_docs_leads_somewhere() -> None:
    pages = [*PAGES, *ROOT.glob("docs/decisions/*.md")]
    linked = [(page, name) for page in pages for name in LINKED.findall(page.read_text("utf-8"))]
    assert linked
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page, name in linked
        if not (page.parent / name).exists()
    ]
    assert missing == []
