"""What stands on every page around its content, also on the pages of the sign-in package."""

from typing import Any

from django import template

from integration.web.frame import Frame, frame_of

register = template.Library()


@register.simple_tag(takes_context=True)
def page_frame(context: dict[str, Any]) -> Frame | None:
    """The frame of the page that is being rendered; None where nobody is signed in."""
    return frame_of(context["request"])
