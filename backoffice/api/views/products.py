"""Products and their stock."""

from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination, paths, problems
from backoffice.api.serializers.products import CountRequest, ProductQuery, ProductRequest, ProductSerializer
from backoffice.api.views.base import ApiView, viewer_of
from commerce.catalog import product_queries, products
from commerce.catalog.product_queries import ProductFilter
from commerce.catalog.products import ProductRow
from commerce.stock import counts
from integration import tasks
from integration.access import Permission

LONGEST_SKU = 255
LONGEST_SOURCE = 64


class ProductListView(ApiView):
    """The catalog."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="products_list",
        parameters=[ProductQuery],
        responses=pagination.envelope("ProductPage", ProductSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of products, by SKU."""
        asked = ProductQuery(data=pagination.parameters(request))
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        page = product_queries.product_page(
            filters=ProductFilter(text=wanted.get("q", ""), is_enabled=wanted["enabled"]),
            cursor=pagination.cursor(request),
        )
        rows = ProductSerializer(product_queries.with_stock(page.rows), many=True)
        return Response(pagination.answer(request, page, rows.data))


class ProductView(ApiView):
    """One product. The SKU is percent-encoded in the address; it may hold "/"."""

    permissions = {
        "GET": Permission.VIEW_ORDERS,
        "PUT": Permission.EDIT_CATALOG,
        "PATCH": Permission.EDIT_CATALOG,
    }

    @extend_schema(operation_id="products_retrieve", responses=ProductSerializer)
    def get(self, request: Request, sku: str) -> Response:
        """The product with its stock."""
        return _answer(sku, status.HTTP_200_OK)

    @extend_schema(
        operation_id="products_put",
        request=ProductRequest,
        responses={200: ProductSerializer, 201: ProductSerializer},
    )
    def put(self, request: Request, sku: str) -> Response:
        """Make the product, or change what is said of it."""
        return _write(request, sku, may_create=True)

    @extend_schema(operation_id="products_change", request=ProductRequest, responses=ProductSerializer)
    def patch(self, request: Request, sku: str) -> Response:
        """Change what is said of the product."""
        return _write(request, sku, may_create=False)


class StockView(ApiView):
    """The stock of a product at one source."""

    permissions = {"PUT": Permission.EDIT_CATALOG}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A SKU such as "a/stock/b" looks like this address; it is told apart where the server lets us."""
        whole = f"{kwargs['sku']}/stock/{kwargs['source']}"
        if paths.is_one_segment(request, whole):
            answer: HttpResponseBase = ProductView.as_view()(request, sku=whole)
            return answer
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(operation_id="products_stock_put", request=CountRequest, responses=ProductSerializer)
    def put(self, request: Request, sku: str, source: str) -> Response:
        """Take over a physical count; an unknown source is made. 409 below what is reserved."""
        asked = CountRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        if len(source) > LONGEST_SOURCE or "\x00" in source:
            raise problems.invalid("source", f"A source's code has at most {LONGEST_SOURCE} characters.")
        _require_readable(sku)
        try:
            counts.set_on_hand(
                sku=sku,
                source_code=source,
                now=timezone.now(),
                by=viewer_of(request).name,
                **asked.validated_data,
            )
        except counts.UnknownProduct as unknown:
            raise NotFound("There is no such product.") from unknown
        except counts.CountBelowReserved as below:
            raise problems.Conflict(str(below)) from below
        tasks.wake()
        return _answer(sku, status.HTTP_200_OK)


def _write(request: Request, sku: str, *, may_create: bool) -> Response:
    _require_readable(sku)
    asked = ProductRequest(data=request.data)
    asked.is_valid(raise_exception=True)
    said: dict[str, Any] = asked.validated_data
    # A PUT names one thing: with two SKUs it is not clear which of them is to be written.
    if said.get("sku", sku) != sku:
        raise problems.invalid("sku", "The SKU in the body is not the one of the address.")
    row = _row(sku, said)
    try:
        with transaction.atomic():
            # Within the transaction of the write, so that a PATCH never makes a product.
            if not may_create and not products.find_by_skus([sku]):
                raise NotFound("There is no such product.")
            done = products.upsert_products([row], now=timezone.now(), by=viewer_of(request).name)
    except products.PriceNeedsCurrency as bad:
        raise problems.invalid("price", str(bad)) from bad
    tasks.wake()
    return _answer(sku, status.HTTP_201_CREATED if done.created else status.HTTP_200_OK)


def _row(sku: str, said: dict[str, Any]) -> ProductRow:
    price = said.get("price") or {}
    return ProductRow(
        sku=sku,
        name=said.get("name"),
        price=price.get("amount"),
        currency=price.get("currency"),
        is_enabled=said.get("enabled"),
        manage_stock=said.get("manage_stock"),
    )


def _require_readable(sku: str) -> None:
    if len(sku) > LONGEST_SKU or "\x00" in sku:
        raise problems.invalid("sku", f"A SKU has at most {LONGEST_SKU} characters.")


def _answer(sku: str, code: int) -> Response:
    found = product_queries.product_in_full(sku=sku)
    if found is None:
        raise NotFound("There is no such product.")
    return Response(ProductSerializer(found).data, status=code)
