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

from commerce import catalog, product_queries, stock_counts
from commerce.catalog import ProductRow
from commerce.product_queries import ProductFilter
from integration import tasks
from integration.access import Permission
from integration.api import pagination, paths, problems
from integration.api.serializers.products import (
    CountRequest,
    ProductQuery,
    ProductRequest,
    ProductSerializer,
)
from integration.api.views.base import ApiView, viewer_of

LONGEST_SKU = 255
LONGEST_SOURCE = 64


class ProductListView(ApiView):
    """The catalogue."""

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
            filters=ProductFilter(text=wanted.get("q", ""), is_enabled=wanted["enabled"]), **_cursor(request)
        )
        after = pagination.pack({"after": page.after}) if page.after else None
        before = pagination.pack({"before": page.before}) if page.before else None
        rows = ProductSerializer(product_queries.with_stock(page.rows), many=True)
        return Response({**pagination.links(request, after, before), "results": rows.data})


def _cursor(request: Request) -> dict[str, Any]:
    fields = pagination.unpack(request)
    is_ours = len(fields) <= 1 and fields.keys() <= {"after", "before"}
    if not is_ours or not all(isinstance(sku, str) and "\x00" not in sku for sku in fields.values()):
        raise problems.invalid(pagination.CURSOR, pagination.NOT_OURS)
    return fields


class ProductView(ApiView):
    """One product. The SKU is percent-encoded in the address; it may hold "/"."""

    permissions = {
        "GET": Permission.VIEW_ORDERS,
        "PUT": Permission.EDIT_CATALOGUE,
        "PATCH": Permission.EDIT_CATALOGUE,
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

    permissions = {"PUT": Permission.EDIT_CATALOGUE}

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
            stock_counts.set_on_hand(
                sku=sku,
                source_code=source,
                now=timezone.now(),
                by=viewer_of(request).name,
                **asked.validated_data,
            )
        except stock_counts.UnknownProduct as unknown:
            raise NotFound("There is no such product.") from unknown
        except stock_counts.CountBelowReserved as below:
            raise problems.Conflict(str(below)) from below
        tasks.wake()
        return _answer(sku, status.HTTP_200_OK)


def _write(request: Request, sku: str, *, may_create: bool) -> Response:
    _require_readable(sku)
    asked = ProductRequest(data=request.data)
    asked.is_valid(raise_exception=True)
    said: dict[str, Any] = asked.validated_data
    if said.get("sku", sku) != sku:
        raise problems.invalid("sku", "The SKU in the body is not the one of the address.")
    row = _row(sku, said)
    try:
        with transaction.atomic():
            if not may_create and not catalog.find_by_skus([sku]):
                raise NotFound("There is no such product.")
            done = catalog.upsert_products([row], now=timezone.now(), by=viewer_of(request).name)
    except catalog.PriceNeedsCurrency as bad:
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
    found = product_queries.product_in_full(sku=sku) if "\x00" not in sku else None
    if found is None:
        raise NotFound("There is no such product.")
    return Response(ProductSerializer(found).data, status=code)
