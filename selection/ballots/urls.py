"""Addresses of the box, once for each language (票箱网址)."""

from django.urls import include, path

from selection.ballots import views

pages = [
    path("", views.enter, name="enter"),
    path("sheet/", views.sheet, name="sheet"),
    path("review/", views.review, name="review"),
    path("cast/", views.cast, name="cast"),
    path("<uuid:round_id>/ballots/", views.ballots, name="ballots"),
    path("collected/", views.collected, name="collected"),
    path("rounds/<uuid:round_id>/", views.urn, name="urn"),
    path("rounds/<uuid:round_id>/ballots/", views.put, name="put"),
]

urlpatterns = [
    path("", include((pages, "box"))),
    path("en/", include((pages, "box"), namespace="box-en")),
    path("<path:other>", views.absent),
]
