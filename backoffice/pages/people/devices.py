"""Notes now and then that a signed-in browser was here."""

from collections.abc import Callable
from datetime import timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from integration.people import sessions

# The note is a write: not with every request.
NOTED_EVERY = timedelta(minutes=5)


class NoteDevice:
    """Middleware: keeps "last seen" of the devices of an account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key
        # Whether anybody is signed in is looked up only where the page has done so.
        is_known = getattr(request, "_cached_user", None) is not None and request.user.is_authenticated
        if key and is_known and cache.add(f"device:{key}", 1, NOTED_EVERY.total_seconds()):
            sessions.note_seen(session_key=key, now=timezone.now())
        return response
