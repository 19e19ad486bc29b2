"""What Amazon refuses of confirmShipment beside bad input, in the words that sellers report.

Such words stand in `message`, with `details` empty; the codes say nothing.
"""

from sandbox.confirmation_body import ShippedPackage
from sandbox.datasets import Json
from sandbox.lifecycle import find_package, packed
from sandbox.marketplaces import marketplace
from sandbox.versions import OrderVersion
from sandbox.wire import SpApiError

COD_COUNTRY = "JP"


def already_fulfilled(order_id: str, reference: str) -> SpApiError:
    """selling-partner-api-models issue 5037: the two spaces and the word that tells, far to the right, are
    Amazon's; its descriptions name the order and are long."""
    return _refused(
        "Failed to create package due to not finding a matching package or order already fulfilled.  "
        "ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order "
        f"({order_id}) with the package reference ({reference}); every unit of the order belongs to a "
        "package already, errorMetric=PackageToUpdateNotFound, packageIndex=null)"
    )


def require_tellable(order: OrderVersion, document: Json, package: ShippedPackage) -> None:
    """Orders that take another way ("Confirm the shipment status" in Amazon's developer documentation)."""
    programs = document.get("programs") or []
    if "FBM_SHIP_PLUS" in programs:
        raise _refused(
            "Shipments of FBM Ship+ orders are confirmed by Amazon and cannot be confirmed by you."
        )
    if "IN_STORE_PICK_UP" in programs:
        # Not documented as a refusal; the harder variant: only updateShipmentStatus is taken.
        raise _refused("The shipment of an in-store pick-up order cannot be confirmed; update its status.")
    if _has_bought_label(document, package):
        raise _refused("The label of this package was purchased through Amazon Buy Shipping.")
    _require_transparency(document, package)
    _require_cod(order, document, package)


def _has_bought_label(document: Json, package: ShippedPackage) -> bool:
    """Whether a label bought at Amazon covers some of these units: its package stands there from then on."""
    labels = [one for one in document.get("packages", []) if one.get("shippingService") == "Buy Shipping"]
    covered = {item_id for one in labels for item_id in packed(one)}
    is_edit = find_package(document, package.reference) in labels
    return bool(covered & set(package.quantities)) or is_edit


def _require_transparency(document: Json, package: ShippedPackage) -> None:
    """Whether codes are asked for in every case is not certain; the harder variant asks."""
    for item in document["orderItems"]:
        item_id = item["orderItemId"]
        if "TRANSPARENCY" not in (item.get("programs") or []) or item_id not in package.quantities:
            continue
        codes = package.transparency_codes.get(item_id, ())
        if len(set(codes)) != package.quantities[item_id]:
            raise _refused(
                f"Item {item_id} is in the Transparency program: {package.quantities[item_id]} different "
                f"Transparency codes are required, {len(set(codes))} were given."
            )


def _require_cod(order: OrderVersion, document: Json, package: ShippedPackage) -> None:
    """`codCollectionMethod` is for Japan only (model ordersV0); there, orders to be paid at the door need it
    in the harder variant."""
    is_japan = marketplace(order.marketplace_id or "US").code == COD_COUNTRY
    if package.cod_collection_method and not is_japan:
        raise _refused("codCollectionMethod is only supported in the JP marketplace.")
    if is_japan and is_cash_on_delivery(document) and package.cod_collection_method != "DirectPayment":
        raise _refused("codCollectionMethod is required for this cash on delivery order.")


def is_cash_on_delivery(document: Json) -> bool:
    """Whether the carrier is to collect the money."""
    executions = (document.get("payment") or {}).get("paymentExecutions") or []
    constraints = (
        ((item.get("fulfillment") or {}).get("shipping") or {}).get("shippingConstraints") or {}
        for item in document["orderItems"]
    )
    return any(one.get("paymentMethod") == "CashOnDelivery" for one in executions) or any(
        one.get("cashOnDelivery") == "MANDATORY" for one in constraints
    )


def _refused(message: str) -> SpApiError:
    return SpApiError(400, "InvalidInput", message, "")
