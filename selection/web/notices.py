"""Public notices (任前公示): read and answered without a log-in and without a cookie.

The pages lie outside /office/, where no cookie of the site is sent, so their language stands in the address.  What is
shown is what the rulebook says must be shown, only while the notice runs; afterwards nothing about the person is left.
Whoever reports gets a receipt code, shown once, of which only the SHA-256 is kept.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from selection import acts, clock
from selection.documents import contexts, filing
from selection.documents.render import OFFICIAL
from selection.enums import AppointmentState, ExceptionGround, Stage
from selection.models import (
    Account,
    Announcement,
    Appointment,
    Nomination,
    Objection,
    Ranking,
    Selection,
    SittingItem,
    StageVisit,
)
from selection.rulebook import workdays
from selection.rulebook.keys import FACTS, NOTICE_FACTS
from selection.stages.notice import file_objection, is_running
from selection.web.forms.notice import ObjectionForm, ReceiptForm
from selection.web.forms.reports import make_receipt, receipt_hash
from selection.web.tags import zh

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """A page for everybody: its language is that of the address, else the one that the browser asks for."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("language", "")
        if wanted in dict(settings.LANGUAGES):
            translation.activate(wanted)
            request.LANGUAGE_CODE = wanted
        return view(request, *args, **kwargs)

    return never_cache(shown)


# A forged form can do nothing here that its author could not do himself: nobody is logged in, no cookie is sent, and a
# report carries no authority but its own words.  A token would need a cookie, which these pages must not set.
without_token = csrf_exempt


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A public page; ``language_query`` keeps the chosen language in every link."""
    query = language_query(request)
    answer = render(request, template, {"public": True, "language_query": query, **context}, status=status)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def language_query(request: HttpRequest) -> str:
    """What keeps the chosen language in an address; empty where none was chosen."""
    wanted = request.GET.get("language", "")
    return f"?language={wanted}" if wanted in dict(settings.LANGUAGES) else ""


def with_everything() -> QuerySet[Appointment]:
    """Appointments that may be shown to the public: nobody who was nominated in confidence."""
    secret = Nomination.objects.filter(ground=ExceptionGround.STATE_SECRET, candidacy__isnull=False).values("candidacy")
    return Appointment.objects.exclude(candidacy__in=secret).select_related(
        "person__organisation",
        "candidacy__post__organisation",
        "selection__rule_set",
        "selection__post__organisation",
        "selection__mandate__body",
        "selection__mandate__department",
    )


def found(slug: str) -> Appointment | None:
    """The appointment whose notice has this address."""
    return with_everything().filter(notice_slug=slug).first()


def trouble(request: HttpRequest, template: str, says: Any, *, status: int) -> HttpResponse:
    """An error page: it speaks both languages, and explains itself in that of the reader."""
    back = reverse("notices") + language_query(request)
    return render(request, template, {"explanation": says, "back_url": back}, status=status)


def absent(request: HttpRequest) -> HttpResponse:
    """404 that says what may have happened."""
    says = gettext_lazy("There is no such notice.  Compare the address with the printed notice.")
    return trouble(request, "404.html", says, status=404)


@public
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Every notice that runs now and is meant for this page, the one that ends first at the top."""
    at = clock.now()
    rows = with_everything().filter(
        state=AppointmentState.ON_NOTICE,
        notice_at__lte=at,
        notice_ends_at__gt=at,
        notice_channels__contains=["page"],
        selection__suspended_at__isnull=True,
    )
    return page(
        request,
        "notices/list.html",
        {
            "notices": [
                {"appointment": row, "due_on": clock.last_day_before(row.notice_ends_at), "left": left(row)}
                for row in rows.order_by("notice_ends_at", "person__stroke_key", "pk")
            ],
            "posts": _made_public(),
            "nominated": _nominated(),
        },
    )


def _made_public() -> QuerySet[Announcement]:
    """Posts that were made public and for which persons are still looked for, the latest first."""
    looking = Selection.objects.filter(stage__in=[Stage.NOMINATION, Stage.RECOMMENDATION], suspended_at__isnull=True)
    latest = Announcement.objects.filter(selection__in=looking).order_by("selection_id", "-pk").distinct("selection_id")
    return Announcement.objects.filter(pk__in=latest.values("pk")).order_by("-published_on", "-pk")


def _nominated() -> list[SittingItem]:
    """The latest published result of each nomination by ballot that is under way, as far as it still counts.  Ranked
    by votes; how many there were is not made public."""
    nominating = Selection.objects.filter(stage=Stage.NOMINATION, suspended_at__isnull=True)
    returned = StageVisit.objects.filter(
        selection=OuterRef("selection"), returned=True, entered_at__gt=OuterRef("sitting__opened_at")
    )
    published = SittingItem.objects.filter(
        ~Exists(returned), selection__in=nominating, published_on__isnull=False, annulled_at__isnull=True
    )
    latest = published.order_by("selection_id", "-pk").distinct("selection_id")
    through = Ranking.objects.filter(goes_on=True).select_related("person__organisation")
    rows = SittingItem.objects.filter(pk__in=latest.values("pk")).select_related(
        "selection__post__organisation", "sitting"
    )
    return list(rows.prefetch_related(Prefetch("rankings", through, to_attr="through")).order_by("-published_on", "pk"))


def left(appointment: Appointment) -> int:
    """Working days until the notice ends."""
    return workdays.working_days_left(clock.now(), appointment.notice_ends_at)


@public
@require_safe
def notice(request: HttpRequest, slug: str) -> HttpResponse:
    """One notice: what the rules say must be shown, until when, and how to report something."""
    appointment = found(slug)
    if appointment is None:
        return absent(request)
    if not is_running(appointment, clock.now()):
        return ended(request, appointment)
    selection = appointment.selection
    length = selection.rules["notice.length"]
    return page(
        request,
        "notices/notice.html",
        {
            "appointment": appointment,
            "selection": selection,
            "body": selection.mandate.body,
            "facts": facts_of(appointment),
            "audience": audience_of(appointment),
            "sections": sections_of(appointment),
            "photo_url": reverse("notice_photo", args=[slug]) if appointment.notice_photo_id else "",
            "length": length,
            "published_on": clock.day_of(appointment.notice_at),
            "last_day": clock.last_day_before(appointment.notice_ends_at),
            "left": left(appointment),
            "paragraphs": contexts.paragraphs(appointment.notice_text),
        },
    )


def facts_of(appointment: Appointment) -> list[tuple[Any, str]]:
    """(label, fact) of the person for every fact that the rules make public; the facts are official Chinese."""
    selection, person = appointment.selection, appointment.person
    keys = [key for key in selection.rules.value("notice.fields", tuple(FACTS)) if key in FACTS]
    posts = contexts.posts_held([person.pk], clock.day_of(appointment.notice_at)).get(person.pk, "")
    with translation.override(OFFICIAL):
        lines = contexts.facts(person, keys, posts=posts, proposed=appointment.proposed_post.full_title)
    return [(FACTS[key], zh(line.text)) for key, line in zip(keys, lines, strict=True)]


def sections_of(appointment: Appointment) -> list[tuple[Any, list[str]]]:
    """(heading, paragraphs) of what the rules want told at length; the paragraphs are official Chinese."""
    keys = appointment.selection.rules.value("notice.fields", ())
    return [(NOTICE_FACTS[key], lines) for key, lines in contexts.sections(appointment, keys).items()]


@public
@require_safe
def photo(request: HttpRequest, slug: str) -> HttpResponse:
    """The photograph of a notice, while it runs."""
    appointment = found(slug)
    if appointment is None or appointment.notice_photo is None or not is_running(appointment, clock.now()):
        return absent(request)
    picture = appointment.notice_photo
    return HttpResponse(filing.read(picture.sha256), content_type=picture.media_type)


def audience_of(appointment: Appointment) -> list[str]:
    """For whom the notice is meant, in official Chinese as the facts are."""
    selection = appointment.selection
    with translation.override(OFFICIAL):
        return contexts.audience(selection.rules, selection.mandate.department, appointment.person)


def ended(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """The notice is over, withdrawn or suspended: nothing about the person, but what can still be done."""
    resting = appointment.state == AppointmentState.ON_NOTICE and appointment.selection.suspended_at is not None
    return page(request, "notices/ended.html", {"appointment": appointment, "resting": resting})


@without_token
@public
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, slug: str) -> HttpResponse:
    """Report something about a person on notice; the answer shows the receipt code, this once.

    When no notice runs it is received all the same, as a report: the page says so and shows nothing of the person.
    """
    appointment = found(slug)
    if appointment is None:
        return absent(request)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return filed(request, appointment, form)
    return page(
        request,
        "notices/objection.html",
        {
            "appointment": appointment,
            "form": form,
            "running": is_running(appointment, clock.now()),
            "last_day": clock.last_day_before(appointment.notice_ends_at),
        },
        status=422 if form.is_bound else 200,
    )


def filed(request: HttpRequest, appointment: Appointment, form: ObjectionForm) -> HttpResponse:
    """Take the report down and hand out its receipt."""
    given = form.cleaned_data
    code = make_receipt()
    try:
        report = file_objection(
            appointment,
            content=given["content"],
            reporter=given["reporter"],
            contact=given["contact"],
            receipt_hash=receipt_hash(code),
            actor=Account.objects.public(),
            at=clock.now(),
            token=given["token"],
        )
    except acts.Conflict:
        says = gettext_lazy("This report has arrived already; it was not taken down a second time.")
        return trouble(request, "409.html", says, status=409)
    return page(request, "notices/filed.html", {"code": code, "late": report.late})


@without_token
@public
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """What became of a report, for whoever has its receipt code; the code never stands in an address."""
    form, report = ReceiptForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        report = Objection.objects.filter(receipt_hash=receipt_hash(form.cleaned_data["code"])).first()
        if report is None:
            form.add_error("code", _("No report has this receipt code.  Compare it with what you wrote down."))
    if report is not None:
        return page(request, "notices/receipt.html", {"form": ReceiptForm(), "report": report})
    return page(request, "notices/receipt.html", {"form": form}, status=422 if form.is_bound else 200)


urlpatterns = [
    path("", notices, name="notices"),
    path("receipt/", receipt, name="objection_receipt"),
    path("<slug:slug>/", notice, name="notice"),
    path("<slug:slug>/photo/", photo, name="notice_photo"),
    path("<slug:slug>/objection/", objection, name="notice_objection"),
]
