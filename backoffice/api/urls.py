"""Addresses under /api/v1/. Ids that may hold "/" take a `path`: the server decodes %2F before routing."""

from django.urls import path

from backoffice.api.views import (
    commerce_orders,
    commerce_work,
    completeness,
    import_batches,
    missing,
    orders,
    products,
    records,
    shipments,
    stores,
)

app_name = "api"
urlpatterns = [
    path("stores/", stores.StoreListView.as_view(), name="stores"),
    path(
        "stores/<int:store_id>/import-settings/", stores.ImportSettingsView.as_view(), name="import-settings"
    ),
    path("stores/<int:store_id>/matches/<path:seller_sku>/", stores.MatchView.as_view(), name="match"),
    path(
        "stores/<int:store_id>/import-orders/",
        import_batches.ImportOrdersView.as_view(),
        name="import-orders",
    ),
    path("import-batches/<int:batch_id>/", import_batches.ImportBatchView.as_view(), name="import-batch"),
    path(
        "import-batches/<int:batch_id>/orders/",
        import_batches.ImportBatchOrdersView.as_view(),
        name="import-batch-orders",
    ),
    path("amazon-orders/", orders.OrderListView.as_view(), name="amazon-orders"),
    path("amazon-orders/<str:amazon_order_id>/", orders.OrderView.as_view(), name="amazon-order"),
    path("amazon-orders/<str:amazon_order_id>/retry/", orders.RetryView.as_view(), name="retry"),
    path("amazon-orders/<str:amazon_order_id>/refresh/", orders.RefreshView.as_view(), name="refresh"),
    path("amazon-orders/<str:amazon_order_id>/import/", orders.ImportView.as_view(), name="import"),
    path("amazon-orders/<str:amazon_order_id>/skip/", orders.SkipView.as_view(), name="skip"),
    path("amazon-orders/<str:amazon_order_id>/settle/", orders.SettleView.as_view(), name="settle"),
    path("products/", products.ProductListView.as_view(), name="products"),
    # Before the product itself, whose SKU would take all of it.
    path("products/<path:sku>/stock/<path:source>/", products.StockView.as_view(), name="stock"),
    path("products/<path:sku>/", products.ProductView.as_view(), name="product"),
    path("commerce-orders/", commerce_orders.CommerceOrderListView.as_view(), name="commerce-orders"),
    path(
        "commerce-orders/<path:number>/shipments/",
        commerce_work.ShipmentsView.as_view(),
        name="commerce-shipments",
    ),
    path("commerce-orders/<path:number>/pickup/", shipments.PickupView.as_view(), name="commerce-pickup"),
    path("commerce-orders/<path:number>/cancel/", commerce_work.CancelView.as_view(), name="commerce-cancel"),
    path(
        "commerce-orders/<path:number>/refunds/", commerce_work.RefundsView.as_view(), name="commerce-refunds"
    ),
    path("commerce-orders/<path:number>/hold/", commerce_work.HoldView.as_view(), name="commerce-hold"),
    path("commerce-orders/<path:number>/unhold/", commerce_work.UnholdView.as_view(), name="commerce-unhold"),
    path(
        "commerce-orders/<path:number>/comments/",
        commerce_work.CommentsView.as_view(),
        name="commerce-comments",
    ),
    path(
        "commerce-orders/<path:number>/", commerce_orders.CommerceOrderView.as_view(), name="commerce-order"
    ),
    path("carriers/", shipments.CarriersView.as_view(), name="carriers"),
    path("completeness/", completeness.CompletenessView.as_view(), name="completeness"),
    path("system-messages/", stores.SystemMessageListView.as_view(), name="system-messages"),
    path("sync-runs/", records.SyncRunListView.as_view(), name="sync-runs"),
    path("communication-errors/", records.CommunicationErrorListView.as_view(), name="communication-errors"),
    path("health/quota/", records.QuotaView.as_view(), name="health-quota"),
    path("<path:rest>", missing.MissingView.as_view(), name="missing"),
]
