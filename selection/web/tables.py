"""Tables to take away (导出表格)."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse


def table(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Rows as CSV, in the encoding that spreadsheets take for Chinese without being asked."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(heads)
    writer.writerows([_inert(one) if isinstance(one, str) else one for one in row] for row in rows)
    return response


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
