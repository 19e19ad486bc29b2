"""POST /auth/o2/token: OAuth 2 as Login with Amazon speaks it (RFC 6749 error bodies)."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from sandbox.tokens import ACCESS_TOKEN_LIFETIME, Tokens
from sandbox.wire import Request, Response, json_response

PATH = "/auth/o2/token"


@dataclass(frozen=True)
class ClientCredentials:
    client_id: str
    client_secret: str


def token(
    request: Request, tokens: Tokens, client: ClientCredentials | None, now: datetime
) -> tuple[Response, str | None]:
    """The answer, and the seller it was given to."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    if client is not None and client != _client_of(form):
        return _refusal(401, "invalid_client", "Client authentication failed"), None
    grant_type = form.get("grant_type")
    if grant_type == "refresh_token":
        return _refreshed(form.get("refresh_token", ""), tokens, now)
    if grant_type == "client_credentials":
        return _grantless(form.get("scope"), tokens, now), None
    return _refusal(400, "unsupported_grant_type", f"Grant type {grant_type} is not supported"), None


def _refreshed(refresh_token: str, tokens: Tokens, now: datetime) -> tuple[Response, str | None]:
    seller_id = tokens.seller_of_refresh_token(refresh_token)
    if seller_id is None:
        return _refusal(
            400, "invalid_grant", "The request has an invalid grant parameter : refresh_token"
        ), None
    # LWA gives the refresh token back with each access token.
    answer = _bearer(tokens.issue(seller_id, now)) | {"refresh_token": refresh_token}
    return json_response(answer), seller_id


def _grantless(scope: str | None, tokens: Tokens, now: datetime) -> Response:
    if not scope:
        return _refusal(400, "invalid_scope", "The request has an invalid scope parameter")
    return json_response(_bearer(tokens.issue(None, now, scope)))


def _bearer(access_token: str) -> dict[str, str | int]:
    lifetime = int(ACCESS_TOKEN_LIFETIME.total_seconds())
    return {"access_token": access_token, "token_type": "bearer", "expires_in": lifetime}


def _client_of(form: dict[str, str]) -> ClientCredentials:
    return ClientCredentials(form.get("client_id", ""), form.get("client_secret", ""))


def _refusal(status: int, error: str, description: str) -> Response:
    return json_response({"error": error, "error_description": description}, status)
