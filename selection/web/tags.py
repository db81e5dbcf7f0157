"""What the pages say: dates, shares, names, articles and form controls (模板标签).

Registered in settings as the library ``cadre`` and as a builtin, so that no template loads it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from selection import clock
from selection.enums import Act

register = template.Library()

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = r"\u3000-\u303f\uff00-\uffef"
# From the first character to the last character or mark that no Latin letter parts from it.
CHINESE_RUN = re.compile(rf"[《（]?[{_HAN}](?:[^A-Za-z]*[{_HAN}{_MARKS}])?")
NOTHING = "—"


def _speaks_chinese() -> bool:
    return (get_language() or "").startswith("zh")


@register.filter
def zh(value: object) -> str:
    """Data that are Chinese whatever the language of the page: names, titles, quotations."""
    if value is None:
        return NOTHING
    text = conditional_escape(str(value) if not isinstance(value, SafeString) else value)
    if _speaks_chinese() or not CHINESE.search(text):
        return text
    return format_html('<span lang="zh-Hans">{}</span>', text)


def _marked(text: str) -> str:
    """A text of the site's own with Chinese names in it: only these are marked on a page in another language."""
    if isinstance(text, SafeString) or _speaks_chinese() or not CHINESE.search(text):
        return conditional_escape(text)
    parts: list[str] = []
    end = 0
    for run in CHINESE_RUN.finditer(text):
        parts += [conditional_escape(text[end : run.start()]), format_html('<span lang="zh-Hans">{}</span>', run[0])]
        end = run.end()
    return mark_safe("".join([*parts, conditional_escape(text[end:])]))  # noqa: S308 - every part is escaped above


@register.filter
def day(value: date | None) -> str:
    """A day in full; of an instant, the day in the site's time zone."""
    return NOTHING if not value else str(clock.worded(_local(value)))


@register.filter
def short_day(value: date | None) -> str:
    """A day without its year, unless that is another year than today's."""
    if not value:
        return NOTHING
    local = _local(value)
    return date_format(local, pgettext("date format", "j M")) if local.year == clock.today().year else day(value)


@register.filter
def instant(value: datetime | None) -> str:
    """An instant to the minute in the site's time zone; midnight is 24:00 of the day that ends."""
    if not value:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    if local.time() == time():
        return date_format(local - timedelta(days=1), pgettext("date format", "j F Y, 24:00"))
    return date_format(local, pgettext("date format", "j F Y, H:i"))


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def percent(part: int, whole: int) -> str:
    """``part`` of ``whole`` in percent, rounded half up to one decimal, in whole numbers; of nothing a dash."""
    if not whole:
        return NOTHING
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


@register.filter(name="rate")
def rate_of(value: Fraction | int | None) -> str:
    """An exact fraction in percent."""
    if value is None:
        return NOTHING
    exact = Fraction(value)
    return percent(exact.numerator, exact.denominator)


@register.simple_tag(name="rate")
def rate_from(part: int, whole: int) -> str:
    """``{% rate part whole %}`` in percent."""
    return percent(int(part), int(whole))


@register.filter
def said(value: Any) -> str:
    """Any value in words: what was observed, what is required, a cell of a table."""
    if isinstance(value, SafeString):
        return value
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Enum):
        return _marked(str(getattr(value, "label", value.value)))
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Fraction):
        return rate_of(value)
    if isinstance(value, str | Promise):
        return _marked(str(value))
    if isinstance(value, Mapping):
        *inner, last = value.values() or [""]
        texts = [*(one.rstrip("。；;") if isinstance(one, str) else one for one in inner), last]
        pairs = [
            (said(key), pgettext("between label and value", ": "), said(text))
            for key, text in zip(value, texts, strict=False)
        ]
        return _joined([format_html("{}{}{}", *pair) for pair in pairs], pgettext("between facts", "; "))
    if isinstance(value, list | tuple | set | frozenset):
        return _joined([said(one) for one in value], pgettext("between names", ", "))
    return _marked(str(value))


def _joined(parts: Sequence[str], between: str) -> str:
    return format_html_join(between, "{}", ((part,) for part in parts)) if parts else gettext("none")


@register.filter
def away(value: int) -> int:
    """A number without its sign."""
    return abs(value)


@register.filter
def at(values: Mapping[Any, Any] | None, key: object) -> Any:
    """The value of a mapping, or nothing."""
    return values.get(key, "") if isinstance(values, Mapping) else ""


@register.filter
def under(row: Iterable[Any], columns: Iterable[object]) -> list[tuple[object, Mapping[str, Any]]]:
    """The cells of a row with the column each stands under; a bare value becomes a cell."""
    cells = [cell if isinstance(cell, Mapping) else {"text": cell, "number": type(cell) is int} for cell in row]
    return list(zip(columns, cells, strict=True))


@register.simple_block_tag(end_name="endkept")
def kept(content: str) -> str:
    """``{% kept as name %}…{% endkept %}``: what stands inside, for use in several places."""
    return mark_safe(content.strip())  # noqa: S308 - rendered by the template engine, which escaped it


@register.simple_block_tag(end_name="endcard")
def card(
    content: str, title: object = "", *, note: object = "", flush: bool = False, tone: str = "", id: str = ""
) -> str:
    """``{% card title %}…{% endcard %}``: a white card with a heading; ``flush`` for tables and lists to the edge."""
    return format_html(
        '<section class="card{}"{}>{}<div class="card-body{}">{}</div></section>',
        f" card-{tone}" if tone else "",
        format_html(' id="{}"', id) if id else "",
        format_html(
            '<header class="card-header"><h2>{}</h2>{}</header>',
            said(title),
            format_html("<span>{}</span>", said(note)) if note else "",
        )
        if title
        else "",
        " card-flush" if flush else "",
        mark_safe(content),  # noqa: S308 - rendered by the template engine, which escaped it
    )


@register.inclusion_tag("components/citation.html")
def cite(citation: object) -> dict[str, object]:
    """An article of the rules with its words in a fold-out."""
    return {"citation": citation}


@register.simple_tag(takes_context=True)
def kept_filters(context: Mapping[str, Any], *but: str) -> str:
    """Hidden inputs that keep the filters of the address in a form, but those named."""
    given = [(key, value) for key, values in context["request"].GET.lists() if key not in but for value in values]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', given)


@register.filter
def entry_url(entered_by: tuple[Any, Any]) -> str:
    """The page on which a fact that the register lacks is entered: of the act, or of the person whose rows it is in."""
    from selection.web.acts import act_url  # whose forms use these tags

    name, subject = entered_by
    return reverse("person", args=[subject.pk]) if name == Act.CORRECT_TENURE else act_url(name, subject)


@register.filter
def control(field: BoundField) -> str:
    """How a field is drawn: ``hidden``, ``choices``, ``tick`` or ``plain``."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "plain"


@register.simple_tag
def widget(field: BoundField) -> str:
    """The control of a field with the classes of the site; days and instants get the browser's own pickers."""
    drawn = field.field.widget
    attrs: dict[str, str | bool] = {"class": f"{drawn.attrs.get('class', '')} {_look(drawn)}".strip()}
    if isinstance(drawn, forms.DateTimeInput):
        drawn.format = "%Y-%m-%dT%H:%M"
        drawn.input_type = "datetime-local"
    elif isinstance(drawn, forms.DateInput):
        drawn.format = "%Y-%m-%d"
        drawn.input_type = "date"
    elif isinstance(drawn, forms.TimeInput):
        drawn.format = "%H:%M"
        drawn.input_type = "time"
    elif isinstance(drawn, forms.Textarea) and drawn.attrs.get("rows") == "10":
        attrs["rows"] = "4"
    html = field.as_widget(attrs=attrs)
    if isinstance(drawn, forms.Select | forms.Textarea) and not _speaks_chinese() and CHINESE.search(html):
        html = mark_safe(re.sub(r"<(select|textarea) ", r'<\1 lang="zh-Hans" ', html, count=1))  # noqa: S308
    return html


def _look(drawn: forms.Widget) -> str:
    return "form-select" if isinstance(drawn, forms.Select) else "form-control"
