"""The pages."""

from django.urls import path

from integration.web import (
    catalogue_actions,
    commerce_orders,
    order,
    order_actions,
    order_settings,
    orders,
    products,
    read_only,
    store_dashboard,
    store_setup,
    stores,
    system_messages,
)

urlpatterns = [
    path("", stores.stores, name="stores"),
    path("stores/connect/", store_setup.connect, name="store_connect"),
    path("stores/<int:store_id>/", store_dashboard.store, name="store"),
    path("stores/<int:store_id>/settings/", order_settings.order_settings, name="store_settings"),
    path("stores/<int:store_id>/reauthorize/", store_setup.reauthorize, name="store_reauthorize"),
    path("stores/<int:store_id>/deactivate/", store_setup.deactivate, name="store_deactivate"),
    path("stores/<int:store_id>/activate/", store_setup.activate, name="store_activate"),
    path("stores/<int:store_id>/delete/", store_setup.delete, name="store_delete"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<path:amazon_order_id>/retry/", order_actions.retry, name="order_retry"),
    path("orders/<path:amazon_order_id>/refresh/", order_actions.refresh, name="order_refresh"),
    path("orders/<path:amazon_order_id>/import/", order_actions.request_import, name="order_import"),
    path("orders/<path:amazon_order_id>/skip/", order_actions.skip, name="order_skip"),
    path("orders/<path:amazon_order_id>/unskip/", order_actions.unskip, name="order_unskip"),
    path("orders/<path:amazon_order_id>/settle/", order_actions.settle, name="order_settle"),
    path("orders/<path:amazon_order_id>/address/", order_actions.correct_address, name="order_address"),
    # Last: an order's id may hold a slash.
    path("orders/<path:amazon_order_id>/", order.order, name="order"),
    path("products/", products.products, name="products"),
    path("products/<path:sku>/", products.product, name="product"),
    # Beside the products, because a SKU may be any word.
    path("catalogue/options/", products.product_options, name="product_options"),
    path("catalogue/restock/", products.restock_form, name="restock_form"),
    path("catalogue/change/", catalogue_actions.change, name="product_change"),
    path("catalogue/create/", catalogue_actions.create, name="product_create"),
    path("catalogue/enable/", catalogue_actions.enable, name="product_enable"),
    path("catalogue/count/", catalogue_actions.count, name="stock_count"),
    path("catalogue/match/", catalogue_actions.match, name="match"),
    path("catalogue/unmatch/", catalogue_actions.unmatch, name="unmatch"),
    path("commerce-orders/", commerce_orders.commerce_orders, name="commerce_orders"),
    path("commerce-orders/<path:number>/", commerce_orders.commerce_order, name="commerce_order"),
    path("read-only/", read_only.read_only_mode, name="read_only"),
    path("read-only/on/", read_only.switch_on, name="read_only_on"),
    path("read-only/off/", read_only.switch_off, name="read_only_off"),
    path("messages/", system_messages.system_messages, name="system_messages"),
]
