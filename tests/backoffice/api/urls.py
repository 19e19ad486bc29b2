"""The API where config mounts it; tests of it need nothing else of config."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/", include("backoffice.api.urls")),
    path("", include("backoffice.probes")),
]
