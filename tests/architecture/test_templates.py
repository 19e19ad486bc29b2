"""Every template compiles, and none holds what the content security policy forbids."""

import re

import pytest
from django.template import Engine

from tests.architecture import sources

TEMPLATES = sources.ROOT / "templates"
NAMES = [str(path.relative_to(TEMPLATES)) for path in sources.files() if path.is_relative_to(TEMPLATES)]
# Scripts and styles come from files; attributes that hold code or style do nothing under the policy.
FORBIDDEN = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=\"|\son[a-z]+=\"|javascript:|hx-on|\"js:", re.IGNORECASE
)


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name: str) -> None:
    assert Engine.get_default().get_template(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_it_obeys_the_content_security_policy(name: str) -> None:
    assert FORBIDDEN.findall((TEMPLATES / name).read_text(encoding="utf-8")) == []
