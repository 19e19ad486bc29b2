"""What stands on every page around its content, also on the pages of the sign-in package."""

from typing import Any

from django import template

from backoffice.pages.frame import shell
from backoffice.pages.frame.shell import Frame

register = template.Library()


@register.simple_tag(takes_context=True)
def page_frame(context: dict[str, Any]) -> Frame | None:
    """The frame of the page that is being rendered; None where nobody is signed in.

    A page that has asked for its banners already gives them as `banners`.
    """
    request = context["request"]
    if not request.user.is_authenticated:
        return None
    banners = context["banners"] if "banners" in context else shell.banners_of(request)
    return shell.frame_of(request, banners)
