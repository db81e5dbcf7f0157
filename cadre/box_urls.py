"""The box (票箱) and nothing else: no page here knows who is asking.

The two probes stand under /box/ too, since nothing else reaches this door where one process opens both.
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
