"""Who gets which answer at which address: the table that tests/integration/web/test_matrix.py walks.

One line per route and method: the route as the resolver has it, the method, then the status for nobody, an
operator, a merchant (both of the store that it is about), a merchant of another store, and an admin.
302 for nobody leads to the sign-in. Forms are sent empty: 422 says that one may.
"""

ROLES = ("nobody", "operator", "merchant", "other merchant", "admin")

TABLE = r"""
healthz                                                                  GET    200 200 200 200 200
readyz                                                                   GET    200 200 200 200 200
metrics                                                                  GET    401 401 401 401 401
-                                                                        GET    302 200 200 200 200
stores/connect/                                                          GET    302 403 403 403 200
stores/connect/                                                          POST   302 403 403 403 200
stores/<int:store_id>/                                                   GET    302 200 200 404 200
stores/<int:store_id>/settings/                                          GET    302 200 200 404 200
stores/<int:store_id>/settings/                                          POST   302 403 403 404 422
stores/<int:store_id>/lateness/                                          GET    302 200 200 404 200
stores/<int:store_id>/reauthorize/                                       GET    302 403 403 403 200
stores/<int:store_id>/reauthorize/                                       POST   302 403 403 403 200
stores/<int:store_id>/deactivate/                                        POST   302 403 403 403 303
stores/<int:store_id>/activate/                                          POST   302 403 403 403 303
stores/<int:store_id>/delete/                                            GET    302 403 403 403 200
stores/<int:store_id>/delete/                                            POST   302 403 403 403 200
stores/<int:store_id>/import/                                            GET    302 403 200 404 200
stores/<int:store_id>/import/numbers/                                    POST   302 403 422 404 422
stores/<int:store_id>/import/since/                                      POST   302 403 422 404 422
imports/                                                                 GET    302 200 200 200 200
imports/under-way/                                                       GET    302 200 200 200 200
imports/<int:batch_id>/                                                  GET    302 200 200 404 200
imports/<int:batch_id>/progress/                                         GET    302 200 200 404 200
orders/                                                                  GET    302 200 200 200 200
orders/                                                                  POST   302 303 303 303 303
orders/bulk/                                                             POST   302 303 303 303 303
orders/columns/                                                          POST   302 303 303 303 303
orders/export.csv                                                        POST   302 200 200 200 200
orders/views/save/                                                       POST   302 303 303 303 303
orders/views/<int:view_id>/remove/                                       POST   302 303 303 303 303
orders/<path:amazon_order_id>/retry/                                     POST   302 303 303 404 303
orders/<path:amazon_order_id>/refresh/                                   POST   302 303 303 404 303
orders/<path:amazon_order_id>/refresh-stand/                             GET    302 200 200 404 200
orders/<path:amazon_order_id>/import/                                    POST   302 403 303 404 303
orders/<path:amazon_order_id>/skip/                                      POST   302 403 422 404 422
orders/<path:amazon_order_id>/unskip/                                    POST   302 403 303 404 303
orders/<path:amazon_order_id>/settle/                                    POST   302 403 303 404 303
orders/<path:amazon_order_id>/cancel/                                    POST   302 403 422 404 422
orders/<path:amazon_order_id>/cancel-settled/                            POST   302 403 303 404 303
orders/<path:amazon_order_id>/address/                                   POST   302 403 303 404 303
orders/<path:amazon_order_id>/reveal/                                    POST   302 403 303 404 303
orders/<path:amazon_order_id>/                                           GET    302 200 200 404 200
products/                                                                GET    302 200 200 200 200
products/<path:sku>/                                                     GET    302 200 200 200 200
catalogue/options/                                                       GET    302 200 200 200 200
catalogue/restock/                                                       GET    302 403 404 404 404
catalogue/stock/                                                         GET    302 404 404 404 404
catalogue/change/                                                        POST   302 403 404 404 404
catalogue/create/                                                        POST   302 403 303 303 303
catalogue/enable/                                                        POST   302 403 303 303 303
catalogue/count/                                                         POST   302 403 303 303 303
catalogue/match/                                                         POST   302 403 303 303 303
catalogue/unmatch/                                                       POST   302 403 303 303 303
commerce-orders/                                                         GET    302 200 200 200 200
commerce-orders/<path:number>/ship/                                      GET    302 403 200 404 200
commerce-orders/<path:number>/ship/                                      POST   302 403 422 404 422
commerce-orders/<path:number>/shipments/<int:shipment_id>/tracking/      GET    302 403 200 404 200
commerce-orders/<path:number>/shipments/<int:shipment_id>/tracking/      POST   302 403 422 404 422
commerce-orders/<path:number>/shipments/<int:shipment_id>/send-again/    POST   302 403 303 404 303
commerce-orders/<path:number>/shipments/<int:shipment_id>/settle/        POST   302 403 303 404 303
commerce-orders/<path:number>/refund/                                    GET    302 403 200 404 200
commerce-orders/<path:number>/refund/                                    POST   302 403 422 404 422
commerce-orders/<path:number>/refunds/<int:memo_id>/send-again/          POST   302 403 303 404 303
commerce-orders/<path:number>/refunds/<int:memo_id>/settle/              POST   302 403 303 404 303
commerce-orders/<path:number>/cancel/                                    POST   302 403 422 404 422
commerce-orders/<path:number>/cancel/settle/                             POST   302 403 404 404 404
commerce-orders/<path:number>/hold/                                      POST   302 403 422 404 422
commerce-orders/<path:number>/unhold/                                    POST   302 403 303 404 303
commerce-orders/<path:number>/status/                                    POST   302 403 303 404 303
commerce-orders/<path:number>/comments/                                  POST   302 403 422 404 422
commerce-orders/<path:number>/invoice/                                   GET    302 200 200 404 200
commerce-orders/<path:number>/credit-memos/<str:memo_number>/            GET    302 200 200 404 200
commerce-orders/<path:number>/packing-slip/                              GET    302 200 200 404 200
commerce-orders/<path:number>/reveal/                                    POST   302 403 303 404 303
commerce-orders/<path:number>/                                           GET    302 200 200 404 200
warehouse/pick-list/                                                     GET    302 200 200 200 200
warehouse/packing-slips/                                                 GET    302 200 200 200 200
warehouse/tracking/                                                      GET    302 403 200 200 200
warehouse/tracking/                                                      POST   302 403 200 200 200
warehouse/tracking/ship/                                                 POST   302 403 303 303 303
warehouse/tracking/sheet.csv                                             GET    302 403 200 200 200
warehouse/sources/                                                       GET    302 200 200 200 200
warehouse/sources/                                                       POST   302 403 303 303 303
warehouse/statuses/                                                      GET    302 200 200 200 200
warehouse/statuses/                                                      POST   302 403 200 200 200
read-only/                                                               GET    302 403 403 403 200
read-only/on/                                                            POST   302 403 403 403 303
read-only/off/                                                           POST   302 403 403 403 422
activity/                                                                GET    302 200 200 200 200
activity/errors/                                                         GET    302 200 200 200 200
activity/audit/                                                          GET    302 403 200 200 200
activity/personal-data/                                                  GET    302 403 403 403 200
activity/personal-data/kept/                                             POST   302 403 403 403 422
people/                                                                  GET    302 403 403 403 200
people/invite/                                                           GET    302 403 403 403 200
people/invite/                                                           POST   302 403 403 403 200
people/<int:user_id>/                                                    GET    302 403 403 403 200
people/<int:user_id>/access/                                             POST   302 403 403 403 422
people/<int:user_id>/deactivate/                                         POST   302 403 403 403 303
people/<int:user_id>/activate/                                           POST   302 403 403 403 303
people/<int:user_id>/second-factor/reset/                                POST   302 403 403 403 303
people/<int:user_id>/unlock/                                             POST   302 403 403 403 303
people/<int:user_id>/sign-out/                                           POST   302 403 403 403 303
people/<int:user_id>/invite-again/                                       POST   302 403 403 403 303
people/<int:user_id>/withdraw/                                           POST   302 403 403 403 303
people/<int:user_id>/tokens/<int:token_id>/revoke/                       POST   302 403 403 403 303
account/                                                                 GET    302 200 200 200 200
account/devices/sign-out-others/                                         POST   302 303 303 303 303
account/devices/<int:device_id>/sign-out/                                POST   302 303 303 303 303
account/tokens/make/                                                     GET    302 200 200 200 200
account/tokens/make/                                                     POST   302 200 200 200 200
account/tokens/<int:token_id>/revoke/                                    POST   302 303 303 303 303
health/                                                                  GET    302 200 403 403 200
completeness/                                                            GET    302 200 200 200 200
completeness/export.csv                                                  GET    302 200 200 200 200
completeness/prove/                                                      POST   302 303 403 403 303
completeness/<int:missing_id>/give-up/                                   POST   302 303 403 403 303
messages/                                                                GET    302 200 200 200 200
invitation/                                                              GET    410 410 410 410 410
accounts/sessions/                                                       GET    302 302 302 302 302
accounts/login/                                                          GET    200 302 302 302 302
accounts/logout/                                                         GET    302 200 200 200 200
accounts/inactive/                                                       GET    200 200 200 200 200
accounts/signup/                                                         GET    200 302 302 302 302
accounts/reauthenticate/                                                 GET    302 200 200 200 200
accounts/email/                                                          GET    302 200 200 200 200
accounts/confirm-email/                                                  GET    200 200 200 200 200
accounts/password/change/                                                GET    302 200 200 200 200
accounts/password/set/                                                   GET    302 302 302 302 302
accounts/password/reset/                                                 GET    200 200 200 200 200
accounts/login/code/confirm/                                             GET    302 302 302 302 302
accounts/^confirm-email/(?P<key>[-:\w]+)/$                               GET    200 200 200 200 200
accounts/password/reset/key/done/                                        GET    200 200 200 200 200
accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$      GET    200 200 200 200 200
accounts/password/reset/done/                                            GET    200 200 200 200 200
accounts/2fa/                                                            GET    302 200 200 200 200
accounts/2fa/authenticate/                                               GET    302 302 302 302 302
accounts/2fa/reauthenticate/                                             GET    302 302 302 302 302
accounts/2fa/totp/activate/                                              GET    302 200 200 200 200
accounts/2fa/totp/deactivate/                                            GET    302 404 404 404 404
accounts/2fa/recovery-codes/                                             GET    302 404 404 404 404
accounts/2fa/recovery-codes/generate/                                    GET    302 200 200 200 200
accounts/2fa/recovery-codes/download/                                    GET    302 404 404 404 404
admin/                                                                   GET    302 302 302 302 302
api/v1/stores/                                                           GET    401 200 200 200 200
api/v1/stores/<int:store_id>/import-settings/                            GET    401 200 200 404 200
api/v1/stores/<int:store_id>/import-settings/                            PATCH  401 403 403 403 200
api/v1/stores/<int:store_id>/matches/<path:seller_sku>/                  DELETE 401 403 404 404 404
api/v1/stores/<int:store_id>/matches/<path:seller_sku>/                  PUT    401 403 400 404 400
api/v1/stores/<int:store_id>/import-orders/                              GET    401 200 200 404 200
api/v1/stores/<int:store_id>/import-orders/                              POST   401 403 400 404 400
api/v1/import-batches/<int:batch_id>/                                    GET    401 200 200 404 200
api/v1/import-batches/<int:batch_id>/orders/                             GET    401 200 200 404 200
api/v1/amazon-orders/                                                    GET    401 200 200 200 200
api/v1/amazon-orders/<str:amazon_order_id>/                              GET    401 200 200 404 200
api/v1/amazon-orders/<str:amazon_order_id>/retry/                        POST   401 202 202 404 202
api/v1/amazon-orders/<str:amazon_order_id>/refresh/                      POST   401 202 202 404 202
api/v1/amazon-orders/<str:amazon_order_id>/import/                       POST   401 403 409 404 409
api/v1/amazon-orders/<str:amazon_order_id>/skip/                         POST   401 403 400 404 400
api/v1/amazon-orders/<str:amazon_order_id>/settle/                       POST   401 403 409 404 409
api/v1/products/                                                         GET    401 200 200 200 200
api/v1/products/<path:sku>/stock/<path:source>/                          PUT    401 403 400 400 400
api/v1/products/<path:sku>/                                              GET    401 200 200 200 200
api/v1/products/<path:sku>/                                              PATCH  401 403 200 200 200
api/v1/products/<path:sku>/                                              PUT    401 403 200 200 200
api/v1/commerce-orders/                                                  GET    401 200 200 200 200
api/v1/commerce-orders/<path:number>/shipments/                          POST   401 403 400 404 400
api/v1/commerce-orders/<path:number>/cancel/                             POST   401 403 400 404 400
api/v1/commerce-orders/<path:number>/refunds/                            POST   401 403 400 404 400
api/v1/commerce-orders/<path:number>/hold/                               POST   401 403 400 404 400
api/v1/commerce-orders/<path:number>/unhold/                             POST   401 403 409 404 409
api/v1/commerce-orders/<path:number>/comments/                           GET    401 403 200 404 200
api/v1/commerce-orders/<path:number>/comments/                           POST   401 403 400 404 400
api/v1/commerce-orders/<path:number>/                                    GET    401 200 200 404 200
api/v1/completeness/                                                     GET    401 200 200 200 200
api/v1/system-messages/                                                  GET    401 200 200 200 200
api/v1/sync-runs/                                                        GET    401 200 200 200 200
api/v1/communication-errors/                                             GET    401 200 200 200 200
api/v1/health/quota/                                                     GET    401 200 403 403 200
api/v1/<path:rest>                                                       DELETE 401 404 404 404 404
api/v1/<path:rest>                                                       GET    401 404 404 404 404
api/v1/<path:rest>                                                       PATCH  401 404 404 404 404
api/v1/<path:rest>                                                       POST   401 404 404 404 404
api/v1/<path:rest>                                                       PUT    401 404 404 404 404
api/schema/                                                              GET    200 200 200 200 200
api/docs/                                                                GET    200 200 200 200 200
"""


def rows() -> dict[tuple[str, str], tuple[int, ...]]:
    """The statuses by (route, method)."""
    found = {}
    for line in TABLE.strip().splitlines():
        route, method, *statuses = line.rsplit(maxsplit=len(ROLES) + 1)
        key = (route.strip() if route != "-" else "", method)
        assert key not in found, f"{key} stands twice"
        found[key] = tuple(map(int, statuses))
    return found
