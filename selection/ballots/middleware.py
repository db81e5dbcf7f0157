"""What every page of the box has in common: its language from the path, and headers that leave no trace (票箱中间件).

The box sets no cookie, so the language stands in the address: /box/ is Chinese, /box/en/ English.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

ENGLISH = "/box/en/"

# Everything from this server, nothing inline, no frame; no base-uri or form-action that carries a code elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class BoxLanguage:
    """Activate the path's language; forbid storing, framing, foreign requests and the passing on of addresses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language of the path, with the box's headers."""
        language = "en" if request.path_info.startswith(ENGLISH) else "zh-hans"
        with translation.override(language):
            response = self.get_response(request)
        response["Content-Language"] = language
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["Content-Security-Policy"] = POLICY
        response["X-Robots-Tag"] = "noindex"
        return response
