"""The verbs: each can be called again, each refusal has its own sentence and spends no slip (票箱)."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from selection.ballots import box
from selection.ballots.box import BoxRefused, CastRefused, Reason, Trouble
from selection.ballots.models import Ballot, BoxState, Line, SlipCode
from tests.selection.ballots.rounds import SHEET, VOTE, Round, collected, opened, prepared, signed_round

pytestmark = pytest.mark.django_db


def trouble_of(verb: Callable[[UUID], object], round_id: UUID) -> Trouble:
    with pytest.raises(BoxRefused) as refused:
        verb(round_id)
    return refused.value.trouble


def reason_of(code: str, choices: dict[str, str], attempt: str = "") -> Reason:
    with pytest.raises(CastRefused) as refused:
        box.cast(code, choices, attempt=attempt)
    return refused.value.reason


def rows() -> tuple[int, ...]:
    return tuple(table.objects.count() for table in (BoxState, SlipCode, Ballot, Line))


# --- the chair's verbs --------------------------------------------------------------------------------------------


@pytest.mark.covers("DEL-09")
@pytest.mark.covers("DEL-13")
def test_a_round_goes_from_slips_to_counts() -> None:
    round_ = opened(slips=4)
    for code, vote in zip(round_.codes, [VOTE, VOTE, {"first": "abstain", "second": "agree"}], strict=False):
        box.cast(code, vote)
    box.close(round_.id)
    assert box.tally(round_.id) == box.Tally(
        issued_codes=4,
        returned=3,
        by_slip=3,
        on_paper=0,
        valid=3,
        counts={
            "first": {"agree": 2, "disagree": 0, "abstain": 1},
            "second": {"agree": 1, "disagree": 2, "abstain": 0},
        },
    )
    standing = box.standing(round_.id)
    assert (standing.state, standing.issued_codes, standing.returned) == (box.State.TALLIED, 4, 3)


def test_prepare_puts_the_hashes_in_sorted_and_in_one_statement() -> None:
    codes = box.make_codes(300)
    with connections["box"].cursor() as cursor:
        cursor.execute("TRUNCATE ballots_slipcode")  # no holes that rows of other tests have left
    with CaptureQueriesContext(connections["box"]) as queries:
        box.prepare(uuid4(), SHEET, [box.code_hash(code) for code in codes])
    assert sum('INSERT INTO "ballots_slipcode"' in query["sql"] for query in queries) == 1
    with connections["box"].cursor() as cursor:
        cursor.execute("SELECT code_sha256 FROM ballots_slipcode ORDER BY ctid")
        stored = [bytes(value) for (value,) in cursor.fetchall()]
    assert stored == sorted(box.code_hash(code) for code in codes)


def test_prepare_again_with_the_same_sheet_and_slips_changes_nothing() -> None:
    round_ = prepared()
    hashes = [box.code_hash(code) for code in reversed(round_.codes)]
    before = rows()
    assert box.prepare(round_.id, SHEET, hashes) == box.standing(round_.id).check_code
    assert rows() == before


@pytest.mark.parametrize("other", ["sheet", "slips", "more slips"])
def test_prepare_again_with_anything_else_is_refused(other: str) -> None:
    round_ = prepared()
    hashes = [box.code_hash(code) for code in round_.codes]
    sheet = replace(SHEET, limit=2) if other == "sheet" else SHEET
    if other != "sheet":
        hashes = [*(hashes if other == "more slips" else hashes[1:]), box.code_hash(box.make_codes(1)[0])]
    before = rows()
    assert trouble_of(lambda round_id: box.prepare(round_id, sheet, hashes), round_.id) == Trouble.OTHER_MANIFEST
    assert rows() == before
    box.open(round_.id)
    box.cast(round_.codes[0], VOTE)


@pytest.mark.parametrize("hashes", [[], [b"x" * 32, b"x" * 32]])
def test_prepare_wants_a_code_for_each_slip(hashes: list[bytes]) -> None:
    with pytest.raises(ValueError, match="slip"):
        box.prepare(uuid4(), SHEET, hashes)
    assert rows() == (0, 0, 0, 0)


@pytest.mark.parametrize("verb", [box.open, box.close, box.tally, box.void, box.destroy])
def test_every_verb_can_be_called_again(verb: Callable[[UUID], object]) -> None:
    round_ = opened()
    box.cast(round_.codes[0], VOTE)
    if verb in (box.tally, box.destroy):
        box.close(round_.id)
    if verb is box.destroy:
        box.tally(round_.id)
    first = verb(round_.id)
    before = (rows(), box.standing(round_.id), list(Line.objects.order_by("pk").values_list()))
    assert verb(round_.id) == first
    assert (rows(), box.standing(round_.id), list(Line.objects.order_by("pk").values_list())) == before


@pytest.mark.parametrize("is_void", [False, True])
def test_destroyed_ballots_leave_lines_state_and_root_and_no_other_round_is_touched(is_void: bool) -> None:
    other = opened()
    box.cast(other.codes[0], VOTE)
    round_ = signed_round(slips=2)
    box.cast(round_.codes[0], VOTE)
    holder = collected(round_.id)
    box.cast_signed(round_.id, holder.fill(VOTE))
    box.close(round_.id)
    box.tally(round_.id)
    if is_void:
        box.void(round_.id)
    lines = list(Line.objects.order_by("pk").values_list())
    before, untouched = box.standing(round_.id), box.standing(other.id)
    box.destroy(round_.id)
    assert not Ballot.objects.filter(round=round_.id).exists()
    assert not SlipCode.objects.filter(round=round_.id).exists()
    assert list(Line.objects.order_by("pk").values_list()) == lines
    after = box.standing(round_.id)
    assert (after.state, after.root, after.check_code) == (before.state, before.root, before.check_code)
    assert box.standing(other.id) == untouched
    gone = Trouble.ROUND_VOID if is_void else Trouble.DESTROYED
    assert trouble_of(box.tally, round_.id) == trouble_of(box.trackers, round_.id) == gone
    assert trouble_of(box.contents, round_.id) == trouble_of(box.root, round_.id) == Trouble.DESTROYED
    assert reason_of(round_.codes[1], VOTE) == Reason.UNKNOWN_CODE
    with pytest.raises(CastRefused) as refused:
        box.cast_signed(round_.id, holder.fill(VOTE))
    assert refused.value.reason in (Reason.VOID, Reason.OTHER_ROUND)
    assert not Ballot.objects.filter(round=round_.id).exists()


def test_what_is_not_over_is_not_destroyed() -> None:
    for verbs in ((), (box.open,), (box.open, box.close)):
        round_ = prepared()
        for verb in verbs:
            verb(round_.id)
        if box.open in verbs and box.close not in verbs:
            box.cast(round_.codes[0], VOTE)
        before = rows()
        assert trouble_of(box.destroy, round_.id) == Trouble.NOT_OVER
        assert rows() == before
        box.void(round_.id)
    assert trouble_of(box.destroy, uuid4()) == Trouble.UNKNOWN_ROUND


@pytest.mark.parametrize(
    ("state", "verb", "trouble"),
    [
        ("prepared", box.close, Trouble.NOT_OPENED),
        ("prepared", box.tally, Trouble.NOT_OPENED),
        ("open", box.tally, Trouble.STILL_OPEN),
        ("open", box.trackers, Trouble.STILL_OPEN),
        ("open", box.discard, Trouble.ALREADY_OPENED),
        ("closed", box.open, Trouble.ALREADY_CLOSED),
        ("tallied", box.open, Trouble.ALREADY_CLOSED),
        ("void", box.open, Trouble.ROUND_VOID),
        ("void", box.close, Trouble.ROUND_VOID),
        ("void", box.tally, Trouble.ROUND_VOID),
        ("void", box.trackers, Trouble.ROUND_VOID),
        ("void", box.discard, Trouble.ALREADY_OPENED),
    ],
)
def test_a_verb_out_of_turn_is_refused(state: str, verb: Callable[[UUID], object], trouble: Trouble) -> None:
    round_ = prepared()
    if state != "prepared":
        box.open(round_.id)
        box.cast(round_.codes[0], VOTE)
    {"closed": box.close, "tallied": box.close, "void": box.void}.get(state, str)(round_.id)
    if state == "tallied":
        box.tally(round_.id)
    before = (rows(), box.standing(round_.id))
    assert trouble_of(verb, round_.id) == trouble
    assert (rows(), box.standing(round_.id)) == before


@pytest.mark.parametrize("verb", [box.open, box.close, box.tally, box.void, box.standing, box.trackers])
def test_an_unknown_round_is_refused(verb: Callable[[UUID], object]) -> None:
    prepared()
    assert trouble_of(verb, uuid4()) == Trouble.UNKNOWN_ROUND


def test_a_discarded_round_can_be_prepared_with_new_slips() -> None:
    round_ = prepared()
    box.discard(round_.id)
    box.discard(round_.id)
    assert rows() == (0, 0, 0, 0)
    code = box.make_codes(1)[0]
    box.prepare(round_.id, SHEET, [box.code_hash(code)])
    box.open(round_.id)
    assert reason_of(round_.codes[0], VOTE) == Reason.UNKNOWN_CODE
    box.cast(code, VOTE)


def test_more_ballots_than_slips_are_not_counted() -> None:
    round_ = opened(slips=2)
    box.cast(round_.codes[0], VOTE)
    box.cast(round_.codes[1], VOTE)
    stuffed = Ballot.objects.first()
    assert stuffed is not None
    stuffed.nullifier = b"stuffed".ljust(32)
    stuffed.save(force_insert=True)
    box.close(round_.id)
    assert trouble_of(box.tally, round_.id) == Trouble.MORE_THAN_ISSUED
    assert Line.objects.count() == 0


def test_a_ballot_changed_after_counting_is_noticed() -> None:
    round_ = opened()
    box.cast(round_.codes[0], VOTE)
    box.close(round_.id)
    box.tally(round_.id)
    ballot = Ballot.objects.get()
    Ballot.objects.update(payload=ballot.payload.replace(b'"first":"agree"', b'"first":"abstain"')[:-2])
    assert trouble_of(box.tally, round_.id) == Trouble.LINES_DIFFER


def test_a_ballot_damaged_before_counting_is_returned_but_not_valid() -> None:
    round_ = opened()
    for code in round_.codes:
        box.cast(code, VOTE)
    Ballot.objects.filter(pk=Ballot.objects.values("pk")[:1]).update(payload=b"?")
    box.close(round_.id)
    result = box.tally(round_.id)
    assert (result.issued_codes, result.returned, result.valid) == (3, 3, 2)
    assert result.counts["first"] == {"agree": 2, "disagree": 0, "abstain": 0}


def test_rounds_are_counted_apart() -> None:
    one, other = opened(), opened()
    box.cast(one.codes[0], VOTE)
    box.cast(other.codes[0], {"first": "disagree", "second": "agree"})
    box.close(one.id)
    assert box.tally(one.id).counts["second"] == {"agree": 0, "disagree": 1, "abstain": 0}
    assert len(box.trackers(one.id)) == 1


# --- casting ------------------------------------------------------------------------------------------------------


OF_CREDENTIALS = (Reason.NOT_ISSUED, Reason.ALTERED, Reason.ALREADY_CAST)
OF_SLIPS = [reason for reason in Reason if reason not in OF_CREDENTIALS]


def _round_before(reason: Reason) -> tuple[Round, str, dict[str, str]]:
    """A round in which casting will be refused for this reason, with the code and the marks to try."""
    if reason is Reason.NOT_OPEN:
        round_ = prepared()
        return round_, round_.codes[0], VOTE
    round_ = opened()
    code, choices = round_.codes[0], VOTE
    match reason:
        case Reason.MISTYPED_CODE:
            code = code[:-1] + ("2" if code[-1] != "2" else "3")
        case Reason.UNKNOWN_CODE:
            code = box.make_codes(1)[0]
        case Reason.OTHER_ROUND:
            code = prepared().codes[0]
        case Reason.USED_CODE:
            box.cast(code, {"first": "disagree", "second": "abstain"})
        case Reason.CLOSED:
            box.close(round_.id)
        case Reason.VOID:
            box.void(round_.id)
        case Reason.INCOMPLETE:
            choices = {"first": "agree"}
        case Reason.TOO_MANY:
            choices = {"first": "agree", "second": "agree"}
        case Reason.FOREIGN_OPTION:
            choices = VOTE | {"third": "agree"}
    return round_, code, choices


@pytest.mark.covers("DEL-10", refused=True)
@pytest.mark.covers("DEL-11", refused=True)
@pytest.mark.covers("DEL-12", refused=True)
@pytest.mark.parametrize("reason", OF_SLIPS)
def test_each_refusal_has_its_reason_and_leaves_the_box_as_it_was(reason: Reason) -> None:
    _round, code, choices = _round_before(reason)
    before = list(Ballot.objects.values_list())
    assert reason_of(code, choices) is reason
    assert list(Ballot.objects.values_list()) == before


@pytest.mark.parametrize("reason", [Reason.INCOMPLETE, Reason.TOO_MANY, Reason.FOREIGN_OPTION])
def test_a_refused_sheet_does_not_spend_the_slip(reason: Reason) -> None:
    _round, code, choices = _round_before(reason)
    assert reason_of(code, choices) is reason
    box.cast(code, VOTE)
    assert Ballot.objects.count() == 1


def test_a_slip_drawn_too_early_can_be_used_once_the_box_is_open() -> None:
    round_, code, _choices = _round_before(Reason.NOT_OPEN)
    assert reason_of(code, VOTE) is Reason.NOT_OPEN
    box.open(round_.id)
    box.cast(code, VOTE)


@pytest.mark.parametrize("end", [box.close, box.void])
def test_an_old_slip_in_a_later_round(end: Callable[[UUID], None]) -> None:
    old = opened()
    end(old.id)
    opened()
    expected = {box.close: Reason.OTHER_ROUND, box.void: Reason.VOID}[end]
    assert reason_of(old.codes[0], VOTE) is expected


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_refusal_is_a_sentence_of_its_own(language: str) -> None:
    with translation.override(language):
        for sentences in (Reason.labels, Trouble.labels):
            assert len(set(sentences)) == len(sentences)
            assert {str(sentence)[-1] for sentence in sentences} == {"." if language == "en" else "。"}
            if language == "zh-hans":
                assert all(str(sentence).isascii() is False for sentence in sentences)


def test_the_same_page_sent_again_gets_the_same_receipt_even_after_closing() -> None:
    round_ = opened()
    receipt = box.cast(round_.codes[0], VOTE, attempt="page")
    assert box.cast(round_.codes[0].lower(), VOTE, attempt="page") == receipt
    box.close(round_.id)
    assert box.cast(round_.codes[0], VOTE, attempt="page") == receipt
    assert Ballot.objects.count() == 1
    assert box.tally(round_.id).counts["first"]["agree"] == 1


@pytest.mark.parametrize("attempt", ["", "guess"])
def test_who_holds_a_used_slip_cannot_find_out_its_vote_by_trying(attempt: str) -> None:
    round_ = opened()
    box.cast(round_.codes[0], VOTE, attempt="page")
    for choices in (VOTE, {"first": "abstain", "second": "agree"}):
        assert reason_of(round_.codes[0], choices, attempt) is Reason.USED_CODE


def test_the_same_page_with_another_choice_is_a_used_slip() -> None:
    round_ = opened()
    box.cast(round_.codes[0], VOTE, attempt="page")
    assert reason_of(round_.codes[0], VOTE | {"second": "abstain"}, "page") is Reason.USED_CODE
    box.close(round_.id)
    assert box.tally(round_.id).counts["second"]["disagree"] == 1


@pytest.mark.parametrize("reason", [reason for reason in OF_SLIPS if reason not in (
    Reason.INCOMPLETE, Reason.TOO_MANY, Reason.FOREIGN_OPTION)])  # fmt: skip
def test_looking_at_the_sheet_is_refused_where_casting_would_be(reason: Reason) -> None:
    _round, code, _choices = _round_before(reason)
    with pytest.raises(CastRefused) as refused:
        box.look(code)
    assert refused.value.reason is reason


def test_looking_at_the_sheet_spends_nothing() -> None:
    round_ = opened()
    slip = box.look(round_.codes[0])
    assert (slip.round_id, slip.check_code) == (round_.id, box.standing(round_.id).check_code)
    assert slip.sheet.candidate_keys == SHEET.candidate_keys
    box.cast(round_.codes[0], VOTE)


def test_every_voter_finds_the_tracking_code_after_closing() -> None:
    round_ = opened(slips=20)
    trackers = [box.cast(code, VOTE).tracker for code in round_.codes]
    box.close(round_.id)
    assert box.trackers(round_.id) == sorted(trackers)
