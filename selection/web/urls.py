"""Addresses of the office: everything here is behind a log-in (办公区网址)."""

from django.urls import path

from selection.web import acts, meetings, voting

urlpatterns = [
    path("act/<str:kind>/<int:pk>/<str:act>/", acts.act, name="act"),
    *meetings.urlpatterns,
    *voting.urlpatterns,
]
