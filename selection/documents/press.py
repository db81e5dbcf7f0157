"""The press (排印): makes one PDF and ends.

A program of its own that knows nothing of the site: HTML comes on standard input, the PDF leaves on standard output,
and the style sheet is the only file it reads.  What it may use of the machine is limited before it reads anything, and
no address is ever fetched.
"""

import errno
import gc
import resource
import select
import sys
import warnings
from typing import Any

MEMORY = 3 * 1024**3
SECONDS = 120
OUTPUT = 64 * 1024**2
NO_ROOM = 74
"""What it ends with where the disk was full, as ``sysexits.h`` has it for faults of input and output."""


def limit() -> None:
    """Take away what a paper never needs."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


#: A sheet that nobody will see, with every font of a paper.
BLANK = (
    '<!DOCTYPE html><html lang="zh-Hans"><title>公</title><body><h1>公</h1><h2>公</h2><p><b>公</b></p>'
    "<table><tbody><tr><th>公</th><td>1</td></tr></tbody></table></body></html>"
)


class Press:
    """One style sheet and the fonts, kept from one document to the next."""

    def __init__(self, style: str) -> None:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        self._fonts: Any = FontConfiguration()
        self._style: Any = CSS(filename=style, font_config=self._fonts)

    def press(self, html: str) -> bytes:
        """The PDF/A of an HTML document."""
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher

        inside = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
        document = HTML(string=html, url_fetcher=inside, base_url="about:blank")
        pdf: bytes = document.write_pdf(
            stylesheets=[self._style], font_config=self._fonts, pdf_variant="pdf/a-3a", pdf_tags=True
        )
        return pdf


if __name__ == "__main__":
    limit()
    warnings.simplefilter("ignore")
    # A document is many objects that live until its end, and then so does the process.
    gc.set_threshold(100_000, 50, 50)
    try:
        one = Press(sys.argv[1])
        if not select.select([sys.stdin.buffer], [], [], 0)[0]:
            one.press(BLANK)  # nobody waits yet: whoever does later finds everything loaded
        html = sys.stdin.buffer.read().decode()
        if not html:
            sys.exit()  # whoever kept this press waiting is gone
        sys.stdout.buffer.write(one.press(html))
        sys.stdout.buffer.flush()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(NO_ROOM)
        raise
