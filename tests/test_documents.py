"""Files, headings and tests that README and docs refer to exist: they are renamed more often than read."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
DOCUMENTS = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += sorted((PROJECT / "docs").glob("*.md"))


def anchors(document):
    """The headings' anchors, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    broken = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_tests_that_are_named_exist():
    sources = {path: path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("test_*.py")}
    files = {path.name for path in sources}
    classes = set(re.findall(r"^class (Test\w+)", "\n".join(sources.values()), re.MULTILINE))
    text = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\btest_\w+\.py|\bTest[A-Z]\w+", text))
    assert len(named) > 40
    assert named - files - classes == set()
