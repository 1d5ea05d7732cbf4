"""The docs tell the truth: what the code can tell is rendered from it, and what names a test names one that exists."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RENDER = runpy.run_path(str(ROOT / "docs" / "render.py"))


@pytest.mark.parametrize("page", RENDER["PAGES"])
def test_a_rendered_page_is_what_the_code_says(page: str) -> None:
    written = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert written == RENDER["PAGES"][page](), "run `make docs`"


def test_each_proof_of_a_promise_is_a_test_that_exists() -> None:
    named = re.findall(r"`(tests/\S+?\.py)(?:::(\w+))?`", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"))
    assert named
    for path, test in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, f"{path} has no {test}"


def test_each_test_that_is_marked_as_a_proof_is_in_the_docs() -> None:
    promises = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    for path in (ROOT / "tests").rglob("test_*.py"):
        for test in re.findall(
            r"@pytest\.mark\.promise\(\d\)\n(?:@.*\n)*def (\w+)\(", path.read_text(encoding="utf-8")
        ):
            name = path.relative_to(ROOT).as_posix()
            assert f"{name}::{test}`" in promises or f"`{name}` (all of it)" in promises, f"{name}::{test}"


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_configuration_of_celery_is_one_file() -> None:
    link = ROOT / "src" / "holdfast" / "worker" / "celeryconfig.py"
    assert link.is_symlink()
    assert link.resolve() == ROOT / "celeryconfig.py"
