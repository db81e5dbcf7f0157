"""Addresses of the office: everything here is behind a log-in (办公区网址)."""

from django.urls import path

from selection.web import (
    accounts,
    acts,
    batches,
    desk,
    doors,
    entrance,
    inquiries,
    materials,
    meetings,
    oversight,
    papers,
    people,
    recommend,
    record,
    rules,
    selections,
    sheets,
    status,
    units,
    voting,
)

urlpatterns = [
    path("act/<str:kind>/<int:pk>/<str:act>/", acts.act, name="act"),
    *entrance.urlpatterns,
    *doors.urlpatterns,
    *desk.urlpatterns,
    *accounts.urlpatterns,
    *batches.urlpatterns,
    *inquiries.urlpatterns,
    *meetings.urlpatterns,
    *materials.urlpatterns,
    *people.urlpatterns,
    *units.urlpatterns,
    *voting.urlpatterns,
    *papers.urlpatterns,
    *oversight.urlpatterns,
    *record.urlpatterns,
    *recommend.urlpatterns,
    *rules.urlpatterns,
    *selections.urlpatterns,
    *sheets.urlpatterns,
    *status.urlpatterns,
]
