"""`Authorization: Bearer <token>`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from integration import access
from integration.access import Viewer
from integration.models import User
from integration.people import users

SCHEME = "Bearer"


class BearerToken(BaseAuthentication):
    """Sets `request.user` to the token's user and `request.auth` to the Viewer that the token allows."""

    def authenticate(self, request: Request) -> tuple[User, Viewer] | None:
        """Give the user and the viewer; None without a bearer token. Raises AuthenticationFailed."""
        # A header may hold any byte: Latin-1 reads them all, so a bad one is an unknown token (401) and
        # not an error.
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        # Not refused here: a request without a token has no viewer, and `HasRole` answers it with 401.
        if scheme.lower() != SCHEME.lower():
            return None
        token = users.token_of(text.strip(), now=timezone.now())
        if token is None:
            raise AuthenticationFailed("The token is unknown, expired or revoked.")
        return token.user, access.viewer_of_token(token)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return SCHEME


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the token stands in the OpenAPI document."""

    target_class = BearerToken
    name = "bearerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The security scheme."""
        return {"type": "http", "scheme": "bearer"}
