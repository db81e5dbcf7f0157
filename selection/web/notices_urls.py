"""Addresses of the public notices: no log-in, no cookie (公示区网址)."""

from selection.web import notices

urlpatterns = notices.urlpatterns
