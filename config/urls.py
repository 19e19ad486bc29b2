"""Where each part of the product is found."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("backoffice.probes")),
    path("", include("backoffice.pages.urls")),
    path("", include("backoffice.pages.people.invitation")),
    # Devices are a part of the account's own page.
    path("accounts/sessions/", RedirectView.as_view(pattern_name="account"), name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("backoffice.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]
