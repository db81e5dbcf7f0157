"""The box (票箱) and nothing else: no page here knows who is asking.

Everything stands under /box/, the two probes too, so that one rule of a proxy covers it.
"""

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from cadre.wellbeing import alive, box_ready
from selection.ballots.views import absent

urlpatterns = [
    path("", RedirectView.as_view(url="/box/")),
    path("box/healthz", alive),
    path("box/readyz", box_ready),
    path("box/", include("selection.ballots.urls")),
    re_path("^(?P<other>.*)$", absent),
]
handler400 = "selection.ballots.views.misread"
handler500 = "selection.ballots.views.failed"
