"""What a browser with a credential asks the box and sends it (凭证投票接口)."""

import base64
import json
import logging
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from selection.ballots import box, codes, credential
from selection.ballots.models import Ballot, Refusal
from selection.ballots.sheet import packed
from tests.page_lint import lint_page
from tests.selection.ballots.rounds import SHEET, VOTE, Holder, collected, prepared, signed_round, signing_key

pytestmark = [pytest.mark.django_db, pytest.mark.covers("DEL-09")]

LANGUAGES = {"zh-hans": "/box/", "en": "/box/en/"}


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def sent(ballot: box.Signed) -> dict[str, str]:
    """A ballot as the browser writes it."""
    return {
        "message": b64(ballot.message),
        "signature": b64(ballot.signature),
        "payload": b64(ballot.payload),
        "payload_signature": b64(ballot.payload_signature),
    }


def put(voter: Client, holder: Holder, body: Any, *, at: str = "/box/", **kwargs: Any) -> Any:
    kwargs = {"content_type": "application/json"} | kwargs
    return voter.post(f"{at}rounds/{holder.round_id}/ballots/", body, **kwargs)


@pytest.fixture
def holder() -> Holder:
    """Somebody with a credential of a round that is open."""
    return collected(signed_round().id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_member_is_the_same_for_everybody(voter: Client, language: str) -> None:
    page = voter.get(f"{LANGUAGES[language]}collected/")
    assert page.status_code == 200
    assert lint_page(page.content.decode(), language) == []
    assert page.content == Client().get(f"{LANGUAGES[language]}collected/").content
    assert not page.cookies
    assert "connect-src 'self'" in page["Content-Security-Policy"]


def test_a_round_is_shown_with_its_sheet_and_key_and_without_any_number(voter: Client, holder: Holder) -> None:
    box.cast_signed(holder.round_id, collected(holder.round_id).fill(VOTE))
    answer = voter.get(f"/box/rounds/{holder.round_id}/")
    found = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert set(found) == {"state", "manifest", "public_key", "check_code", "receipt_key"}
    assert found["state"] == "open"
    assert found["manifest"] == SHEET.manifest(holder.round_id, [], signing_key().public.der)
    assert base64.b64decode(found["public_key"]) == signing_key().public.der
    assert base64.b64decode(found["receipt_key"]) == box.receipt_key()
    assert found["check_code"] == box.look_at(holder.round_id).check_code


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "票箱"), ("en", "The box")])
def test_an_unknown_round_is_told_in_words(voter: Client, language: str, words: str) -> None:
    answer = voter.get(f"{LANGUAGES[language]}rounds/{uuid4()}/")
    assert answer.status_code == 404
    assert words in answer.json()["words"]


def test_a_ballot_is_cast_and_the_same_bytes_again_count_once(voter: Client, holder: Holder) -> None:
    ballot = holder.fill(VOTE)
    first = put(voter, holder, sent(ballot))
    assert first.status_code == 200
    assert put(voter, holder, sent(ballot)).json() == first.json()
    assert set(first.json()) == {"tracker", "receipt"}
    nullifier = credential.nullifier(ballot.message)
    assert first.json()["tracker"] == codes.tracker_of(nullifier)
    receipt = base64.b64decode(first.json()["receipt"])
    assert credential.receipt_is_genuine(box.receipt_key(), holder.round_id, nullifier, receipt)
    assert Ballot.objects.count() == 1
    other = put(voter, holder, sent(holder.fill(VOTE | {"first": "abstain"})))
    assert (other.status_code, other.json()["reason"]) == (409, "already_cast")


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "超过"), ("en", "more candidates than")])
def test_a_sheet_against_the_rule_is_refused_and_the_credential_stays_good(
    voter: Client, holder: Holder, language: str, words: str
) -> None:
    at = LANGUAGES[language]
    too_many = put(voter, holder, sent(holder.fill(dict.fromkeys(VOTE, "agree"))), at=at)
    assert (too_many.status_code, too_many.json()["reason"]) == (422, "too_many")
    assert words in too_many.json()["words"]
    assert put(voter, holder, sent(holder.fill({"first": "agree"}))).json()["reason"] == "incomplete"
    assert put(voter, holder, sent(holder.fill(VOTE | {"first": "hurra"}))).json()["reason"] == "foreign_option"
    assert Ballot.objects.count() == 0
    assert put(voter, holder, sent(holder.fill(VOTE))).status_code == 200


@pytest.mark.covers("DEL-09", refused=True)
def test_what_is_forged_altered_or_misplaced_is_refused_and_counted(voter: Client, holder: Holder) -> None:
    ballot = holder.fill(VOTE)
    forged = sent(ballot) | {"signature": b64(bytes(384))}
    altered = sent(ballot) | {"payload": b64(packed(holder.round_id, VOTE | {"first": "abstain"}))}
    elsewhere = collected(signed_round().id)
    answers = [
        put(voter, holder, forged),
        put(voter, holder, altered),
        put(voter, elsewhere, sent(ballot)),
        put(voter, Holder(uuid4(), holder.voter, holder.signature), sent(ballot)),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert [answer.json()["reason"] for answer in answers] == ["not_issued", "altered", "not_issued", "not_issued"]
    assert sorted(Refusal.objects.values_list("number", flat=True)) == [1, 1, 1]
    assert Ballot.objects.count() == 0


def test_before_and_after_the_vote_the_words_say_what_to_do(voter: Client) -> None:
    codes = box.make_codes(1)
    round_id, other = uuid4(), prepared()
    box.prepare(round_id, SHEET, [box.code_hash(code) for code in codes], signing_key().public.der)
    holder = collected(round_id)
    ballot = sent(holder.fill(VOTE))
    early = put(voter, holder, ballot)
    box.open(other.id)  # of slips the box would say that they are for another round
    beside = put(voter, holder, ballot)
    assert [(one.status_code, one.json()["reason"]) for one in (early, beside)] == [(409, "not_open")] * 2
    assert "票码" not in early.json()["words"]
    box.open(round_id)
    box.close(round_id)
    late = put(voter, holder, ballot)
    assert (late.status_code, late.json()["reason"]) == (409, "closed")
    box.void(round_id)
    assert put(voter, holder, ballot).json()["reason"] == "void"


@pytest.mark.parametrize(
    "change",
    [
        lambda ballot: [ballot],
        lambda ballot: {},
        lambda ballot: "ballot",
        lambda ballot: None,
        lambda ballot: ballot | {"voter": "甲"},
        lambda ballot: {name: value for name, value in ballot.items() if name != "signature"},
        lambda ballot: ballot | {"signature": 7},
        lambda ballot: ballot | {"signature": None},
        lambda ballot: ballot | {"signature": {"message": "x"}},
        lambda ballot: ballot | {"signature": "*" * 512},
        lambda ballot: ballot | {"signature": ballot["signature"][:-4]},
        lambda ballot: ballot | {"signature": ballot["signature"] + "\n"},
        lambda ballot: ballot | {"message": ""},
        lambda ballot: ballot | {"message": ballot["message"].rstrip("=")},
        lambda ballot: ballot | {"message": "签" * 139},
        lambda ballot: ballot | {"payload": ""},
        lambda ballot: ballot | {"payload": b64(b"{}")},
        lambda ballot: ballot | {"payload": b64(bytes(12 * 1024))},
        lambda ballot: ballot | {"payload_signature": b64(bytes(63))},
    ],
)
def test_what_is_no_ballot_is_refused_with_a_sentence_and_leaves_no_trace(
    voter: Client, holder: Holder, caplog: pytest.LogCaptureFixture, change: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    ballot = sent(holder.fill(VOTE))
    answer = put(voter, holder, json.dumps(change(ballot)))
    assert answer.status_code == 400
    assert answer.json()["reason"] == "malformed"
    assert answer.json()["words"].endswith("。")
    assert not [record for record in caplog.records if ballot["message"][:40] in record.getMessage()]
    assert Refusal.objects.count() == Ballot.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "kwargs"),
    [
        (b"", {}),
        (b"\xff\xfe", {}),
        (b"{" * 5000, {}),
        (b"[" * 16000, {}),
        (b'{"message": "a", "message": "b", "signature": "", "payload": "", "payload_signature": ""}', {}),
        (b" " * 20000, {}),
        (b"message=a", {"content_type": "application/x-www-form-urlencoded"}),
    ],
)
def test_what_is_no_json_is_refused_in_the_language_of_the_path(
    voter: Client, holder: Holder, body: bytes, kwargs: Any
) -> None:
    for at, end in (("/box/", "。"), ("/box/en/", ".")):
        answer = put(voter, holder, body, at=at, **kwargs)
        assert answer.status_code == 400
        assert answer.json()["words"].endswith(end)


def test_a_ballot_is_put_in_by_post_alone(voter: Client, holder: Holder) -> None:
    assert voter.get(f"/box/rounds/{holder.round_id}/ballots/").status_code == 405
    assert voter.post(f"/box/rounds/{holder.round_id}/").status_code == 405


def test_a_fault_of_ours_says_nothing_of_the_ballot_in_the_log(
    voter: Client, holder: Holder, caplog: pytest.LogCaptureFixture
) -> None:
    """A manifest that cannot be read makes the box fail while it has the ballot in hand."""
    box.BoxState.objects.filter(round=holder.round_id).update(manifest={})
    ballot = sent(holder.fill(VOTE))
    answer = put(voter, holder, ballot)
    assert answer.status_code == 500
    logged = "\n".join(record.getMessage() + str(record.exc_info) for record in caplog.records)
    assert "KeyError" in logged
    assert not [part for part in ballot.values() if part[:30] in logged]
