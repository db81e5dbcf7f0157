"""The box (票箱) and nothing else: no page here knows who is asking."""

from django.urls import include, path

urlpatterns = [path("box/", include("selection.ballots.urls"))]
