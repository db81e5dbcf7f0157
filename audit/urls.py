"""Addresses of the raw record, under /office/record/ (原始纪实的地址)."""

from django.urls import path

from audit import views

app_name = "audit"

urlpatterns = [
    path("", views.streams, name="streams"),
    path("verify/", views.verify, name="verify"),
    path("verify/<int:pk>/", views.verification, name="verification"),
    path("checkpoints/", views.checkpoints, name="checkpoints"),
    path("verifier/", views.verifier, name="verifier"),
    path("streams/<str:stream>/", views.stream, name="stream"),
    path("streams/<str:stream>/dossier/", views.dossier, name="dossier"),
    path("streams/<str:stream>/<int:seq>/", views.entry, name="entry"),
]
