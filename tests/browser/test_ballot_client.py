"""The voter's half of the blind credential in a browser (投票凭证浏览器端), over plain http and not on localhost.

There a browser has no WebCrypto.  The modules are loaded as the site serves them, under hashed names and its policy of
scripts; the browser is also deprived of what Chromium 85 did not have yet, so far as that can be taken away.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page

from selection.ballots import blind, codes, credential
from selection.ballots.sheet import check_code, fault_in, packed
from tests.browser.conftest import PLAIN_HOST
from tests.selection.ballots import voter
from tests.selection.ballots.rounds import SHEET, collected
from tests.served import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RFC = json.loads((Path(voter.__file__).parent / "rfc9474_vectors.json").read_text(encoding="ascii"))
KEY, ROUND = blind.make_key(), UUID("5f0c6a5e-4f3b-4d7a-9d0e-3b8c1d2e4f50")
Client = Callable[..., Any]

NEWER_THAN_CHROMIUM_85 = """
    delete Object.hasOwn; delete Array.prototype.at; delete Uint8Array.prototype.at; delete String.prototype.at;
    delete Uint8Array.prototype.toHex; delete Uint8Array.fromHex; delete Uint8Array.prototype.toBase64;
    delete Array.prototype.findLast; delete Array.prototype.toSorted; delete window.structuredClone;
    delete window.scheduler; delete Array.fromAsync; delete Object.groupBy; delete Promise.withResolvers;
"""
LOAD = """async ([client, blind, bytes, sheet]) => {
    window.kit = Object.assign({}, await import(bytes), await import(blind), await import(client), await import(sheet));
    window.rsa = ({n, e}) => ({n: BigInt("0x" + n), e: BigInt("0x" + e), size: n.length / 2});
}"""


@pytest.fixture(scope="module")
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """The box's first page on a host of the intranet, with the client's modules loaded into it."""
    context = browser.new_context()
    context.add_init_script(NEWER_THAN_CHROMIUM_85)
    page = context.new_page()
    port = site.box_address.partition(":")[2]
    answer = page.goto(f"http://{PLAIN_HOST}:{port}/box/")
    assert answer is not None
    assert answer.status == 200
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    names = json.loads((site.data / "static" / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    page.evaluate(
        LOAD, [f"/static/{names[f'js/ballot/{name}.js']}" for name in ("credential", "blind", "bytes", "sheet")]
    )
    served = {f"http://{PLAIN_HOST}:{port}/static/{name}" for name in names.values()}
    assert set(asked) <= served, "a module was asked for by a name without its hash"
    assert len(asked) == len(set(asked)) == 11, "no module is loaded twice"
    yield page
    context.close()


@pytest.fixture
def client(page: Page) -> Client:
    """Run a line of JavaScript over ``kit``, the client's functions; bytes go in and come out as hexadecimal digits."""

    def run(script: str, **given: Any) -> Any:
        wrapped = f"""(given) => {{
            const {{ {", ".join(given)} }} = given;
            const hex = kit.fromHex, out = kit.toHex;
            try {{ return {script}; }}
            catch (problem) {{ if (problem instanceof kit.Unusable) {{ return "Unusable"; }} throw problem; }}
        }}"""
        return page.evaluate(
            wrapped, {name: one.hex() if isinstance(one, bytes) else one for name, one in given.items()}
        )

    return run


def test_there_is_no_webcrypto_here_but_random_numbers(client: Client) -> None:
    assert client("[isSecureContext, typeof crypto.subtle, typeof Object.hasOwn]") == [False, "undefined", "undefined"]
    seeds = {client("out(kit.newSeed())") for _ in range(50)}
    assert {len(seed) for seed in seeds} == {32}
    assert len(seeds) == 50


@pytest.mark.covers("BOX-02")
@pytest.mark.parametrize("vector", RFC["vectors"], ids=lambda vector: vector["name"].removeprefix("RSABSSA-SHA384-"))
def test_every_step_gives_what_the_rfc_gives(client: Client, vector: dict[str, str]) -> None:
    n = int(RFC["key"]["n"], 16)
    salt_bytes = len(vector["salt"]) // 2
    given = {
        "key": RFC["key"],
        "message": vector["prepared_msg"],
        "salt": vector["salt"],
        "r": f"{pow(int(vector['inv'], 16), -1, n):x}",
        "inverse": vector["inv"],
        "answer": vector["blind_sig"],
        "length": salt_bytes,
    }
    assert client("out(kit.encode(hex(message), hex(salt), 4095))", **given) == vector["encoded_msg"]
    made = client(
        "(b => [out(b.blinded), b.inverse.toString(16)])"
        "(kit.blind(rsa(key), hex(message), {salt: hex(salt), r: BigInt('0x' + r)}))",
        **given,
    )
    assert made == [vector["blinded_msg"], vector["inv"]]
    finalized = "out(kit.finalize(rsa(key), hex(message), hex(answer), BigInt('0x' + inverse), length))"
    assert client(finalized, **given) == vector["sig"]
    verified = "[0, 47, 48, 49].map(l => kit.verify(rsa(key), hex(message), hex(sig), l))"
    assert client(verified, **given, sig=vector["sig"]) == [length == salt_bytes for length in (0, 47, 48, 49)]


@pytest.mark.covers("BOX-02")
@pytest.mark.covers("DEL-09")
def test_what_the_browser_blinds_the_site_signs_and_the_box_accepts(client: Client) -> None:
    given = {"seed": secrets.token_bytes(16), "round": str(ROUND), "key": KEY.public.der}
    asked = client(
        "(r => ({message: out(r.message), blinded: out(r.blinded)}))"
        "(kit.request(hex(seed), round, kit.readKey(hex(key))))",
        **given,
    )
    twin = voter.Voter(ROUND, KEY.public, given["seed"])  # type: ignore[arg-type]
    assert asked == {"message": twin.message.hex(), "blinded": twin.blinded.hex()}

    answer = blind.blind_sign(KEY, bytes.fromhex(asked["blinded"]))
    payload = '{"甲人选":"agree"}'.encode()
    cast = client(
        "(c => ({message: out(c.message), signature: out(c.signature),"
        " of_ballot: out(kit.signBallot(c.signingKey, hex(payload)))}))"
        "(kit.complete(hex(seed), round, kit.readKey(hex(key)), hex(answer)))",
        **given,
        answer=answer,
        payload=payload,
    )
    message = bytes.fromhex(cast["message"])
    assert message == twin.message
    assert bytes.fromhex(cast["signature"]) == twin.collect(answer)
    assert blind.verify(KEY.public, message, bytes.fromhex(cast["signature"]))
    key = credential.Credential.read(message, ROUND).key
    assert credential.ballot_is_signed(key, payload, bytes.fromhex(cast["of_ballot"]))
    assert bytes.fromhex(cast["of_ballot"]) == twin.sign(payload)


def test_what_is_derived_from_a_seed_is_the_same_in_both_languages(client: Client) -> None:
    for seed in (bytes(16), b"\xff" * 16, secrets.token_bytes(16)):
        made = client(
            "(d => [out(d.prefix), out(d.salt), d.r.toString(16), out(d.signingKey)])"
            "(kit.derive(hex(seed), round, kit.readKey(hex(key))))",
            seed=seed,
            round=str(ROUND),
            key=KEY.public.der,
        )
        twin = voter.derive(seed, ROUND, KEY.public)
        assert made == [twin.prefix.hex(), twin.salt.hex(), f"{twin.r:x}", twin.signing_seed.hex()]


def test_fingerprint_nullifier_and_tracker_are_the_same_in_both_languages(client: Client) -> None:
    assert client("out(kit.readKey(hex(key)).fingerprint)", key=KEY.public.der) == blind.fingerprint(KEY.public).hex()
    for _ in range(20):
        message = secrets.token_bytes(104)
        nullifier = credential.nullifier(message)
        found = client(
            "(n => [out(n), kit.tracker(n), kit.spelled(n, 8)])(kit.nullifier(hex(message)))", message=message
        )
        assert found == [nullifier.hex(), codes.tracker_of(nullifier), codes.spelled(nullifier, 8)]


def test_a_receipt_is_checked_in_the_browser(client: Client) -> None:
    box = Ed25519PrivateKey.generate()
    nullifier = secrets.token_bytes(32)
    right = {
        "box": box.public_key().public_bytes_raw().hex(),
        "round": str(ROUND),
        "nullifier": nullifier.hex(),
        "receipt": credential.sign_receipt(box, ROUND, nullifier).hex(),
    }
    check = "kit.receiptIsGenuine(hex(box), round, hex(nullifier), hex(receipt))"
    assert client(check, **right) is True
    wrong: list[dict[str, str]] = [
        {"box": Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()},
        {"box": right["box"][2:]},
        {"round": str(UUID(int=1))},
        {"round": "no round"},
        {"nullifier": "00" * 32},
        {"receipt": "00" * 64},
        {"receipt": ""},
        {"receipt": right["receipt"][2:]},
    ]
    assert [client(check, **(right | change)) for change in wrong] == [False] * len(wrong)


@pytest.mark.covers("BOX-05")
def test_sheets_have_the_same_bytes_and_characters_in_both_languages(client: Client) -> None:
    odd = 'é 引号“”"\\/\t\u2028\u007f 𠮷'  # decomposed, quoted, separated, beyond the first plane
    for label in ("甲人选", odd):
        one = replace(SHEET, title=label, candidates=[("b", label, ""), ("a", "乙", {"en": "B", "zh-hans": odd})])
        manifest = json.loads(json.dumps(one.manifest(ROUND, [], KEY.public.der)))
        assert client("kit.checkCode(manifest)", manifest=manifest) == check_code(manifest)
        assert client("kit.namesKey(manifest, hex(key))", manifest=manifest, key=KEY.public.der) is True
        assert client("kit.namesKey(manifest, hex(key))", manifest=manifest, key=KEY.public.der[:-1]) is False
        for choices in ({"b": "agree", "a": "disagree"}, {"a": "x" * 1000, "b": "agree"}):
            sent = client("out(kit.packed(round, choices))", round=str(ROUND), choices=choices)
            assert bytes.fromhex(sent) == packed(ROUND, choices)
        for choices in ({}, {"a": "agree"}, {"a": "agree", "b": "agree"}, {"a": "agree", "b": "abstain"}):
            fault = fault_in(one, choices)
            wanted = fault and {"reason": fault[0].value, "candidates": list(fault[1])}
            assert client("kit.faultIn(manifest, choices)", manifest=manifest, choices=choices) == wanted


def test_credentials_go_to_the_box_without_their_seed(client: Client) -> None:
    holders = [collected(ROUND, KEY) for _ in range(2)]
    given = [
        {"message": one.voter.message.hex(), "signature": one.signature.hex(), "seed": one.voter.seed.hex()}
        for one in holders
    ]
    text = client(
        """kit.carry(given.holders.map((one) => ({
            message: hex(one.message),
            signature: hex(one.signature),
            signingKey: kit.derive(hex(one.seed), round, kit.readKey(hex(key))).signingKey,
        })))""",
        holders=given,
        round=str(ROUND),
        key=KEY.public.der,
    )
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    carried = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for one in holders:
        assert one.voter.message + one.voter._signer.private_bytes_raw() + one.signature in carried
        assert one.voter.seed not in carried
    read = "kit.carried(text).map((one) => [one.round, out(one.message), out(one.signature)])"
    assert client(read, text=text) == [[str(ROUND), one["message"], one["signature"]] for one in given]
    other = text[:150] + ("A" if text[150] != "A" else "B") + text[151:]  # inside the key that signs
    for broken in ("", "*", text[:-4], text + "AAAA", other):
        assert client("kit.carried(text)", text=broken) == "Unusable"


# --- what is malformed -------------------------------------------------------------------------------------------


def test_a_key_of_another_form_is_refused(client: Client) -> None:
    der = KEY.public.der
    even = der[:-6] + bytes([der[-6] & 0xFE]) + der[-5:]
    small = der[:33] + b"\x7f" + der[34:]
    for other in (b"", der[:-1], der + b"\x00", b"\x31" + der[1:], der[:-1] + b"\x03", even, small):
        assert other != der
        assert client("kit.readKey(hex(key))", key=other) == "Unusable"
    assert client("kit.readKey(key)", key="text") == "Unusable"
    assert client("kit.readKey(hex(key)).size", key=der) == 384


def test_a_wrong_answer_makes_no_credential(client: Client) -> None:
    given = {"seed": bytes(16), "round": str(ROUND), "key": KEY.public.der}
    twin = voter.Voter(ROUND, KEY.public, bytes(16))
    answer = blind.blind_sign(KEY, twin.blinded)
    complete = "out(kit.complete(hex(seed), round, kit.readKey(hex(key)), hex(answer)).signature)"
    assert client(complete, **given, answer=answer) == twin.collect(answer).hex()
    stranger = blind.make_key()
    for wrong in (
        b"",
        bytes(384),
        bytes(383) + b"\x01",
        KEY.n.to_bytes(384),
        b"\xff" * 384,
        answer[:-1],
        answer + b"\x00",
        answer[:-1] + bytes([answer[-1] ^ 1]),
        blind.blind_sign(KEY, voter.Voter(ROUND, KEY.public).blinded),
        twin.blinded,
        secrets.token_bytes(384),
    ):
        assert client(complete, **given, answer=wrong) == "Unusable"
    theirs = given | {"key": stranger.public.der}
    assert client(complete, **theirs, answer=answer) == "Unusable"
    assert client("kit.complete(hex(seed), round, kit.readKey(hex(key)), 'text')", **given) == "Unusable"


def test_a_wrong_seed_or_round_is_refused(client: Client) -> None:
    request = "out(kit.request(hex(seed), round, kit.readKey(hex(key))).blinded).length"
    right = {"seed": bytes(16), "round": str(ROUND), "key": KEY.public.der}
    assert client(request, **right) == 768
    for change in (
        {"seed": b""},
        {"seed": bytes(15)},
        {"seed": bytes(17)},
        {"seed": "no digits"},
        {"round": ""},
        {"round": ROUND.hex},
        {"round": str(ROUND) + "0"},
    ):
        assert client(request, **(right | change)) == "Unusable"


def test_no_blinding_factor_without_an_inverse_is_used(client: Client) -> None:
    script = "kit.blind(rsa(key), hex(message), {salt: hex(salt), r: BigInt(r)})"
    key = {"n": f"{KEY.n:x}", "e": "010001"}
    for factor in (0, KEY.p, 5 * KEY.q, KEY.n):
        assert client(script, key=key, message=b"m", salt=bytes(48), r=str(factor)) == "Unusable"


def test_a_signature_has_one_form(client: Client) -> None:
    vector, n = RFC["vectors"][0], int(RFC["key"]["n"], 16)
    given = {"key": RFC["key"], "message": vector["prepared_msg"]}
    verify = "kit.verify(rsa(key), hex(message), hex(signature))"
    assert client(verify, **given, signature=vector["sig"]) is True
    assert client(verify, **given, signature=(int(vector["sig"], 16) + n).to_bytes(512)) is False


def test_a_thousand_changed_signatures_are_refused(client: Client) -> None:
    twin = voter.Voter(ROUND, KEY.public)
    signature = twin.collect(blind.blind_sign(KEY, twin.blinded))
    taken = client(
        """[...Array(1000).keys()].filter((at) => {
            const changed = hex(signature);
            changed[(at * 7) % 384] ^= 1 + at % 255;
            return kit.verify(kit.readKey(hex(key)), hex(message), changed);
        }).length""",
        key=KEY.public.der,
        message=twin.message,
        signature=signature,
    )
    assert taken == 0
    others = ["", signature[1:].hex(), signature.hex() + "00", "00" * 384, "ff" * 384, f"{KEY.n:0768x}"]
    verify = "kit.verify(kit.readKey(hex(key)), hex(message), hex(signature))"
    given = {"key": KEY.public.der, "message": twin.message}
    assert [client(verify, **given, signature=other) for other in others] == [False] * len(others)
    assert client(verify, **given, signature=signature) is True
    assert client(verify, **(given | {"message": hashlib.sha256(b"").digest()}), signature=signature) is False
