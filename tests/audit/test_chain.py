"""Canonical bytes, hashes and the walk along a stream, without a database (规范字节与哈希链)."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import chain

CHAIN = Path(chain.__file__)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0")).map(
    lambda text: unicodedata.normalize("NFC", text)
)
keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-chain.LARGEST, chain.LARGEST) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def content(seq: int, prev: str, *, stream: str = "selection:17", **changed: Any) -> dict[str, Any]:
    return {
        "action": "open_notice",
        "actor": {"id": "9", "name": "周勤", "dept": "县委组织部", "role": "staff", "auth": "password"},
        "at": "2026-09-28T09:00:00.000000Z",
        "basis": "",
        "case": stream,
        "data": {"given": {"seats": 1}},
        "files": [],
        "object": ["appointment", "31"],
        "prev": prev,
        "recorded_at": f"2026-09-28T09:00:{seq:02d}.000000Z",
        "req": f"r{seq}",
        "seq": seq,
        "state": "",
        "stream": stream,
        "v": 1,
    } | changed


def line_of(entry: dict[str, Any]) -> str:
    return chain.canonical(entry).decode()


def stream_of(length: int, stream: str = "selection:17") -> list[str]:
    bodies: list[str] = []
    prev = chain.origin(stream)
    for seq in range(length):
        bodies.append(line_of(content(seq, prev, stream=stream)))
        prev = chain.leaf(bodies[-1])
    return bodies


def verdict_on(bodies: list[str]) -> chain.Verdict:
    return chain.verify_lines(body.encode() + b"\n" for body in bodies)


def found(verdict: chain.Verdict) -> list[tuple[str, int | None, str]]:
    return [(finding.stream, finding.seq, finding.kind) for finding in verdict.findings]


# --- canonical form -------------------------------------------------------------------------------------------------


@given(values)
def test_canonical_bytes_read_back_to_the_value_and_are_the_only_spelling(value: Any) -> None:
    spelled = chain.canonical(value)
    assert json.loads(spelled) == value
    assert chain.canonical(json.loads(spelled)) == spelled


@given(st.dictionaries(keys, values, min_size=2))
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    assert chain.canonical(dict(reversed(value.items()))) == chain.canonical(value)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_tidy_text_always_has_a_canonical_form(text: str) -> None:
    assert json.loads(chain.canonical(chain.tidy({"text": (text,)}))) == {"text": [unicodedata.normalize("NFC", text)]}


@given(texts)
def test_a_line_in_nfc_holds_only_strings_in_nfc(text: str) -> None:
    """The shortcut of ``parse``: one test of the whole line instead of one for each string."""
    entry = content(0, chain.origin("selection:17"), data={"text": text})
    assert chain.parse(line_of(entry))["data"]["text"] == text
    decomposed = unicodedata.normalize("NFD", text)
    if decomposed != text:
        spelled = json.dumps(
            entry | {"data": {"text": decomposed}}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        with pytest.raises(chain.NotCanonical):
            chain.parse(spelled)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": 0.5}, "value.a: float"),
        ({"a": [1, float("nan")]}, r"value.a\[1\]: float"),
        ({"姓名": 1}, "key '姓名' is not ASCII"),
        ({1: "a"}, "key 1 is not ASCII text"),
        ({"a": 2**53}, "beyond"),
        ({"a": -(2**53)}, "beyond"),
        ({"a": "e\u0301"}, "not in NFC"),
        ({"a": "\ud800"}, "surrogate"),
        ({"a": "a\0b"}, "NUL"),
        ({"a": ("tuple",)}, "tuple has no canonical form"),
        ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, "datetime has no canonical form"),
        ({"a": b"bytes"}, "bytes has no canonical form"),
    ],
)
def test_what_encoders_disagree_about_is_refused_and_named(value: Any, place: str) -> None:
    with pytest.raises(chain.NotCanonical, match=place):
        chain.canonical(value)


def test_limits_of_integers_have_a_canonical_form() -> None:
    assert chain.canonical([2**53 - 1, -(2**53) + 1, True, None]) == b"[9007199254740991,-9007199254740991,true,null]"


def test_chinese_stands_as_itself_and_keys_are_sorted() -> None:
    assert chain.canonical({"b": "公示", "a": '\n"\\'}).decode() == '{"a":"\\n\\"\\\\","b":"公示"}'


# --- literal values: whoever writes another verifier starts here ----------------------------------------------------


def test_origin_of_a_stream() -> None:
    assert chain.origin("selection:17") == sha256(b"cadre-v1-genesis\0selection:17").hexdigest()
    assert chain.origin("selection:17") == "34ab7bd5530fcf678b5f3a528e4f7526c334c7795e8ccbfbca217a5130ed0360"


def test_leaf_of_a_body() -> None:
    assert chain.leaf("") == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"  # RFC 6962, empty leaf
    assert chain.leaf(stream_of(1)[0]) == "acf61db134455899e641579e72f32b72a7296f96498abc841c5ce73c7b7051a8"


def test_commitment_to_a_text() -> None:
    assert chain.commitment(bytes(32), "举报内容") == "fd08b12e5d47f53e038b923da3a2969cc577831d8e895107fd3a9541b6e687b6"
    with pytest.raises(chain.NotCanonical):
        chain.commitment(bytes(31), "举报内容")


def test_stamps_are_utc_with_microseconds() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert chain.stamp(datetime(2026, 9, 28, 17, 0, tzinfo=shanghai)) == "2026-09-28T09:00:00.000000Z"
    assert chain.unstamp("2026-09-28T09:00:00.000001Z") == datetime(2026, 9, 28, 9, 0, 0, 1, tzinfo=UTC)
    with pytest.raises(chain.NotCanonical):
        chain.stamp(datetime(2026, 9, 28, 17, 0))


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-28T09:00:00Z",
        "2026-09-28 09:00:00.000000Z",
        "2026-13-28T09:00:00.000000Z",
        "２026-09-28T09:00:00.000000Z",
    ],
)
def test_another_way_to_write_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        chain.unstamp(text)


# --- one body -------------------------------------------------------------------------------------------------------

DIGEST = "ab" * 32

BAD_BODIES: list[tuple[str, Callable[[str], str] | dict[str, Any]]] = [
    ("not JSON", lambda body: body[:-1]),
    ("something after it", lambda body: body + " "),
    ("blanks", lambda body: body.replace(",", ", ")),
    (
        "keys in another order",
        lambda body: json.dumps(dict(reversed(json.loads(body).items())), ensure_ascii=False, separators=(",", ":")),
    ),
    ("a key twice", lambda body: body.replace('"v":1', '"v":1,"v":1')),
    ("an escape for a plain character", lambda body: body.replace("周勤", "\\u5468勤")),
    ("a float", lambda body: body.replace('"seats":1', '"seats":1.0')),
    ("minus zero", lambda body: body.replace('"seats":1', '"seats":-0')),
    ("NaN", lambda body: body.replace('"seats":1', '"seats":NaN')),
    ("a huge integer", lambda body: body.replace('"seats":1', '"seats":9007199254740992')),
    ("an integer of ten thousand digits", lambda body: body.replace('"seats":1', '"seats":' + "9" * 10_000)),
    ("NUL", lambda body: body.replace("周勤", "周\\u0000勤")),
    ("half a surrogate pair", lambda body: body.replace("周勤", "\\ud800")),
    ("a Chinese key", lambda body: body.replace('"seats"', '"名额"')),
    ("nesting without end", lambda body: body.replace('"seats":1', '"seats":' + "[" * 100_000 + "]" * 100_000)),
    ("a list instead", lambda body: f"[{body}]"),
    ("an unknown key", {"zz": 1}),
    ("another version", {"v": 2}),
    ("true for a version", {"v": True}),
    ("a number as text", {"seq": "0"}),
    ("a negative number", {"seq": -1}),
    ("no action", {"action": ""}),
    ("an actor without a role", {"actor": {"id": "9", "name": "周勤", "dept": "", "auth": ""}}),
    ("an actor with a number for an id", {"actor": {"id": 9, "name": "周勤", "dept": "", "role": "", "auth": ""}}),
    ("an object of three parts", {"object": ["a", "b", "c"]}),
    ("a short prev", {"prev": "ab"}),
    ("prev in capitals", {"prev": DIGEST.upper()}),
    ("a local time", {"at": "2026-09-28T09:00:00.000000+08:00"}),
    ("a day that does not exist", {"recorded_at": "2026-02-30T09:00:00.000000Z"}),
    ("a state that is no digest", {"state": "x"}),
    ("a stream with a blank", {"stream": "selection: 17"}),
    ("data that is a list", {"data": []}),
    ("a file without its size", {"files": [{"name": "a", "sha256": DIGEST}]}),
    ("a sealed text in the open", {"data": {"sealed": {"reason": "举报内容"}}}),
]


@pytest.mark.parametrize("data", [{"a": [1]}, {"a": [1, 20, -3]}, {"a": [{"b": 1}, {"b": 2}, {"b": 3}]}], ids=str)
def test_lists_of_numbers_are_recognised_by_every_python(data: dict[str, Any]) -> None:
    entry = content(0, chain.origin("selection:17"), data=data)
    reader = having_met(entry)
    reader.read(line_of(entry).encode())
    assert reader.parsed == chain.MET_BEFORE_KEPT


@pytest.mark.parametrize(("spoil"), [spoil for _, spoil in BAD_BODIES], ids=[name for name, _ in BAD_BODIES])
def test_a_body_in_any_other_form_is_unreadable(spoil: Callable[[str], str] | dict[str, Any]) -> None:
    entry = content(0, chain.origin("selection:17"))
    good = line_of(entry)
    assert verdict_on([good]).whole
    bad = (
        spoil(good)
        if callable(spoil)
        else json.dumps(entry | spoil, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )
    assert bad != good
    verdict = verdict_on([bad])
    assert not verdict.whole
    assert {finding.kind for finding in verdict.findings} <= {"unreadable", "moved"}


def test_files_and_sealed_texts_are_part_of_a_good_body() -> None:
    entry = content(
        0,
        chain.origin("selection:17"),
        files=[{"name": "公示.pdf", "sha256": DIGEST, "bytes": 3}],
        data={"sealed": {"reason": chain.commitment(bytes(32), "举报内容")}},
        state=DIGEST,
    )
    assert verdict_on([line_of(entry)]).whole


# --- many bodies: the same strictness ---------------------------------------------------------------------------------

plain = st.text(st.sampled_from("abz09 :{}[],-公示组织部（一）“”—·"), max_size=6)
plain_data = st.dictionaries(
    st.sampled_from(["a", "aa", "files", "given", "made", "n", "object", "stream", "v"]),
    st.recursive(
        st.none() | st.booleans() | st.integers(-1000, 1000) | plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
entries = st.builds(
    lambda data, sealed, files, name, state, day: content(
        7,
        chain.leaf(name),
        data=data | ({"sealed": sealed} if sealed else {}),
        files=[{"name": name, "sha256": digest, "bytes": number} for digest, number in files],
        basis=name,
        state=state,
        at=f"{day}T23:59:59.999999Z",
    ),
    plain_data,
    st.dictionaries(st.sampled_from(["notes", "reason", "waived.0"]), digests, max_size=2),
    st.lists(st.tuples(digests, st.integers(0, 10**6)), max_size=2),
    plain,
    st.just("") | digests,
    st.dates(min_value=datetime(1890, 1, 1).date(), max_value=datetime(2110, 1, 1).date()),
)
SNIPPETS = [
    *(b" ", b"\n", b"\t", b'"', b"\\", b"\\n", b"\\/", b'\\"', b"\\u0041", b"\\u0000", b"\\ud800", b"\0", b"\x7f"),
    *(b"\xff", b"0", b"1", b"-", b"-0", b".0", b"e1", b"00", b"9007199254740992", b"9007199254740991", b"1" * 15),
    *(b",", b":", b"{", b"}", b"[", b"]", b"{}", b"[]", b"[0]", b"null", b"true", b"NaN", b"1.5", b'""', b'"a":1'),
    *(b',"a":1', b'"a":1,', b"A", b"f", b"G", b"2026-02-30", b"2026-02-29", b"2024-02-29", b"24:00:00"),
    *(b',"files":[', b'"v":1', b'"sealed":{}', b',"stream":"', b'","v":1}'),
    *(one.encode() for one in ("e\u0301", "\u0301", "\u3099", "\uac00", "\u2126", "é", "示", "\U00020000")),
]


def altered(raw: bytes, data: st.DataObject) -> bytes:
    """One alteration: bytes put in, taken out, overwritten, doubled or exchanged."""
    first, second, third = sorted(data.draw(st.integers(0, len(raw))) for _ in range(3))
    short = min(first + data.draw(st.integers(0, 12)), len(raw))
    snippet = data.draw(st.sampled_from(SNIPPETS) | st.binary(min_size=1, max_size=2))
    return data.draw(
        st.sampled_from(
            [
                raw[:first] + snippet + raw[first:],
                raw[:first] + snippet + raw[first + len(snippet) :],
                raw[:first] + snippet + raw[short:],
                raw[:first] + raw[short:],
                raw[:first] + raw[second:third] + raw[first:second] + raw[third:],
                raw[:second] + raw[first:short] + raw[second:],
            ]
        )
    )


def outcome(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception:
        return "refused"


def having_met(*those: dict[str, Any]) -> chain.Reader:
    """A reader to which these spellings are no longer new."""
    reader = chain.Reader()
    for entry in those:
        for _ in range(chain.MET_BEFORE_KEPT):
            reader.read(line_of(entry).encode())
    return reader


@given(st.lists(entries, min_size=1, max_size=3), st.data())
@settings(max_examples=150, deadline=None)
def test_a_reader_of_many_reads_whatever_it_meets_as_parse_reads_it(
    those: list[dict[str, Any]], data: st.DataObject
) -> None:
    reader = having_met(*those)
    for raw in [line_of(entry).encode() for entry in those]:
        for body in [raw, *(altered(raw, data) for _ in range(12))]:
            expected = outcome(lambda body=body: chain.Read.of(chain.parse(body.decode())))  # type: ignore[misc]
            assert outcome(lambda body=body: reader.read(body)) == expected  # type: ignore[misc]


@given(entries, entries)
def test_what_differs_from_a_known_spelling_in_its_values_alone_is_recognised(
    entry: dict[str, Any], other: dict[str, Any]
) -> None:
    """The other way round: without this the test above could pass by never recognising anything."""
    entry |= {"at": "2024-02-28T00:00:00.000000Z"}
    reader = having_met(entry)
    like = entry | {name: other[name] for name in ("basis", "files", "prev", "state")}
    assert reader.read(line_of(like).encode()) == chain.Read.of(like)
    assert reader.parsed == chain.MET_BEFORE_KEPT


@pytest.mark.parametrize(("spoil"), [spoil for _, spoil in BAD_BODIES], ids=[name for name, _ in BAD_BODIES])
def test_a_reader_of_many_refuses_every_other_form(spoil: Callable[[str], str] | dict[str, Any]) -> None:
    entry = content(0, chain.origin("selection:17"))
    reader = having_met(entry, entry | {"data": {"sealed": {"reason": DIGEST}}})
    good = line_of(entry)
    bad = (
        spoil(good)
        if callable(spoil)
        else json.dumps(entry | spoil, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )
    with pytest.raises((ValueError, RecursionError)):
        reader.read(bad.encode())


def test_plain_characters_stay_what_they_are_in_any_company() -> None:
    """NFC neither changes one of them nor joins it to what stands before it."""
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    parts = [unicodedata.decomposition(one).split() for one in every]
    joined = {pair[1] for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}
    is_plain = re.compile(chain._TEXT).fullmatch  # in data the same class, with the marks around texts
    plain_ones = [one for one in every if is_plain(one)]
    assert len(plain_ones) > 27_000
    for one in plain_ones:
        assert unicodedata.is_normalized("NFC", one)
        assert unicodedata.combining(one) == 0
        assert f"{ord(one):04X}" not in joined
        assert chain.canonical(one) == f'"{one}"'.encode()


# --- a stream -------------------------------------------------------------------------------------------------------


def edited(bodies: list[str]) -> list[str]:
    bodies[2] = bodies[2].replace('"seats":1', '"seats":2')
    return bodies


def inserted(bodies: list[str]) -> list[str]:
    """A forged entry after 2; the rest is numbered on but still follows the true entry."""
    forged = line_of(content(3, chain.leaf(bodies[2]), action="forged"))
    return [
        *bodies[:3],
        forged,
        *(body.replace(f'"seq":{seq}', f'"seq":{seq + 1}') for seq, body in enumerate(bodies[3:], 3)),
    ]


ATTACKS: list[tuple[Callable[[list[str]], list[str]], list[tuple[str, int | None, str]]]] = [
    (edited, [("selection:17", 2, "rewritten")]),
    (lambda bodies: bodies[:2] + bodies[3:], [("selection:17", 2, "missing")]),
    (lambda bodies: bodies[1:], [("selection:17", 0, "missing")]),
    (lambda bodies: [*bodies[:2], bodies[3], bodies[2], *bodies[4:]], [("selection:17", 2, "disordered")]),
    (lambda bodies: [*bodies[:3], *bodies[2:]], [("selection:17", 2, "duplicate")]),
    (lambda bodies: [*bodies[:2], *stream_of(6, "selection:18")[2:3], *bodies[3:]], [
        ("selection:17", 2, "missing"), ("selection:18", 0, "missing")]),
    (lambda bodies: [stream_of(1, "selection:18")[0].replace("selection:18", "selection:17"), *bodies[1:]], [
        ("selection:17", 0, "origin"), ("selection:17", 0, "rewritten")]),
    (lambda bodies: [*bodies[:3], bodies[3].replace("09:00:03", "08:00:03"), *bodies[4:]], [
        ("selection:17", 3, "backdated"), ("selection:17", 3, "rewritten")]),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "expected"), ATTACKS)
def test_tampering_is_found_and_named(attack: Callable[[list[str]], list[str]], expected: list[Any]) -> None:
    bodies = stream_of(6)
    assert found(verdict_on(bodies)) == []
    assert sorted(found(verdict_on(attack(bodies)))) == expected


def test_an_inserted_entry_is_named_even_when_the_rest_is_numbered_on() -> None:
    verdict = verdict_on(inserted(stream_of(6)))
    assert found(verdict)[0] == ("selection:17", 3, "inserted")


def test_a_last_entry_cut_off_or_rewritten_is_what_a_chain_cannot_find() -> None:
    bodies = stream_of(6)
    assert verdict_on(bodies[:-1]).whole
    assert verdict_on([*bodies[:-1], bodies[-1].replace('"seats":1', '"seats":2')]).whole


@given(st.data())
def test_every_single_change_before_the_last_entry_is_found(data: st.DataObject) -> None:
    bodies = stream_of(4)
    raw = bytearray("".join(body + "\n" for body in bodies[:-1]).encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    assert not chain.verify_lines((bytes(raw) + bodies[-1].encode() + b"\n").splitlines(keepends=True)).whole


def test_streams_may_alternate_and_one_may_be_asked_for() -> None:
    first, second = stream_of(3), stream_of(3, "person:5")
    mixed = [body for pair in zip(first, second, strict=True) for body in pair]
    verdict = verdict_on(mixed)
    assert (verdict.whole, verdict.entries, verdict.streams) == (True, 6, 2)
    spoiled = [body.encode() + b"\n" for body in [*mixed[:2], *mixed[4:]]]
    assert found(chain.verify_lines(spoiled, only="person:5")) == [("person:5", 1, "missing")]


def test_nothing_at_all_is_not_a_pass() -> None:
    assert found(chain.verify_lines([])) == [("-", None, "empty")]


def test_an_exception_on_the_way_is_not_a_pass() -> None:
    def lines() -> Any:
        yield stream_of(1)[0].encode() + b"\n"
        raise OSError("the disc is gone")

    assert found(chain.verify_lines(lines())) == [("-", None, "failed")]


def test_findings_beyond_a_thousand_are_counted() -> None:
    verdict = verdict_on(["{}"] * 1500)
    assert (len(verdict.findings), verdict.found) == (chain.FINDINGS_KEPT, 1500)


# --- the auditor's copy -----------------------------------------------------------------------------------------------


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(CHAIN), str(file), *options]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env={"LC_ALL": "C"})


def test_the_file_runs_alone_and_says_whole_in_both_languages(tmp_path: Path) -> None:
    dump = tmp_path / "events.jsonl"
    dump.write_bytes(b"".join(body.encode() + b"\n" for body in stream_of(3)))
    done = run(dump)
    assert (done.returncode, done.stderr) == (0, "")
    assert "记录完整：1 个流、3 条逐条重算" in done.stdout
    assert "Whole: 3 entries of 1 streams recomputed" in done.stdout
    assert "A chain alone cannot find" in done.stdout


def test_the_file_run_alone_names_what_it_finds(tmp_path: Path) -> None:
    dump = tmp_path / "events.jsonl"
    bodies = stream_of(4)
    dump.write_bytes(b"".join(body.encode() + b"\n" for body in [*bodies[:1], *bodies[2:]]))
    done = run(dump)
    assert done.returncode == 1
    assert "[missing] selection:17 1  缺第 1 条" in done.stdout
    assert "missing: entry 1" in done.stdout


def test_a_file_without_its_last_line_feed_is_cut(tmp_path: Path) -> None:
    dump = tmp_path / "events.jsonl"
    dump.write_bytes("\n".join(stream_of(2)).encode())
    done = run(dump)
    assert (done.returncode, "[cut]" in done.stdout) == (1, True)


def test_a_file_that_is_not_there_is_its_own_answer(tmp_path: Path) -> None:
    done = run(tmp_path / "absent.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot open" in done.stderr


@pytest.mark.parametrize("processes", ["1", "2", "5"])
def test_several_processes_come_to_the_same_verdict(tmp_path: Path, processes: str) -> None:
    dump = tmp_path / "events.jsonl"
    names = [f"selection:{number}" for number in range(7)]
    mixed = [body for bodies in zip(*(stream_of(4, name) for name in names), strict=True) for body in bodies]
    dump.write_bytes(b"".join(body.encode() + b"\n" for body in mixed))
    done = run(dump, "--processes", processes)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Whole: 28 entries of 7 streams recomputed" in done.stdout
    del mixed[8]
    mixed[15] = mixed[15].replace('"seats":1', '"seats":1.0')
    dump.write_bytes(b"".join(body.encode() + b"\n" for body in [*mixed, "{}", "rubbish"]) + b"cut")
    done = run(dump, "--processes", processes)
    assert done.returncode == 1
    assert "NOT whole: 6 findings in 30 entries of 7 streams" in done.stdout
    assert "[missing] selection:1 1" in done.stdout
    assert "[unreadable] selection:2 2" in done.stdout
    assert [done.stdout.count(f"[{kind}]") for kind in ("missing", "unreadable", "cut")] == [1, 4, 1]


def test_a_process_that_ends_early_is_not_a_pass(tmp_path: Path) -> None:
    dump = tmp_path / "events.jsonl"
    dump.write_bytes(b"".join(body.encode() + b"\n" for body in stream_of(3)))
    assert chain.verify_file(str(dump), processes=1).whole
    assert not chain.verify_file(str(dump), processes=0).whole


def test_other_bytes_than_text_are_not_a_pass(tmp_path: Path) -> None:
    dump = tmp_path / "events.jsonl"
    dump.write_bytes(b"\xff\xfe\n")
    assert run(dump).returncode == 1


# --- a file in stretches ----------------------------------------------------------------------------------------------


def written(file: Path, bodies: list[str], end: bytes = b"") -> str:
    file.write_bytes(b"".join(body.encode() + b"\n" for body in bodies) + end)
    return str(file)


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize(("attack", "expected"), ATTACKS)
def test_tampering_is_named_wherever_a_file_is_divided(
    tmp_path: Path, attack: Callable[[list[str]], list[str]], expected: list[Any], processes: int
) -> None:
    bodies = stream_of(6)
    assert chain.verify_file(written(tmp_path / "whole", bodies), processes=processes).whole
    verdict = chain.verify_file(written(tmp_path / "tampered", attack(bodies)), processes=processes)
    assert sorted(found(verdict)) == expected


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_stretches_are_smooth_exactly_where_a_walk_finds_nothing(data: st.DataObject) -> None:
    """Lines lost, doubled, exchanged or altered, cut into stretches at any place."""
    names = ["selection:1", "selection:2", "person:3"]
    lines = [body.encode() for bodies in zip(*(stream_of(3, name) for name in names), strict=True) for body in bodies]
    for _ in range(data.draw(st.integers(0, 2))):
        first, second = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
        lines = data.draw(
            st.sampled_from(
                [
                    lines,
                    lines[:first] + lines[first + 1 :],
                    [*lines[:second], lines[first], *lines[second:]],
                    [*lines[:second], altered(lines[second], data), *lines[second + 1 :]],
                ]
            )
        ) or [b"{}"]
    cuts = sorted(data.draw(st.integers(0, len(lines))) for _ in range(2))
    parts = [lines[: cuts[0]], lines[cuts[0] : cuts[1]], lines[cuts[1] :]]
    walked = chain.verify_lines(line + b"\n" for line in b"\n".join(lines).split(b"\n"))
    try:
        laid = chain.Stretch.whole(map(stretch_of, parts))
    except (chain.NotSmooth, ValueError, RecursionError):
        assert not walked.whole
    else:
        assert laid == walked


def stretch_of(lines: list[bytes]) -> chain.Stretch:
    stretch, reader = chain.Stretch(), chain.Reader()
    for line in lines:
        stretch.take(reader.read(line), chain.leaf(line.decode()))
    return stretch


def test_a_file_without_entries_is_not_a_pass(tmp_path: Path) -> None:
    for processes in (1, 2):
        assert found(chain.verify_file(written(tmp_path / "empty", []), processes=processes)) == [("-", None, "empty")]


def test_a_stream_that_begins_again_in_another_stretch_is_found(tmp_path: Path) -> None:
    bodies = stream_of(3)
    for processes in (1, 2):
        verdict = chain.verify_file(written(tmp_path / "twice", bodies + bodies), processes=processes)
        assert verdict.by_kind == {"duplicate": 3}


def test_a_process_that_is_killed_is_not_a_pass(tmp_path: Path) -> None:
    """The file is a whole one; a child of the verification is ended while it reads."""
    script = (
        "import os, signal, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import chain\n"
        "parent = os.getpid()\n"
        "class Killed(chain.Reader):\n"
        "    def read(self, raw):\n"
        "        if os.getpid() != parent: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return super().read(raw)\n"
        "chain.Reader = Killed\n"
        "sys.exit(chain.main(sys.argv[2:]))\n"
    )
    whole = written(tmp_path / "whole", stream_of(3))
    for processes, code in (("1", 0), ("2", 1)):
        command = [sys.executable, "-I", "-S", "-c", script, str(CHAIN.parent), whole, "--processes", processes]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, "[failed]" in done.stdout) == (code, bool(code)), done
