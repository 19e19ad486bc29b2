"""Where a form leads back to: the page it was sent from."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, fallback: str) -> HttpResponse:
    """To the address in the form's field `next` when it is one of ours, else to `fallback`."""
    asked = request.POST.get("next", "")
    # `next` comes with the form: followed blindly, it would lead people to any site in our name (open
    # redirect).
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(asked if is_ours else fallback, status=303)
