"""The docs tell the truth: what code and tests can tell is rendered from them, and links lead somewhere."""

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


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_configuration_of_celery_is_one_file() -> None:
    link = ROOT / "src" / "holdfast" / "worker" / "celeryconfig.py"
    assert link.is_symlink()
    assert link.resolve() == ROOT / "celeryconfig.py"
