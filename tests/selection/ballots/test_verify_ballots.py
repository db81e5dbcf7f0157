"""The recount without the site (票决离线复核): an honest package is clean, and every fault is called by its name."""

import base64
import contextlib
import copy
import hashlib
import importlib.util
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from selection.ballots import blind, box, package, verify_ballots
from selection.ballots.codes import tracker_of
from selection.ballots.models import Ballot, BoxState, SlipCode
from selection.ballots.package import Issued, Online, OnSlip
from selection.ballots.sheet import check_code
from selection.ballots.verify_ballots import Said, Unreadable
from tests.selection.ballots import packages, rounds, voter
from tests.selection.ballots.packages import AGREE_FIRST, BOTH, NEITHER, OTHER_ROUND, ROUND, honest
from tests.selection.ballots.rounds import SHEET

FILE = Path(verify_ballots.__file__)
ROOT = FILE.parents[2]


def verdict_on(
    raw: dict[str, Any] | bytes, said: Said | None = None, by: Any = verify_ballots
) -> verify_ballots.Verdict:
    """The verdict of the file, or of an altered copy of it, in this process."""
    read = by.read(raw if isinstance(raw, bytes) else package.write(raw))
    verdict: verify_ballots.Verdict = by.verify(read, by.Said(**vars(said or Said())), processes=1)
    return verdict


def all_said() -> Said:
    """What the minutes of the honest vote say."""
    written = honest().package()
    return Said(bytes.fromhex(written["root"]), written["check_code"], written["due"], written["present"], 9)


# --- an honest package ------------------------------------------------------------------------------------------------


def counted_independently(raw: bytes) -> tuple[int, int, dict[str, dict[str, int]]]:
    """Returned, valid and counts: what a teller would do with the opened package, nothing verified."""
    whole = json.loads(raw)
    sheet = whole["manifest"]
    candidates, options = [row[0] for row in sheet["candidates"]], [row[0] for row in sheet["options"]]
    sheets = [json.loads(base64.b64decode(ballot["payload"]))["choices"] for ballot in whole["ballots"]]
    sheets += [one["choices"] for one in whole["paper"]]
    counts = {candidate: dict.fromkeys(options, 0) for candidate in candidates}
    valid = 0
    for marks in sheets:
        if marks is None or list(marks.values()).count(sheet["limited_option"]) > sheet["limit"]:
            continue
        valid += 1
        for candidate in candidates:
            counts[candidate][marks[candidate]] += 1
    return len(sheets), valid, counts


@pytest.mark.covers("DEL-13")
def test_an_honest_package_is_clean_and_counts_as_an_independent_teller_does() -> None:
    written = honest().package()
    verdict = verdict_on(written, all_said())
    assert (verdict.names, verdict.clean, verdict.credentials_checked) == (set(), True, 4)
    assert verdict.returned == {"online": 4, "slip": 2, "paper": 2}
    assert (sum(verdict.returned.values()), verdict.valid, verdict.counts) == counted_independently(
        package.write(written)
    )
    assert verdict.counts["first"] == {"agree": 4, "disagree": 1, "abstain": 2}
    assert verdict.undisputed == verdict.counts
    assert verdict.root.hex() == written["root"]
    assert verdict.check_code == check_code(honest().manifest)


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_a_package_says_nothing_of_the_order_in_which_anything_came_in(chance: random.Random) -> None:
    vote, shuffled = honest(), {}
    for part in ("ballots", "paper", "slips"):
        rows = list(getattr(vote, part))
        chance.shuffle(rows)
        shuffled[part] = tuple(rows)
    assert package.write(vote.but(**shuffled).package()) == package.write(vote.package())


@pytest.mark.covers("BOX-07")
@given(st.lists(st.sampled_from([AGREE_FIRST, BOTH, NEITHER, packages.AGREE_SECOND]), max_size=12))
@settings(max_examples=30, deadline=None)
def test_recount_equals_an_independent_count(marks: list[dict[str, str]]) -> None:
    vote = honest().but(ballots=(), paper=tuple(marks), issued=Issued(paper=12), present=12, due=12)
    raw = package.write(vote.package())
    verdict = verdict_on(raw)
    assert verdict.clean
    assert (len(marks), verdict.valid, verdict.counts) == counted_independently(raw)


@given(st.lists(st.binary(max_size=3), max_size=40))
def test_both_ways_to_the_root_agree(leaves: list[bytes]) -> None:
    assert package._tree(leaves) == verify_ballots.root_over(leaves)


def test_the_root_is_the_one_of_the_standard() -> None:
    """The trees of Certificate Transparency's own tests: none, one, and eight leaves."""
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243")]
    leaves += [bytes.fromhex("5051525354555657"), bytes.fromhex("606162636465666768696a6b6c6d6e6f")]
    for number, root in (
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ):
        assert verify_ballots.root_over(leaves[:number]).hex() == root


def test_a_round_with_slips_alone_and_the_first_manifest_is_clean() -> None:
    first = {key: value for key, value in packages.manifest(None).items() if key != "key_sha256"} | {"version": 1}
    slips = tuple(ballot for ballot in honest().ballots if isinstance(ballot, OnSlip))
    vote = honest().but(manifest=first, public_key=None, ballots=slips, paper=(), issued=Issued(slip=2))
    assert verdict_on(vote.package()).names == set()


def test_a_round_without_slips_is_clean() -> None:
    manifest = SHEET.manifest(ROUND, []) | {
        "version": 2,
        "key_sha256": hashlib.sha256(packages.key().public.der).hexdigest(),
    }
    vote = honest().but(manifest=manifest, slips=(), ballots=honest().ballots[:4], issued=Issued(online=5, paper=2))
    assert verdict_on(vote.package()).names == set()


@pytest.mark.django_db
def test_what_lies_in_a_real_box_is_clean_and_counts_as_the_box_does() -> None:
    round_ = rounds.opened(slips=4)
    for code, choices in zip(round_.codes, (AGREE_FIRST, AGREE_FIRST, packages.AGREE_SECOND), strict=False):
        box.cast(code, choices)
    box.close(round_.id)
    counted = box.tally(round_.id)
    written = package.build(
        BoxState.objects.get(round=round_.id).manifest,
        public_key=None,
        slips=SlipCode.objects.values_list("code_sha256", flat=True),
        issued=Issued(slip=4),
        due=5,
        present=4,
        ballots=[OnSlip(row.nullifier, row.payload) for row in Ballot.objects.all()],
    )
    said = Said(check_code=box.standing(round_.id).check_code, trackers=box.trackers(round_.id))
    verdict = verdict_on(written, said)
    assert verdict.names == set()
    assert (verdict.valid, verdict.counts) == (counted.valid, counted.counts)
    assert list(verdict.found) == box.trackers(round_.id)


def test_an_empty_box_is_clean() -> None:
    verdict = verdict_on(honest().but(ballots=(), paper=()).package())
    assert (verdict.names, verdict.root) == (set(), hashlib.sha256().digest())


def test_slips_handed_back_before_the_vote_are_told_and_no_fault() -> None:
    vote = honest().but(slips=honest().slips[:2])
    read = verify_ballots.read(package.write(vote.package()))
    verdict = verify_ballots.verify(read)
    assert verdict.names == set()
    assert "1 slips were handed back" in verify_ballots.report(read, verdict, Said())


def test_the_invented_vote_of_the_documentation_stays_clean() -> None:
    """The format does not drift: a package written once is readable for good."""
    raw = (ROOT / "docs" / "examples" / "ballots.json").read_bytes()
    root, code = "4e456807d3c7ced49ea3a43554f955540a0808b2a8c16fa76848936bc491181d", "M4AC-NX30"
    verdict = verdict_on(raw, Said(bytes.fromhex(root), code, 11, 10, 9))
    assert (verdict.names, verdict.returned) == (set(), {"online": 4, "slip": 2, "paper": 2})
    assert package.write(json.loads(raw)) == raw


# --- every fault has a name, and every check is needed ----------------------------------------------------------------

Forged = tuple[dict[str, Any], Said]


def refitted(written: dict[str, Any]) -> dict[str, Any]:
    """What a careful forger does after touching the ballots: the root fits again."""
    written["root"] = package.root(written["ballots"], written["paper"]).hex()
    return written


def edited(**changed: Any) -> Forged:
    return honest().package() | changed, Said()


def voted(**changed: Any) -> Forged:
    return honest().but(**changed).package(), Said()


def turned(part: str) -> Forged:
    written = honest().package()
    return refitted(written | {part: written[part][::-1]}), Said()


def first_altered(**changed: Any) -> Forged:
    first, *others = honest().ballots
    return voted(ballots=(replace(first, **changed), *others))


def first_replaced(ballot: Online | OnSlip) -> Forged:
    return voted(ballots=(ballot, *honest().ballots[1:]))


def slip_marked(choices: dict[str, str], of: UUID = ROUND) -> Forged:
    return voted(ballots=(*honest().ballots[:-1], packages.on_slip(1, choices, of=of)))


def other_title() -> dict[str, Any]:
    return {**honest().manifest, "title": "县文联主席"}


def all_under(by: str) -> tuple[Online, ...]:
    return tuple(packages.online(AGREE_FIRST, by=by) for _ in range(2))


def small_key() -> bytes:
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def without_first() -> tuple[dict[str, Any], str]:
    lost, *others = honest().ballots
    return honest().but(ballots=tuple(others)).package(), tracker_of(lost.nullifier)


def counts_moved() -> dict[str, Any]:
    counts = copy.deepcopy(honest().package()["counts"])
    counts["first"]["agree"] -= 1
    counts["second"]["agree"] += 1
    return counts


def key_unusable() -> Forged:
    small = small_key()
    return voted(manifest=packages.manifest(small), public_key=small, ballots=honest().ballots[4:])


# What somebody forges, so that all else fits; and how the check that must see it is put out of action.
FAULTS: dict[str, tuple[Callable[[], Forged], str, str]] = {
    "check_code": (lambda: edited(manifest=other_title()), "code != package.check_code", "False"),
    "check_code_said": (
        lambda: (honest().but(manifest=other_title()).package(), Said(check_code=check_code(honest().manifest))),
        "said.check_code != code",
        "False",
    ),
    "key_swapped": (
        lambda: voted(public_key=packages.key("another").public.der, ballots=all_under("another")),
        "(None if der is None else sha256(der).digest()) != fingerprint",
        "False",
    ),
    "key_unusable": (key_unusable, "if modulus is None:", "if False:"),
    "key_missing": (
        lambda: voted(manifest=packages.manifest(None), public_key=None),
        "if number := sum(ballot.online for ballot in package.ballots):",
        "if number := 0:",
    ),
    "slips_changed": (
        lambda: voted(slips=(*honest().slips[:2], hashlib.sha256(b"mine").digest())),
        'sha256(b"".join(sorted(slips))).digest() != sheet.slips_sha256',
        "False",
    ),
    "slips_unsorted": (lambda: turned("slips"), "one >= other for", "False for"),
    "ballots_unsorted": (lambda: turned("ballots"), "nullifiers != sorted(nullifiers)", "False"),
    "paper_unsorted": (lambda: turned("paper"), "paper_leaves != sorted(paper_leaves)", "False"),
    "duplicate": (lambda: voted(ballots=(*honest().ballots, honest().ballots[0])), "if number > 1:", "if False:"),
    "more_than_issued": (
        lambda: voted(ballots=(*honest().ballots, *all_under("the round's"))),
        "returned[channel] > package.issued[channel]",
        "False",
    ),
    "more_than_slips": (
        lambda: voted(issued=Issued(online=4, slip=4, paper=2)),
        'package.issued["slip"] > len(slips)',
        "False",
    ),
    "more_than_present": (lambda: voted(present=8), "issued > package.present", "False"),
    "more_than_due": (lambda: voted(due=9), "package.present > package.due", "False"),
    "returned": (lambda: edited(returned=9), "package.returned != len(every)", "False"),
    "valid": (lambda: edited(valid=8), "package.valid != len(valid)", "False"),
    "counts": (lambda: edited(counts=counts_moved()), "said.get(option) != found.get(option)", "False"),
    "root": (lambda: edited(root=hashlib.sha256().hexdigest()), "root != package.root", "False"),
    "root_said": (lambda: (without_first()[0], Said(root=all_said().root)), "said.root != root", "False"),
    "due_said": (lambda: (*voted(due=12)[:1], all_said()), "said.due != package.due", "False"),
    "present_said": (lambda: (*voted(present=9)[:1], all_said()), "said.present != package.present", "False"),
    "issued_said": (
        lambda: (*voted(issued=Issued(online=6, slip=2, paper=2))[:1], all_said()),
        "said.issued != issued",
        "False",
    ),
    "tracker_missing": (
        lambda: (without_first()[0], Said(trackers=[without_first()[1]])),
        "if tracker not in trackers:",
        "if False:",
    ),
    "credential_unreadable": (
        lambda: first_replaced(packages.with_reserved_bytes()),
        "len(message) != MESSAGE_BYTES or message[32:40] != _TAG or any(message[56:72])",
        "False",
    ),
    "other_round": (
        lambda: first_replaced(packages.online(AGREE_FIRST, for_=OTHER_ROUND)),
        "message[40:56] != sheet.round_id.bytes",
        "False",
    ),
    "other_nullifier": (
        lambda: first_altered(nullifier=bytes(32)),
        'sha256(b"cadre-v1-null" + message).digest() != ballot.nullifier',
        "False",
    ),
    "credential_forged": (
        lambda: first_replaced(packages.online(AGREE_FIRST, by="another")),
        "not is_credential(modulus, message, ballot.signature)",
        "False",
    ),
    "payload_edited": (
        lambda: first_altered(payload=packages.online(NEITHER).payload),
        'not is_signed(message[72:], b"cadre-v1-ballot" + sha256(ballot.payload).digest(), ballot.payload_signature)',
        "False",
    ),
    "payload_unreadable": (
        lambda: voted(ballots=(*honest().ballots[:-1], OnSlip(honest().ballots[-1].nullifier, b"{}"))),
        'fault or "payload_unreadable"',
        "fault",
    ),
    "payload_other_round": (
        lambda: slip_marked(AGREE_FIRST, OTHER_ROUND),
        'fault or "payload_other_round"',
        "fault",
    ),
    "foreign_option": (lambda: slip_marked(AGREE_FIRST | {"third": "agree"}), 'return "foreign_option"', 'return ""'),
    "incomplete": (lambda: slip_marked({"first": "agree"}), 'return "incomplete"', 'return ""'),
    "too_many": (lambda: slip_marked(BOTH), 'return "too_many"', 'return ""'),
    "paper_foreign": (
        lambda: voted(paper=(*honest().paper[1:], {"first": "agree", "third": "agree"})),
        'broken == "foreign_option"',
        "False",
    ),
}
# With the rule about marks out of action such a sheet counts, so the figures of the package are those without it.
MARKS = {"foreign_option", "incomplete", "too_many"}


def test_every_fault_that_the_file_can_name_is_tried() -> None:
    assert FAULTS.keys() == verify_ballots.FAULTS.keys()


@pytest.mark.covers("BOX-21", refused=True)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_no_other(name: str) -> None:
    written, said = FAULTS[name][0]()
    verdict = verdict_on(written, said)
    assert (verdict.names, verdict.clean) == ({name}, False)


@pytest.mark.covers("BOX-23")
@pytest.mark.parametrize("name", FAULTS)
def test_without_its_check_a_fault_would_pass(name: str, tmp_path: Path) -> None:
    forge, fragment, without = FAULTS[name]
    altered = copy_of_the_file(tmp_path, fragment, without)
    assert verdict_on(honest().but(paper=(AGREE_FIRST,)).package(), by=altered).clean
    written, said = forge()
    left = verdict_on(written, said, by=altered).names
    assert left <= {"valid", "counts"} if name in MARKS else left == set()


def copy_of_the_file(folder: Path, fragment: str, other: str) -> ModuleType:
    source = FILE.read_text(encoding="utf-8")
    assert source.count(fragment) == 1, fragment
    path = folder / "altered.py"
    path.write_text(source.replace(fragment, other), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("altered", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["altered"] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["altered"]
    return module


# --- what an operator would really do (item 21) -----------------------------------------------------------------------


def test_a_ballot_taken_over_whole_from_another_round_is_named_as_that_alone() -> None:
    moved = packages.online(AGREE_FIRST, by="another", for_=OTHER_ROUND, of=OTHER_ROUND)
    verdict = verdict_on(*first_replaced(moved))
    assert [(fault.name, fault.place) for fault in verdict.faults] == [("other_round", tracker_of(moved.nullifier))]


def test_a_swapped_key_is_one_fault_and_not_one_for_each_ballot() -> None:
    assert verdict_on(*voted(public_key=packages.key("another").public.der)).names == {"key_swapped"}
    assert verdict_on(*voted(public_key=None)).names == {"key_swapped"}


def test_a_ballot_cut_out_and_nothing_else_done_shows_in_every_figure() -> None:
    written = honest().package()
    del written["ballots"][0]
    assert verdict_on(written).names == {"returned", "valid", "counts", "root"}


def test_a_careful_deletion_is_seen_by_the_root_of_the_minutes_and_by_the_voter() -> None:
    written, tracker = without_first()
    assert verdict_on(written).clean  # which the report says of itself: a package alone cannot show this
    verdict = verdict_on(written, Said(root=all_said().root, trackers=[tracker]))
    assert verdict.names == {"root_said", "tracker_missing"}


def test_an_altered_paper_sheet_is_seen_by_the_root_of_the_minutes() -> None:
    verdict = verdict_on(honest().but(paper=(NEITHER, BOTH)).package(), all_said())
    assert verdict.names == {"root_said"}


@pytest.mark.covers("BOX-22", refused=True)
def test_an_extra_credential_must_push_one_figure_over_another() -> None:
    """Item 22: whoever mints a token has to raise what was issued, then who was present, then who was due."""
    more = {"ballots": (*honest().ballots, *all_under("the round's"))}
    assert verdict_on(*voted(**more)).names == {"more_than_issued"}
    more["issued"] = Issued(online=7, slip=2, paper=2)
    assert verdict_on(*voted(**more)).names == {"more_than_present"}
    assert verdict_on(*voted(**more, present=12)).names == {"more_than_due"}
    minutes = replace(all_said(), root=None)
    assert verdict_on(voted(**more, present=12, due=12)[0], minutes).names == {
        "due_said",
        "present_said",
        "issued_said",
    }


def test_more_seats_than_the_room_saw_are_named_as_a_changed_manifest() -> None:
    written, _said = slip_marked(BOTH)
    names = verdict_on(written | {"manifest": {**honest().manifest, "limit": 2}}).names
    assert names == {"check_code", "valid", "counts"}  # both papers and slips with two names would now count


def test_figures_are_given_with_and_without_the_ballots_at_fault() -> None:
    written, said = first_altered(payload=packages.online(NEITHER).payload)
    read = verify_ballots.read(package.write(written))
    verdict = verify_ballots.verify(read)
    assert (verdict.counts["first"]["disagree"], verdict.undisputed["first"]["disagree"]) == (2, 1)
    assert "不同意 / Disagree: 2（其中无问题的 / without those at fault: 1）" in verify_ballots.report(
        read, verdict, said
    )


def test_no_line_of_the_report_has_a_tracking_code_and_a_choice() -> None:
    tracker = tracker_of(honest().ballots[0].nullifier)
    read = verify_ballots.read(package.write(honest().package()))
    said = Said(trackers=[tracker])
    lines = verify_ballots.report(read, verify_ballots.verify(read, said), said).splitlines()
    assert [line for line in lines if tracker in line] == [f"查票码 / tracking code {tracker}: 在内 / in"]


# --- any byte ---------------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_any_altered_byte_is_reported(data: st.DataObject) -> None:
    raw = package.write(honest().package())
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(
        (st.sampled_from(b"0123456789abcdefABXYZ+/= ") | st.integers(0, 255)).filter(lambda b: b != raw[at])
    )
    other = raw[:at] + bytes([byte]) + raw[at + 1 :]
    with contextlib.suppress(Unreadable):
        assert not verdict_on(other, all_said()).clean or json.loads(other) == json.loads(raw)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 12) | st.floats() | st.text(max_size=3) | st.just("agree"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["first", "choices"]), inner),
    max_leaves=4,
)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_any_value_put_in_the_place_of_another_is_reported(data: st.DataObject) -> None:
    raw = package.write(honest().package())
    altered = json.loads(raw)
    inside: Any = altered
    while True:
        key = data.draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
        if not isinstance(inside[key], dict | list) or not inside[key] or data.draw(st.integers(0, 3)) == 0:
            break
        inside = inside[key]
    if data.draw(st.booleans()):
        inside[key] = data.draw(anything)
    else:
        del inside[key]
    honestly = json.loads(raw)
    with contextlib.suppress(Unreadable):
        verdict = verdict_on(json.dumps(altered).encode(), all_said())
        # A slip less is what a slip handed back looks like: told in the report, and no fault.
        one_less = altered | {"slips": []} == honestly | {"slips": []} and len(altered["slips"]) == 2
        assert not verdict.clean or altered == honestly or one_less


@given(st.integers(0, 10**6))
def test_a_truncated_package_is_not_readable(at: int) -> None:
    raw = package.write(honest().package())
    with pytest.raises(Unreadable):
        verify_ballots.read(raw[: at % len(raw)])


# --- signatures, against the standards and the library ----------------------------------------------------------------

RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        b"",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        b"\x72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        b"\xaf\x82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").digest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032(public: str, message: bytes, signature: str) -> None:
    assert verify_ballots.is_signed(bytes.fromhex(public), message, bytes.fromhex(signature))
    assert not verify_ballots.is_signed(bytes.fromhex(public), message + b"\0", bytes.fromhex(signature))


def library_says(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 64 * 8 + 32 * 8), st.booleans())
@settings(max_examples=150, deadline=None)
def test_ed25519_as_the_library(seed: bytes, message: bytes, at: int, altered: bool) -> None:
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    both = bytearray(signer.sign(message) + signer.public_key().public_bytes_raw())
    if altered and at < 8 * len(both):
        both[at // 8] ^= 1 << at % 8
    signature, public = bytes(both[:64]), bytes(both[64:])
    assert verify_ballots.is_signed(public, message, signature) == library_says(public, message, signature)
    assert altered or verify_ballots.is_signed(public, message, signature)


def test_ed25519_as_the_library_for_keys_chosen_to_be_weak() -> None:
    """The box takes what the library takes; a voter must not be able to make the recount find fault with the site."""
    y = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
    p = 2**255 - 19
    plain = [n.to_bytes(32, "little") for n in (0, 1, p - 1, p, p + 1, 2, p + 2, 2**255 - 1)]
    weak = plain + [bytes.fromhex(y + last) for last in ("05", "85")]
    weak += [one[:31] + bytes([one[31] | 0x80]) for one in plain]
    scalars = [number.to_bytes(32, "little") for number in (0, 1, verify_ballots.ORDER, 2**256 - 1)]
    agreed = Counter(
        (verify_ballots.is_signed(a, message, r + s), library_says(a, message, r + s))
        for a in weak
        for r in weak
        for s in scalars
        for message in (b"0", b"1")
    )
    assert agreed.keys() == {(True, True), (False, False)}
    assert agreed[True, True] > 20


def pss_encoded(
    message: bytes, *, salt: bytes = bytes(48), trailer: int = 0xBC, first: int = 0, last: int = 1, wrong: int = 0
) -> int:
    """A number whose signature has a form that one check each refuses."""
    hashed = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytearray(384 - len(salt) - 48 - 2) + bytes([last]) + salt
    block[5] ^= wrong
    masked = bytearray(one ^ other for one, other in zip(block, voter._mask(hashed, len(block)), strict=True))
    masked[0] = masked[0] & 0x7F | first
    return int.from_bytes(bytes(masked) + hashed + bytes([trailer]))


@pytest.mark.parametrize(
    "odd",
    [
        {"salt": bytes(32)},
        {"salt": b""},
        {"salt": bytes(49)},
        {"trailer": 0xCC},
        {"last": 2},
        {"last": 0},
        {"wrong": 1},
        {"first": 0x80},
    ],
)
def test_a_credential_in_another_padding_is_forged_as_the_library_says(odd: dict[str, Any]) -> None:
    private = packages.key()

    def signed(encoded: int) -> bytes:
        assert encoded < private.n
        return pow(encoded, private.d, private.n).to_bytes(384)

    # A message whose encoding lies below the modulus even with its first bit set.
    message = next(one for one in map(str.encode, map(str, range(200))) if pss_encoded(one, first=0x80) < private.n)
    good, bad = signed(pss_encoded(message)), signed(pss_encoded(message, **odd))
    assert verify_ballots.is_credential(private.n, message, good)
    assert blind.verify(private.public, message, good)
    assert not verify_ballots.is_credential(private.n, message, bad)
    assert not blind.verify(private.public, message, bad)


def first_credential() -> Online:
    ballot = honest().ballots[0]
    assert isinstance(ballot, Online)
    return ballot


def padded(**odd: Any) -> tuple[int, bytes, bytes]:
    private, message = packages.key(), first_credential().message
    while pss_encoded(message, first=0x80) >= private.n:
        message += b"."
    return private.n, message, pow(pss_encoded(message, **odd), private.d, private.n).to_bytes(384)


def one_modulus_more() -> tuple[int, bytes, bytes]:
    n = packages.key().n
    while True:
        ballot = packages.online(AGREE_FIRST)
        number = int.from_bytes(ballot.signature) + n
        if number < 1 << 3072:
            return n, ballot.message, number.to_bytes(384)


def signed_by_voter(spoil: Callable[[bytes], bytes]) -> tuple[bytes, bytes, bytes]:
    public, message, signature = RFC_8032[1]
    return bytes.fromhex(public), message, spoil(bytes.fromhex(signature))


def one_order_more(signature: bytes) -> bytes:
    return signature[:32] + (int.from_bytes(signature[32:], "little") + verify_ballots.ORDER).to_bytes(32, "little")


# Each condition of a signature: what replaces it, and what would pass then.
CONDITIONS: dict[str, tuple[str, str, Callable[[], tuple[Any, ...]]]] = {
    "trailer == 0xBC": ("True", "is_credential", lambda: padded(trailer=0xCC)),
    "not masked & first_bit": ("True", "is_credential", lambda: padded(first=0x80)),
    'padding == bytes(len(padding) - 1) + b"\\x01"': ("True", "is_credential", lambda: padded(last=2)),
    "hashed == sha384(bytes(8) + sha384(message).digest() + salt).digest()": (
        "True",
        "is_credential",
        lambda: (packages.key().n, b"another message", first_credential().signature),
    ),
    "len(signature) != RSA_BYTES or ": (
        "",
        "is_credential",
        lambda: (packages.key().n, first_credential().message, b"\0" + first_credential().signature),
    ),
    " or number >= modulus": ("", "is_credential", one_modulus_more),
    " and len(signature) == 64": ("", "is_signed", lambda: signed_by_voter(lambda signature: signature + b"\0")),
    " and scalar < ORDER": ("", "is_signed", lambda: signed_by_voter(one_order_more)),
    " or len(modulus) != RSA_BYTES": (
        "",
        "modulus_in",
        lambda: (packages.key().public.der.replace(b"\x02\x82\x01\x81\0", b"\x02\x82\x01\x81\0\xff"),),
    ),
    " or not modulus[0] & 0x80": (
        "",
        "modulus_in",
        lambda: (packages.key().public.der.replace(packages.key().n.to_bytes(384)[:8], b"\x7f" + bytes(7)),),
    ),
}


@pytest.mark.covers("BOX-23")
@pytest.mark.parametrize("condition", CONDITIONS)
def test_without_a_condition_a_bad_signature_or_key_would_pass(condition: str, tmp_path: Path) -> None:
    without, function, bad = CONDITIONS[condition]
    given = bad()
    assert not getattr(verify_ballots, function)(*given)
    assert getattr(copy_of_the_file(tmp_path, condition, without), function)(*given)


def test_a_credential_with_a_signature_out_of_range_is_forged() -> None:
    ballot = honest().ballots[0]
    assert isinstance(ballot, Online)
    n, number = packages.key().n, int.from_bytes(ballot.signature)
    assert verify_ballots.is_credential(n, ballot.message, ballot.signature)
    assert not verify_ballots.is_credential(n, ballot.message, (number + n).to_bytes(385))
    assert not verify_ballots.is_credential(n, ballot.message, b"\0" + ballot.signature)
    assert not verify_ballots.is_credential(n, ballot.message, ballot.signature[1:])
    assert not verify_ballots.is_credential(n, ballot.message, n.to_bytes(384))
    assert not verify_ballots.is_credential(n, ballot.message, b"")


def test_a_key_is_read_in_its_one_spelling_only() -> None:
    der = packages.key().public.der
    assert verify_ballots.modulus_in(der) == packages.key().n
    at = der.index(packages.key().n.to_bytes(384))
    altered = [der[:1], b"", der + b"\0", der[:-1], der[:-3] + b"\0\0\3", small_key(), b"\x30\x80" + der[4:]]
    altered += [der[:at] + b"\x7f" + der[at + 1 :], *(der[:i] + bytes([der[i] ^ 1]) + der[i + 1 :] for i in range(at))]
    assert [one for one in altered if verify_ballots.modulus_in(one) is not None] == []


@pytest.mark.covers("BOX-03")
@pytest.mark.slow
def test_ten_thousand_signatures_as_the_library() -> None:
    """Half of them altered in a bit somewhere, some in the message; item 3."""
    chance, private = random.Random(20261122), packages.key()
    signers = [Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)) for _ in range(50)]
    credentials = []
    for _ in range(250):
        message = chance.randbytes(104)
        blinded, inverse = voter.blind(private.public, message)
        signature = voter.finalize(private.public, message, blind.blind_sign(private, blinded), inverse)
        credentials.append((message, signature))
    agreed: Counter[tuple[str, bool, bool]] = Counter()
    for number in range(10_000):
        signer = signers[number % len(signers)]
        by_voter = number % 4 < 2
        message, signature = chance.randbytes(47), b""
        if by_voter:
            signature = signer.sign(message)
        else:
            message, signature = chance.choice(credentials)
        if altered := number % 2:
            both = bytearray(signature + message)
            at = chance.randrange(8 * len(both))
            both[at // 8] ^= 1 << at % 8
            signature, message = bytes(both[: len(signature)]), bytes(both[len(signature) :])
        if by_voter:
            public = signer.public_key().public_bytes_raw()
            ours = verify_ballots.is_signed(public, message, signature)
            theirs = library_says(public, message, signature)
        else:
            ours = verify_ballots.is_credential(private.n, message, signature)
            theirs = blind.verify(private.public, message, signature)
        agreed["altered" if altered else "true", ours, theirs] += 1
    assert agreed == {("true", True, True): 5000, ("altered", False, False): 5000}


# --- the file alone ---------------------------------------------------------------------------------------------------


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(FILE), str(file), *options]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env={"LC_ALL": "C"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "package.json"
    path.write_bytes(package.write(honest().package()))
    return path


def test_the_file_runs_alone_and_says_clean_in_both_languages(file: Path) -> None:
    written = honest().package()
    tracker = tracker_of(honest().ballots[0].nullifier)
    said = ["--root", written["root"].upper(), "--check-code", written["check_code"].lower(), "--due", "11"]
    done = run(file, *said, "--present", "10", "--issued", "9", "--tracker", tracker.replace("-", " "))
    assert (done.returncode, done.stderr) == (0, "")
    assert "复核通过：收回 8 张" in done.stdout
    assert "Clean: 8 ballots checked one by one" in done.stdout
    assert f"查票码 / tracking code {tracker}: 在内 / in" in done.stdout
    assert "甲人选 / 女，1978.06，县委办副主任 [first]\n    同意 / Agree: 4\n    不同意 / Disagree: 1\n" in done.stdout
    assert hashlib.sha256(file.read_bytes()).hexdigest() in done.stdout
    assert "not compared with the minutes" not in done.stdout
    assert "A package alone cannot show" in done.stdout


def test_the_file_run_alone_names_a_fault_and_the_ballot(file: Path) -> None:
    file.write_bytes(package.write(first_altered(payload=packages.online(NEITHER).payload)[0]))
    done = run(file)
    tracker = tracker_of(honest().ballots[0].nullifier)
    assert (done.returncode, done.stderr) == (1, "")
    assert "复核不通过：收回 8 张，发现 1 处问题" in done.stdout
    assert f"[payload_edited] {tracker}  票面被改动：与投票人签名不符" in done.stdout
    assert "the sheet was altered: the voter has not signed this" in done.stdout
    assert "（未与会议所载比对 / not compared with the minutes）" in done.stdout
    assert "应到 / due: 11（与所说不符 / NOT as you were told）" in run(file, "--due", "12").stdout


def test_several_processes_come_to_the_same_verdict(file: Path) -> None:
    file.write_bytes(package.write(first_replaced(packages.online(AGREE_FIRST, by="another"))[0]))
    one, three = run(file, "--processes", "1"), run(file, "--processes", "3")
    assert (one.returncode, "[credential_forged]" in one.stdout) == (1, True)
    assert (three.returncode, three.stdout, three.stderr) == (one.returncode, one.stdout, "")


def bad(**changed: Any) -> bytes:
    return json.dumps(honest().package() | changed).encode()


def bad_ballot(**changed: Any) -> bytes:
    return bad(ballots=[honest().package()["ballots"][0] | changed])


BAD = {
    "nothing": lambda: b"",
    "not JSON": lambda: b"PK\x03\x04",
    "cut": lambda: package.write(honest().package())[:-1],
    "not UTF-8": lambda: '{"format": "票"}'.encode("gb18030"),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + package.write(honest().package()),
    "something after it": lambda: package.write(honest().package()) + b"{}",
    "another format": lambda: bad(format="cadre-ballots-v2"),
    "a list": lambda: b"[]",
    "a number": lambda: b"7",
    "a key twice": lambda: package.write(honest().package())[:-1] + b',"valid":7}',
    "a key too many": lambda: bad(note=""),
    "a key missing": lambda: b'{"format":"cadre-ballots-v1"}',
    "a huge number": lambda: package.write(honest().package()).replace(b'"due":11', b'"due":' + b"9" * 10_000),
    "a fraction": lambda: bad(due=11.0),
    "not a number": lambda: package.write(honest().package()).replace(b'"due":11', b'"due":NaN'),
    "a truth": lambda: bad(due=True),
    "a negative number": lambda: bad(due=-1),
    "a text for a number": lambda: bad(due="11"),
    "nested": lambda: b"[" * 200_000,
    "nested in a manifest": lambda: package.write(honest().package()).replace(
        b'"due":11', b'"due":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    ),
    "half of a pair": lambda: bad(check_code="\ud800"),
    "not in NFC": lambda: bad(check_code="e\u0301"),
    "ballots are no list": lambda: bad(ballots={}),
    "a ballot is no object": lambda: bad(ballots=[1]),
    "a channel of its own": lambda: bad_ballot(channel="letter"),
    "a channel that is no text": lambda: bad_ballot(channel=["slip"]),
    "a ballot without signature": lambda: bad(ballots=[{"nullifier": "0" * 64, "channel": "online"}]),
    "loose base64": lambda: bad_ballot(signature="AAA"),
    "base64 with a line feed": lambda: bad_ballot(signature="AAAA\nAAAA"),
    "base64 with bits to spare": lambda: bad_ballot(signature="AB=="),
    "base64 beyond ASCII": lambda: bad_ballot(signature="票票票票"),
    "capital hexadecimal": lambda: bad_ballot(nullifier="A" * 64),
    "short hexadecimal": lambda: bad_ballot(nullifier="ab"),
    "paper is no object": lambda: bad(paper=["agree"]),
    "paper with a number": lambda: bad(paper=[{"choices": {"first": 1}}]),
    "counts of text": lambda: bad(counts={"first": {"agree": "4"}}),
    "counts that are flat": lambda: bad(counts={"first": 4}),
    "issued by two channels": lambda: bad(issued={"online": 1, "slip": 1}),
    "no manifest": lambda: bad(manifest=None),
    "a manifest of tomorrow": lambda: bad(manifest={**honest().manifest, "version": 3}),
    "a manifest with a true version": lambda: bad(manifest={**honest().manifest, "version": True}),
    "a manifest without key": lambda: bad(manifest={**packages.manifest(None), "key_sha256": 5}),
    "a round of its own": lambda: bad(manifest={**honest().manifest, "round": str(ROUND).upper()}),
    "no candidate": lambda: bad(manifest={**honest().manifest, "candidates": []}),
    "a candidate twice": lambda: bad(manifest={**honest().manifest, "candidates": [["a", "甲", ""], ["a", "乙", ""]]}),
    "an option that is none": lambda: bad(manifest={**honest().manifest, "limited_option": "perhaps"}),
    "a title in no language": lambda: bad(manifest={**honest().manifest, "title": {}}),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_package_gets_one_sentence(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        verify_ballots.read(BAD[name]())
    for sentence in (refused.value.chinese, refused.value.english):
        assert 0 < len(sentence) < 200
        assert "\n" not in sentence
    assert refused.value.english.isascii()


@pytest.mark.parametrize("name", ["cut", "nested", "a huge number", "half of a pair"])
def test_the_file_run_alone_on_what_is_no_package_ends_with_two(name: str, tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_bytes(BAD[name]())
    done = run(path)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split("：")[0].split(":")[0] for line in done.stderr.splitlines()] == [
        "不是可读的审计包",
        "Not a readable audit package",
    ]


def test_a_file_that_is_not_there_is_its_own_answer(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.json", tmp_path):
        done = run(path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "打不开文件 / cannot open" in done.stderr


@pytest.mark.parametrize(
    "option", [("--root", "zz"), ("--tracker", "ABC"), ("--check-code", "7QK4-M2X!"), ("--due", "x")]
)
def test_a_mistyped_option_is_told(file: Path, option: tuple[str, str]) -> None:
    done = run(file, *option)
    assert (done.returncode, done.stdout) == (2, "")
    assert option[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_label_cannot_command_the_terminal(file: Path) -> None:
    manifest = {**honest().manifest, "title": "\x1b[2J\u202e题"}
    file.write_bytes(package.write(honest().but(manifest=manifest).package()))
    done = run(file)
    assert done.returncode == 0
    assert "表决事项 / vote: \ufffd[2J\ufffd题" in done.stdout
