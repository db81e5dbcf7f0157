"""The box (票箱) and nothing else: no page here knows who is asking.

The two probes stand under /box/ too, since nothing else reaches this door.
"""

from django.urls import include, path

from cadre.wellbeing import alive, box_ready

urlpatterns = [
    path("box/healthz", alive),
    path("box/readyz", box_ready),
    path("box/", include("selection.ballots.urls")),
]
