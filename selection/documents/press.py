"""The press (排印): makes one PDF and ends.

A program of its own that knows nothing of the site: HTML comes on standard input, the PDF leaves on standard output,
and the style sheet is the only file it reads.  What it may use of the machine is limited before it reads anything, and
no address is ever fetched.
"""

import errno
import resource
import sys
import warnings

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


def press(html: str, style: str) -> bytes:
    """The PDF/A of an HTML document under one style sheet."""
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    inside = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    document = HTML(string=html, url_fetcher=inside, base_url="about:blank")
    pdf: bytes = document.write_pdf(stylesheets=[CSS(filename=style)], pdf_variant="pdf/a-3a", pdf_tags=True)
    return pdf


if __name__ == "__main__":
    limit()
    warnings.simplefilter("ignore")
    import weasyprint  # noqa: F401 - loaded before the paper comes: whoever waits for it waits less

    html = sys.stdin.buffer.read().decode()
    if not html:
        sys.exit()  # whoever kept this press waiting is gone
    try:
        sys.stdout.buffer.write(press(html, sys.argv[1]))
        sys.stdout.buffer.flush()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(NO_ROOM)
        raise
