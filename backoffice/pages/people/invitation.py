"""The page behind an invitation's link: whoever holds it sets the first password. Nobody is signed in here.

The token stands in the query string, which no access log of ours writes down.
"""

from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backoffice.pages.people.people_forms import PasswordForm
from integration.people import invitations
from integration.people.invitations import InvitationOver


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept an invitation."""
    now = timezone.now()
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    form = PasswordForm(request.POST if request.method == "POST" else None)
    try:
        # Asked on GET as well: a link that is over says so before somebody has thought of a password.
        user = invitations.of_token(token, now=now)
        if request.method == "POST" and form.is_valid():
            invitations.accept(token=token, password=form.cleaned_data["password"], now=now)
            toasts.success(request, "Your password is set. Sign in with it now.")
            return HttpResponseRedirect(reverse("account_login"), status=303)
    except InvitationOver:
        return render(request, "people/invitation_over.html", status=410)
    except ValidationError as weak:
        form.add_error("password", weak)
    context = {"form": form, "token": token, "name": user.get_username()}
    return render(request, "people/invitation.html", context, status=422 if form.errors else 200)


urlpatterns = [path("invitation/", invitation, name="invitation")]
