"""What programs ask to be done with a Commerce order, and what comes of it."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.fields import Moment, Money, money
from backoffice.api.serializers.commerce_orders import CommerceOrderSerializer
from backoffice.api.serializers.shipments import (
    MOST_UNITS,
    LineRequest,
    SentSerializer,
    ToldShipmentSerializer,
)
from commerce.orders import comments
from integration.commerce_orders.hold_reasons import HOLD_REASONS
from integration.outbox.cancel import REASONS as CANCEL_REASONS
from integration.outbox.refund import REASONS as REFUND_REASONS

# Amazon's newer words for the same.
_ALIASES = {
    "BUYERCANCELLED": "BuyerCanceled",
    "CUSTOMERCANCELLED": "CustomerCancel",
    "PRICINGERROR": "PriceError",
}


def _plainly(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum()).upper()


class ReasonField(serializers.CharField):
    """One of a set of codes; also its words, and however it is spelled: NO_INVENTORY, "No Inventory"."""

    def __init__(self, *, reasons: Mapping[str, str], **kwargs: Any) -> None:
        told = f"One of {', '.join(reasons)}."
        super().__init__(max_length=64, help_text=told, **kwargs)
        self._told = told
        known = {_plainly(word): code for code, name in reasons.items() for word in (code, name)}
        aliases = {word: code for word, code in _ALIASES.items() if code in reasons}
        self._codes = {**aliases, **known}

    def to_internal_value(self, data: Any) -> str:
        """The code. Raises ValidationError."""
        code = self._codes.get(_plainly(super().to_internal_value(data)))
        if code is None:
            raise serializers.ValidationError(self._told)
        return code


@extend_schema_field(Money())
class AskedMoney(serializers.Field[Any, Any, Any, Any]):
    """An amount: {"amount": "1.50", "currency": "USD"}, or "1.50" in the order's currency. Not negative."""

    default_error_messages = {
        "invalid": 'Write an amount such as {{"amount": "1.50", "currency": "USD"}}.',
        "currency": "The order is in {currency}.",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """Read it. Raises ValidationError."""
        currency: str = self.context["currency"]
        if isinstance(data, Mapping):
            if data.get("currency", currency) != currency:
                self.fail("currency", currency=currency)
            data = data.get("amount")
        try:
            amount = Decimal(data) if isinstance(data, str | int) and not isinstance(data, bool) else None
        except InvalidOperation:
            amount = None
        if amount is None or not amount.is_finite() or amount < 0 or amount.adjusted() > 15:
            self.fail("invalid")
        assert amount is not None
        return amount

    def to_representation(self, value: Decimal) -> dict[str, str] | None:
        """Write it."""
        return money(value, self.context["currency"])


class CancelRequest(serializers.Serializer[Any]):
    """Why the whole order is canceled: one of Amazon's reasons."""

    reason = ReasonField(reasons=CANCEL_REASONS)


class HoldRequest(serializers.Serializer[Any]):
    """Why the order is stopped."""

    reason = ReasonField(reasons=HOLD_REASONS)


class CommentRequest(serializers.Serializer[Any]):
    """What is written about the order."""

    text = serializers.CharField(max_length=comments.LONGEST)


class CommentSerializer(serializers.Serializer[Any]):
    """A comment; `text` is null once the order's personal data was purged."""

    text = serializers.CharField(allow_null=True)
    by = serializers.CharField()
    at = Moment()


class RefundLineRequest(LineRequest):
    """What is given back of a line: units with their price and tax, or amounts in their place."""

    quantity = serializers.IntegerField(min_value=0, max_value=MOST_UNITS, default=0)
    amount = AskedMoney(required=False, help_text="The price, instead of that of the units.")
    tax = AskedMoney(required=False)
    shipping = AskedMoney(required=False)
    restock = serializers.IntegerField(min_value=0, max_value=MOST_UNITS, default=0)
    source = serializers.CharField(max_length=64, default="", allow_blank=True)  # type: ignore[assignment]


class RefundRequest(serializers.Serializer[Any]):
    """What is given back. `full`: all that is left; `lines` then only say what goes back into stock."""

    reason = ReasonField(reasons=REFUND_REASONS)
    full = serializers.BooleanField(default=False)
    lines = RefundLineRequest(many=True, required=False)
    shipping = AskedMoney(required=False, help_text="Shipping that belongs to no line.")
    other = AskedMoney(required=False, help_text="Other charges that belong to no line.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something is asked for."""
        if not attrs["full"] and not attrs.keys() & {"lines", "shipping", "other"}:
            raise serializers.ValidationError("Name lines, an amount, or full.")
        return attrs


class CreditMemoLineSerializer(serializers.Serializer[Any]):
    """What of a line was given back; `id` is the line's."""

    id = serializers.IntegerField(source="order_line_id")
    sku = serializers.CharField(source="order_line.sku")
    quantity = serializers.IntegerField(source="units")
    restocked = serializers.IntegerField()
    source = serializers.CharField(  # type: ignore[assignment]
        source="restocked_at.code", default=None, allow_null=True
    )


class CreditMemoSerializer(serializers.Serializer[Any]):
    """Money given back."""

    number = serializers.CharField()
    issued_at = Moment()
    reason = serializers.CharField()
    items = serializers.SerializerMethodField()
    shipping = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    tax_included = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    lines = CreditMemoLineSerializer(many=True, source="lines.all")
    amazon = serializers.SerializerMethodField()

    @extend_schema_field(Money())
    def get_items(self, memo: Any) -> dict[str, str] | None:
        """The price given back."""
        return money(memo.items, memo.currency)

    @extend_schema_field(Money())
    def get_shipping(self, memo: Any) -> dict[str, str] | None:
        """Shipping given back."""
        return money(memo.shipping, memo.currency)

    @extend_schema_field(Money())
    def get_tax(self, memo: Any) -> dict[str, str] | None:
        """Tax given back."""
        return money(memo.tax + memo.included_tax, memo.currency)

    def get_tax_included(self, memo: Any) -> bool:
        """Whether the other amounts hold the tax."""
        return bool(memo.included_tax) and not memo.tax

    @extend_schema_field(Money())
    def get_total(self, memo: Any) -> dict[str, str] | None:
        """All of it."""
        return money(memo.total, memo.currency)

    @extend_schema_field(SentSerializer(allow_null=True))
    def get_amazon(self, memo: Any) -> dict[str, Any] | None:
        """Where it stands at Amazon; null where Amazon does not pay it."""
        told = getattr(memo, "adjustment", None)
        return None if told is None else dict(SentSerializer(told).data)


class InvoiceSerializer(serializers.Serializer[Any]):
    """The bill of the order, and what of it was given back."""

    number = serializers.CharField()
    issued_at = Moment()
    voided_at = Moment(allow_null=True)
    grand_total = serializers.SerializerMethodField()
    refunded_total = serializers.SerializerMethodField()

    @extend_schema_field(Money(allow_null=True))
    def get_grand_total(self, invoice: Any) -> dict[str, str] | None:
        """What was charged."""
        return money(invoice.grand_total, invoice.currency)

    @extend_schema_field(Money())
    def get_refunded_total(self, invoice: Any) -> dict[str, str] | None:
        """What was given back."""
        return money(invoice.refunded_total, invoice.currency)


class CancellationSerializer(SentSerializer):
    """A asked that Amazon cancel the order."""

    reason = serializers.CharField()
    owed_at = Moment()


class EventSerializer(serializers.Serializer[Any]):
    """What happened to the order. `details`: codes, numbers and quantities; `by` is empty for no person."""

    code = serializers.CharField()
    at = Moment()
    by = serializers.CharField()
    details = serializers.DictField()


class CommerceOrderDetailsSerializer(CommerceOrderSerializer):
    """One Commerce order with its papers. Its context holds `records` and the newest `cancellation`."""

    shipments = ToldShipmentSerializer(many=True)
    fully_shipped_at = Moment(source="order.fully_shipped_at", allow_null=True)
    invoice = serializers.SerializerMethodField()
    credit_memos = serializers.SerializerMethodField()
    cash_on_delivery = serializers.SerializerMethodField()
    cancellation = serializers.SerializerMethodField()
    history = serializers.SerializerMethodField()

    @extend_schema_field(InvoiceSerializer(allow_null=True))
    def get_invoice(self, found: Any) -> dict[str, Any] | None:
        """The invoice; null while the order waits for its payment."""
        invoice = self.context["records"].invoice
        return None if invoice is None else dict(InvoiceSerializer(invoice).data)

    @extend_schema_field(CreditMemoSerializer(many=True))
    def get_credit_memos(self, found: Any) -> Any:
        """What was given back."""
        return CreditMemoSerializer(self.context["records"].credit_memos, many=True).data

    @extend_schema_field(Money(allow_null=True))
    def get_cash_on_delivery(self, found: Any) -> dict[str, str] | None:
        """What the carrier is to collect; null where the order is paid."""
        return money(self.context["cash_on_delivery"], found.order.currency)

    @extend_schema_field(CancellationSerializer(allow_null=True))
    def get_cancellation(self, found: Any) -> dict[str, Any] | None:
        """The newest asked that Amazon cancel it."""
        asked = self.context["cancellation"]
        return None if asked is None else dict(CancellationSerializer(asked).data)

    @extend_schema_field(EventSerializer(many=True))
    def get_history(self, found: Any) -> Any:
        """What happened, the oldest first."""
        return EventSerializer(self.context["records"].events, many=True).data
