"""The raw record at its address on the site, and the front to which an error page leads back (测试用地址)."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(url="/office/record/")),
    path("office/record/", include("audit.urls")),
]
