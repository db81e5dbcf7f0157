"""Rounds of a committee's vote (票决): who counts, what is on the sheet, and who has passed.

The arithmetic is pure: whole numbers, compared exactly.  What was cast stays in the box.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from selection.ballots import box
from selection.enums import Choice, RecusedCount, RoundState, SelectionKind
from selection.models import Bar, Candidacy, Removal, Round, RoundItem, Seat, Selection
from selection.models.case import Case
from selection.rulebook import workdays
from selection.rulebook.rules import Share


def due_members(case: Case, on: date, recused: RecusedCount | None) -> list[Seat]:
    """Members who should attend (应到会); whether a recused one is among them was asked, since no rule says it."""
    seats = case.seats_on(on)
    if recused == RecusedCount.NOT_COUNTED:
        return [seat for seat in seats if case.may_vote(seat)]
    return seats


def winners(agreed: Mapping[int, int], due: int, seats: int, share: Share) -> set[int]:
    """Who has passed: over the share of those who should attend, and no more persons than seats.

    Where more persons pass than there are seats, those with the most votes do; a tie across the last seat leaves it
    empty, and the committee decides on another round.
    """
    passed = {key: votes for key, votes in agreed.items() if share.met(min(votes, due), due)}
    if len(passed) <= seats:
        return set(passed)
    ranked = sorted(passed.values(), reverse=True)
    last, first_out = ranked[seats - 1], ranked[seats]
    return {key for key, votes in passed.items() if votes > first_out or (votes == last and last > first_out)}


def sheet(
    selection: Selection, round_: Round, candidates: Sequence[Candidacy], removals: Sequence[Removal] = ()
) -> box.Sheet:
    """What a member sees: the post, the candidates in stroke order, three options, at most as many 同意 as seats.

    What the decision removes stands beside it, since one vote decides on both.
    """
    leaving = "、".join(row.person.name for row in removals if row.candidacy_id is None)
    title = f"{selection.sought}（同时免去{leaving}的该职务）" if leaving else str(selection.sought)
    if selection.is_removal:
        title = f"免去{'、'.join(row.person.name for row in candidates)}的{selection.sought}职务"
    return box.Sheet(
        title=title,
        round_label=format_lazy(
            _("{meeting}, ballot no. {seq}"), meeting=round_.poll.item.meeting.number, seq=round_.seq
        )
        if round_.poll.item
        else str(round_.seq),
        candidates=[
            box.Candidate(
                str(candidacy.pk),
                candidacy.person.name,
                f"{candidacy.person.born_on:%Y.%m}　{candidacy.person.organisation}{_left_by(candidacy, removals)}",
            )
            for candidacy in candidates
        ],
        options=[box.Option(choice.value, choice.label) for choice in Choice],
        limited_option=Choice.AGREE.value,
        limit=selection.seats,
    )


def _left_by(candidacy: Candidacy, removals: Sequence[Removal]) -> str:
    posts = "、".join(row.tenure.post.full_title for row in removals if row.candidacy_id == candidacy.pk)
    return f"　拟免：{posts}" if posts else ""


def failures(candidacy: Candidacy) -> int:
    """How often the person has failed a vote for this post, in any selection, since last being barred from it."""
    post = candidacy.selection.post_id
    failed = RoundItem.objects.filter(
        candidacy__person_id=candidacy.person_id,
        selection__post_id=post,
        selection__kind=SelectionKind.APPOINTMENT,
        round__state=RoundState.ANNOUNCED,
        passed=False,
    )
    last = Bar.objects.filter(person_id=candidacy.person_id, post_id=post).order_by("-from_on").first()
    if last is not None:
        failed = failed.filter(round__announced_at__gte=workdays.midnight_after(last.from_on))
    return failed.count()
