"""The sheet: what may stand on it, what may be marked, what the eight characters vouch for (选票)."""

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy

from selection.ballots import blind, codes
from selection.ballots.sheet import Fault, Sheet, check_code, fault_in, packed, said, unpacked
from tests.selection.ballots.rounds import SHEET, VOTE

ROUND = UUID(int=7)
HASHES = [bytes([n]) * 32 for n in range(3)]


@pytest.mark.covers("DEL-10", refused=True)
@pytest.mark.covers("DEL-11", refused=True)
def test_every_way_of_marking_two_candidates() -> None:
    marks = ["agree", "disagree", "abstain", None]
    for first, second in product(marks, marks):
        choices = {key: mark for key, mark in (("first", first), ("second", second)) if mark}
        fault = fault_in(SHEET, choices)
        if None in (first, second):
            missing = tuple(key for key in ("first", "second") if key not in choices)
            assert fault == (Fault.INCOMPLETE, missing)
        elif first == second == "agree":
            assert fault == (Fault.TOO_MANY, ("first", "second"))
        else:
            assert fault is None


@pytest.mark.covers("DEL-12", refused=True)
def test_another_person_cannot_be_written_in() -> None:
    assert fault_in(SHEET, VOTE | {"third": "agree"}) == (Fault.FOREIGN, ())


def test_an_unknown_answer_is_refused() -> None:
    assert fault_in(SHEET, VOTE | {"second": "perhaps"}) == (Fault.FOREIGN, ("second",))


def test_with_two_seats_two_may_be_agreed_to() -> None:
    assert fault_in(replace(SHEET, limit=2), {"first": "agree", "second": "agree"}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"candidates": []},
        {"candidates": [("first", "甲", ""), ("first", "乙", "")]},
        {"candidates": [("甲", "甲", "")]},
        {"options": [("agree", "同意")]},
        {"limited_option": "approve"},
        {"limit": 0},
    ],
)
def test_a_sheet_that_could_not_be_voted_on_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="sheet"):
        replace(SHEET, **wrong)


def test_a_stored_sheet_reads_back_the_same() -> None:
    manifest = SHEET.manifest(ROUND, HASHES)
    assert Sheet.load(manifest).manifest(ROUND, HASHES) == manifest


def test_the_eight_characters_change_with_anything_on_the_sheet_or_any_slip() -> None:
    shown = {
        check_code(sheet.manifest(round_id, hashes))
        for sheet, round_id, hashes in [
            (SHEET, ROUND, HASHES),
            (SHEET, ROUND, HASHES[:2]),
            (SHEET, ROUND, [*HASHES[:2], b"x" * 32]),
            (SHEET, UUID(int=8), HASHES),
            (replace(SHEET, limit=2), ROUND, HASHES),
            (replace(SHEET, title="县农业农村局局长"), ROUND, HASHES),
        ]
    }
    assert len(shown) == 6
    assert all(len(code) == 9 and code[4] == "-" and set(code) <= {*codes.ALPHABET, "-"} for code in shown)
    assert check_code(SHEET.manifest(ROUND, HASHES[::-1])) in shown


def test_a_translated_label_is_stored_in_both_languages() -> None:
    manifest = replace(SHEET, title=gettext_lazy("Ballot box")).manifest(ROUND, HASHES)
    assert manifest["title"] == {"zh-hans": "票箱", "en": "Ballot box"}
    assert said(manifest["title"], "en") == "Ballot box"
    assert said("县融媒体中心主任", "en") == "县融媒体中心主任"


@pytest.mark.covers("BOX-05")
def test_payloads_of_different_choices_have_the_same_length() -> None:
    payloads = [
        packed(ROUND, {"first": first, "second": second})
        for first, second in product(SHEET.option_keys, SHEET.option_keys)
    ]
    assert {len(payload) for payload in payloads} == {1024}
    assert len(set(payloads)) == 9
    assert packed(ROUND, VOTE) == packed(ROUND, dict(reversed(VOTE.items())))


def test_a_payload_reads_back_in_its_own_round_alone() -> None:
    payload = packed(ROUND, VOTE)
    assert unpacked(payload, ROUND) == VOTE
    assert unpacked(payload, UUID(int=8)) is None
    for changed in (payload[:-1], payload + b" ", b"", b"[]", b"\xff", payload.replace(b"agree", b"AGREE", 1)[:1000]):
        assert unpacked(changed, ROUND) is None


@pytest.mark.covers("BOX-16")
def test_another_key_gives_another_code_to_be_read_aloud() -> None:
    """The characters on every screen stand for the key as well: one key for all, or the room notices."""
    ours, tagged = (SHEET.manifest(ROUND, HASHES, blind.make_key().public.der) for _ in range(2))
    assert {name for name in ours if ours[name] != tagged[name]} == {"key_sha256"}
    assert check_code(ours) != check_code(tagged)
