"""python-amazon-sp-api as a thin transport: it builds paths, parameters and headers, and sends.

It is kept from judging answers: what has no `errors` key it would take for an empty success. Its retry and
paging decorators are not used (none of the methods below carries one), and its other sources of credentials
(environment, files, cloud secrets) are shut.
"""

import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
from django.conf import settings
from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101
from sp_api.api.reports.reports import Reports
from sp_api.api.sellers.sellers import Sellers
from sp_api.base.credential_provider import FromCodeCredentialProvider
from sp_api.base.helpers import fill_query_params, sp_endpoint

from amazon_orders.marketplaces import ENDPOINTS
from integration.spapi.auth import LoginWithAmazon
from integration.spapi.errors import StoreMisconfigured

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP, not judged yet. `document` is None where the body is no JSON object.

    `text`: then the body of a success, for one broken order makes its whole page no JSON.
    """

    status: int
    request_id: str
    rate: float | None
    document: Mapping[str, Any] | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SellingRegion:
    """What the package asks of a marketplace. Calls name their marketplaces themselves."""

    endpoint: str
    region: str
    marketplace_id: str = ""


class AmazonPackage(OrdersV20260101, Reports, Sellers):  # type: ignore[misc]  # the package ships no types
    """One seller's calls. Every method gives an Answer."""

    user_agent = "AmazonOrdersBackOffice/0.1 (Language=Python)"

    @property
    def headers(self) -> dict[str, str]:
        """Without Host: the package cuts it from an endpoint it takes for https; httpx writes its own."""
        return {name: value for name, value in super().headers.items() if name != "host"}

    @property
    def login(self) -> LoginWithAmazon:
        """Where the access token comes from."""
        login: LoginWithAmazon = self._auth
        return login

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        scope: str = "",
    ) -> Answer:
        """A call the package has no method for, or adds fields of its own to; grantless with a `scope`."""
        answer: Answer = self._request(
            path,
            params={"method": method, **(query or {})},
            data=dict(body or {}),
            headers=self._grantless_headers(scope) if scope else self.headers,
        )
        return answer

    def _grantless_headers(self, scope: str) -> dict[str, str]:
        """Those of a seller's call would ask for the seller's token first."""
        return {
            "user-agent": self.user_agent,
            "x-amz-access-token": self.login.get_grantless_auth(scope).access_token,
            "content-type": "application/json",
        }

    @sp_endpoint("/reports/2021-06-30/documents/{}")  # type: ignore[untyped-decorator]
    def report_document(self, document_id: str, **kwargs: Any) -> Any:
        """Where a document lies. The package's own method wants to fetch it too, from wherever it is told."""
        return self._request(fill_query_params(kwargs.pop("path"), document_id))

    def _check_response(self, res: httpx.Response, *_: Any, **__: Any) -> Answer:
        document = _document(res)
        return Answer(
            status=res.status_code,
            request_id=res.headers.get("x-amzn-RequestId", ""),
            rate=_rate(res.headers.get("x-amzn-RateLimit-Limit")),
            document=document,
            text=res.text if document is None and res.status_code == HTTPStatus.OK else "",
        )

    def _request(self, path: str, **options: Any) -> Any:
        """Calls name their marketplaces themselves. The package would add four spellings of one to each that
        names none, and Amazon's models know none of them on getOrder and getReport."""
        return super()._request(path, **{**options, "add_marketplace": False})

    def close(self) -> None:
        """Close both connections."""
        super().close()
        self.login.close()


def open_package(*, region: str, refresh_token: str) -> AmazonPackage:
    """The calls of one seller in one region ("NA", "EU", "FE"); without a refresh token only grantless ones.

    Raises StoreMisconfigured.
    """
    if not settings.SPAPI_CLIENT_ID or not settings.SPAPI_CLIENT_SECRET:
        raise StoreMisconfigured("SPAPI_CLIENT_ID and SPAPI_CLIENT_SECRET must be set to speak to Amazon.")
    amazon = ENDPOINTS[region]
    return AmazonPackage(
        SellingRegion(endpoint=settings.SPAPI_ENDPOINT or amazon.url, region=amazon.aws_region),
        credentials={
            "refresh_token": refresh_token,
            "lwa_app_id": settings.SPAPI_CLIENT_ID,
            "lwa_client_secret": settings.SPAPI_CLIENT_SECRET,
        },
        credential_providers=(FromCodeCredentialProvider,),
        auth_token_client_class=LoginWithAmazon,
        timeout=TIMEOUT_SECONDS,
        verify=shared_tls(),
    )


@functools.cache
def shared_tls() -> ssl.SSLContext:
    """One TLS context for the process: a context of its own would cost every client 20 ms and more."""
    return httpx.create_ssl_context()


def _document(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        document = response.json()
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _rate(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except (ValueError, RecursionError):
        return None
