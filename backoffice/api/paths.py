"""Ids that hold "/": the server decodes %2F before routing, so an id may look like several segments."""

from urllib.parse import unquote

from rest_framework.request import Request


def is_one_segment(request: Request, text: str) -> bool:
    """Whether `text` stood in the address as one segment, percent-encoded. False where that cannot be known.

    Gunicorn keeps the address as it came; other servers give only the decoded path.
    """
    address = str(request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or "")
    return text in (unquote(segment) for segment in address.partition("?")[0].split("/"))
