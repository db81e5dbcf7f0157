"""Where each part of the site is found: signed-in pages under /office/, public ones under /notices/.

The box is no part of this list: it is a process of its own, behind ``cadre.box_urls``.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from cadre.wellbeing import alive, ready

urlpatterns = [
    path("", RedirectView.as_view(url=settings.LOGIN_REDIRECT_URL), name="front"),
    path("office/language", login_not_required(set_language), name="set_language"),
    path("office/record/", include("audit.urls")),
    path("office/", include("selection.web.urls")),
    path("notices/", include("selection.web.notices_urls")),
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
]
