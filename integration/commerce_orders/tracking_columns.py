"""The columns of a file of tracking numbers, by the names that people and other programs give them. Pure."""

COLUMNS = ("order_number", "amazon_order_id", "carrier", "tracking_number", "shipped_at", "sku", "quantity")
# Read where it is there; the sheet to fill in has no room for what few parcels need.
MORE_COLUMNS = ("service",)
# As Amazon's own shipment file, shipping software and spreadsheets of its marketplaces name them.
_OTHER_NAMES = {
    "order_number": "commerce_order commerce_order_number order_no shop_order_number",
    "amazon_order_id": (
        "order_id amazon_order amazon_order_number amazonorderid amazon注文番号 注文番号 "
        "注文id amazon_bestellnummer bestellnummer numéro_de_commande número_de_pedido "
        "numero_ordine 订单号 订单编号"
    ),
    "carrier": (
        "carrier_code carrier_name courier shipping_carrier 配送業者 配送会社 運送会社 "
        "配送業者名 versanddienst versanddienstleister transporteur transportista corriere "
        "物流公司 承运商"
    ),
    "tracking_number": (
        "tracking tracking_no tracking_id tracking_code trackingnumber お問い合わせ番号 "
        "お問合せ番号 問い合わせ番号 お問い合わせ伝票番号 伝票番号 追跡番号 送り状番号 "
        "sendungsnummer paketnummer numéro_de_suivi número_de_seguimiento numero_di_tracking "
        "运单号 快递单号 物流单号"
    ),
    "shipped_at": (
        "ship_date shipped shipped_on shipping_date dispatch_date 出荷日 発送日 出荷日付 "
        "versanddatum date_d'expédition date_d_expédition fecha_de_envío data_di_spedizione "
        "发货日期"
    ),
    "service": "shipping_service shipping_method ship_method service_level 配送方法 versandart",
    "sku": "seller_sku sellersku 商品コード 出品者sku",
    "quantity": "qty units 数量 出荷数量 menge anzahl quantité cantidad quantità",
}
_BY_NAME = {name: ours for ours, names in _OTHER_NAMES.items() for name in (ours, *names.split())}


def named(headings: list[str]) -> list[str]:
    """Our names of the columns; a heading that nobody knows, or that another one says already, stays.

    A file may have both a carrier's code and its name: the one of our own name counts, else the first.
    """
    ours = [_BY_NAME.get(heading, heading) for heading in headings]
    chosen = {
        name: headings.index(name) if name in headings else ours.index(name)
        for name in (*COLUMNS, *MORE_COLUMNS)
        if name in ours
    }
    return [name if chosen.get(name, place) == place else headings[place] for place, name in enumerate(ours)]


def missing(names: list[str]) -> str:
    """What a file cannot be without and has not."""
    if "order_number" not in names and "amazon_order_id" not in names:
        return "order_number or amazon_order_id"
    return next((name for name in ("carrier", "tracking_number") if name not in names), "")


def twice(names: list[str]) -> str:
    """A column that stands there twice."""
    return next((name for name in (*COLUMNS, *MORE_COLUMNS) if names.count(name) > 1), "")
