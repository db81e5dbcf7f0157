"""Addresses of the public notices: no log-in, no cookie (公示区网址)."""

urlpatterns: list[object] = []
