"""The tree over leaves: roots, paths and proofs of many leaves at once (默克尔树)."""

import random
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from audit import chain

# The tree of eight leaves with which Certificate Transparency tests its implementations.
CT_INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
CT_LEAVES = [sha256(b"\x00" + bytes.fromhex(text)).digest() for text in CT_INPUTS]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

LEAVES = [sha256(b"\x00%d" % number).digest() for number in range(610)]
SIZES = range(1, 130)


# What the text of RFC 9162 §2.1 says, in its own recursive words and with nothing of the code that is tested.


@cache
def root_of(begin: int, end: int) -> bytes:
    if begin == end:
        return sha256(b"").digest()
    if end - begin == 1:
        return LEAVES[begin]
    k = half(end - begin)
    return sha256(b"\x01" + root_of(begin, begin + k) + root_of(begin + k, end)).digest()


def half(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path_to(m: int, begin: int, end: int) -> list[bytes]:
    if end - begin == 1:
        return []
    k = half(end - begin)
    if m < k:
        return [*path_to(m, begin, begin + k), root_of(begin + k, end)]
    return [*path_to(m - k, begin + k, end), root_of(begin, begin + k)]


def subproof(m: int, begin: int, end: int, whole: bool) -> list[bytes]:
    if m == end - begin:
        return [] if whole else [root_of(begin, end)]
    k = half(end - begin)
    if m <= k:
        return [*subproof(m, begin, begin + k, whole), root_of(begin + k, end)]
    return [*subproof(m - k, begin + k, end, False), root_of(begin, begin + k)]


def damaged(path: list[bytes]) -> Iterator[list[bytes]]:
    """Every path that differs by one bit of one hash (another bit in each), or by a hash left out, added or doubled."""
    for at, value in enumerate(path):
        bit = (at * 37 + len(path)) % 256
        flipped = (int.from_bytes(value) ^ 1 << bit).to_bytes(32)
        yield [*path[:at], flipped, *path[at + 1 :]]
        yield path[:at] + path[at + 1 :]
        yield path[: at + 1] + path[at:]
        if at and path[at] != path[at - 1]:
            yield [*path[: at - 1], path[at], path[at - 1], *path[at + 1 :]]
    yield [*path, LEAVES[-1]]
    yield [LEAVES[-1], *path]


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_tree_of_certificate_transparency(size: int) -> None:
    assert chain.tree_root(CT_LEAVES[:size]).hex() == CT_ROOTS[size]


def test_a_leaf_of_the_tree_is_the_leaf_of_the_chain() -> None:
    assert bytes.fromhex(chain.leaf("")) == CT_LEAVES[0]
    assert chain.tree_root([bytes.fromhex(chain.leaf("一"))]) == sha256(b"\x00" + "一".encode()).digest()


@pytest.mark.parametrize("size", range(300))
def test_a_range_has_the_root_of_the_tree_in_whatever_portions_it_is_fed(size: int) -> None:
    whole = chain.Range().then(LEAVES[:size])
    assert whole.root == chain.tree_root(iter(LEAVES[:size])) == root_of(0, size)
    assert (whole.size, len(whole.hashes)) == (size, size.bit_count())
    dice = random.Random(size)
    cuts = sorted(dice.choices(range(size + 1), k=4))
    fed = chain.Range()
    for begin, end in zip([0, *cuts], [*cuts, size], strict=True):
        fed = fed.then(LEAVES[begin:end])
        assert fed.root == root_of(0, end)
    assert fed == whole
    assert chain.Range(fed.size, fed.hashes).then(LEAVES[size : size + 3]).root == root_of(0, size + 3)


def test_a_range_takes_more_leaves_than_it_works_through_at_once() -> None:
    many = [sha256(b"%d" % number).digest() for number in range(2 * chain.AT_ONCE + 77)]
    one_by_one = chain.Range()
    for each in many:
        one_by_one = one_by_one.then([each])
    assert chain.Range().then(iter(many)) == one_by_one
    assert one_by_one.root == chain.tree_root(many)


@pytest.mark.parametrize(
    ("size", "hashes"),
    [
        (0, (LEAVES[0],)),
        (1, ()),
        (3, (LEAVES[0],)),
        (4, (LEAVES[0], LEAVES[1])),
        (-1, ()),
        (2**60, (LEAVES[0],)),
        (1, (LEAVES[0][:31],)),
        (1, (LEAVES[0].hex(),)),
        (1, [LEAVES[0]]),
        (True, (LEAVES[0],)),
        (1.0, (LEAVES[0],)),
    ],
)
def test_a_range_whose_hashes_do_not_fit_its_size_is_refused(size: Any, hashes: Any) -> None:
    with pytest.raises(ValueError, match=r"range|hashes"):
        chain.Range(size, hashes)


def test_a_leaf_that_is_no_hash_is_refused() -> None:
    for wrong in (b"", LEAVES[0] + b"\x00", LEAVES[0].hex(), None):
        with pytest.raises(ValueError, match="32 bytes"):
            chain.Range().then([LEAVES[0], wrong])  # type: ignore[list-item]


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_holds_and_none_that_was_altered(size: int) -> None:
    leaves, root = LEAVES[:size], root_of(0, size)
    subtree = chain.subtrees_over(leaves)
    for index in range(size):
        path = chain.inclusion_path(index, size, subtree)
        assert path == path_to(index, 0, size)
        assert chain.included(leaves[index], index, size, path, root)
        for other in damaged(path):
            assert not chain.included(leaves[index], index, size, other, root)
        for elsewhere in {index - 1, index + 1, index ^ 1, 0, size - 1, size, -1} - {index}:
            assert not chain.included(leaves[index], elsewhere, size, path, root)
        assert not chain.included(LEAVES[-2], index, size, path, root)
        assert not chain.included(leaves[index], index, size, path, root_of(0, size + 1))
    assert chain.inclusion_proof(size // 2, leaves) == path_to(size // 2, 0, size)


@pytest.mark.parametrize("second", SIZES)
def test_every_consistency_proof_holds_and_none_that_was_altered(second: int) -> None:
    subtree = chain.subtrees_over(LEAVES[:second])
    new = root_of(0, second)
    for first in range(1, second + 1):
        old = root_of(0, first)
        path = chain.consistency_path(first, second, subtree)
        assert path == subproof(first, 0, second, True)
        assert chain.extends(first, second, old, new, path)
        for other in damaged(path):
            assert not chain.extends(first, second, old, new, other)
        assert not chain.extends(first, second, LEAVES[-1], new, path)
        assert not chain.extends(first, second, old, LEAVES[-1], path)
        if first < second:
            assert not chain.extends(first, second, new, old, path)
            assert not chain.extends(second, first, new, old, path)
            assert not chain.extends(first + 1, second, old, new, path)
            assert not chain.extends(first - 1, second, old, new, path)
    assert chain.consistency_proof(second // 2, LEAVES[:second]) == (
        subproof(second // 2, 0, second, True) if second > 1 else []
    )


def test_a_tree_in_which_one_early_leaf_was_exchanged_extends_nothing_that_held_it() -> None:
    """The notary's case: the leaves of the last checkpoint are no longer those that the database shows."""
    forged = [*LEAVES[:5], sha256(b"forged").digest(), *LEAVES[6:40]]
    for first in range(1, 40):
        path = chain.consistency_proof(first, forged)
        held = chain.extends(first, 40, root_of(0, first), chain.tree_root(forged), path)
        assert held is (first <= 5)


def test_every_tree_extends_the_empty_one_with_an_empty_path() -> None:
    empty = chain.tree_root([])
    assert chain.consistency_proof(0, LEAVES[:9]) == chain.consistency_proof(0, []) == []
    assert chain.extends(0, 9, empty, root_of(0, 9), [])
    assert chain.extends(0, 0, empty, empty, [])
    assert not chain.extends(0, 0, empty, LEAVES[0], [])
    assert not chain.extends(0, 9, LEAVES[0], root_of(0, 9), [])
    assert not chain.extends(0, 9, empty, root_of(0, 9), [LEAVES[0]])


def test_a_proof_of_what_is_not_in_the_tree_cannot_be_made() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            chain.inclusion_proof(index, LEAVES[:size])
        with pytest.raises(ValueError, match="no such leaves"):
            chain.multiproof([index], size, chain.subtrees_over(LEAVES[:size]))
    with pytest.raises(ValueError, match="no such leaves"):
        chain.multiproof([], 5, chain.subtrees_over(LEAVES[:5]))
    for first in (6, -1):
        with pytest.raises(ValueError, match="does not extend"):
            chain.consistency_proof(first, LEAVES[:5])


def test_a_path_is_made_from_few_subtrees() -> None:
    """A site asks for each of them in its database."""
    asked: list[tuple[int, int]] = []
    whole = chain.subtrees_over(LEAVES[:600])

    def subtree(level: int, number: int) -> bytes:
        asked.append((level, number))
        return whole(level, number)

    for index in (0, 1, 255, 256, 511, 512, 599):
        asked.clear()
        chain.inclusion_path(index, 600, subtree)
        assert len(asked) <= 20
        asked.clear()
        chain.consistency_path(index, 600, subtree)
        assert len(asked) <= 20


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 100, 127, 128, 129, 600])
def test_one_proof_shows_many_leaves_and_nothing_else(size: int) -> None:
    dice = random.Random(size)
    subtree, root = chain.subtrees_over(LEAVES[:size]), root_of(0, size)
    for number in sorted({1, 2, 3, size // 2, size - 1, size} & set(range(1, size + 1))):
        for _ in range(6):
            wanted = sorted(dice.sample(range(size), number))
            leaves = {index: LEAVES[index] for index in wanted}
            proof = chain.multiproof(dice.sample(wanted, number), size, subtree)
            assert chain.included_all(leaves, size, proof, root)
            paths = [chain.inclusion_path(index, size, subtree) for index in wanted]
            assert len(proof) <= sum(map(len, paths))
            for other in damaged(proof):
                assert not chain.included_all(leaves, size, other, root)
            one = dice.choice(wanted)
            assert not chain.included_all(leaves | {one: sha256(b"forged").digest()}, size, proof, root)
            assert not chain.included_all(leaves, size, proof, root_of(0, size + 1))
            rest = {index: leaf for index, leaf in leaves.items() if index != one}
            assert not chain.included_all(rest, size, proof, root)
            assert not chain.included_all(rest | {size: leaves[one]}, size, proof, root)
            assert not chain.included_all(rest | {-1: leaves[one]}, size, proof, root)
            if number < size:
                free = dice.choice(sorted(set(range(size)) - set(wanted)))
                assert not chain.included_all(rest | {free: leaves[one]}, size, proof, root)
                assert not chain.included_all(leaves | {free: LEAVES[-1]}, size, proof, root)
            if number > 1:
                two = dice.choice(sorted(rest))
                assert not chain.included_all(leaves | {one: leaves[two], two: leaves[one]}, size, proof, root)


def test_a_proof_of_many_leaves_side_by_side_is_much_shorter_than_their_paths() -> None:
    subtree = chain.subtrees_over(LEAVES[:600])
    wanted = range(100, 400)
    paths = sum(len(chain.inclusion_path(index, 600, subtree)) for index in wanted)
    assert (len(chain.multiproof(wanted, 600, subtree)), paths) == (7, 3000)


HASH = LEAVES[0]
PATH = path_to(0, 0, 8)
NOT_PATHS: list[Any] = [None, 7, "path", b"path", HASH, {"path": HASH}, [None], ["aa" * 32], [HASH.hex()], [[HASH]]]


@pytest.mark.parametrize(
    "path", [*NOT_PATHS, [HASH] * 10_000, [*PATH, b""], [PATH[0][:31], *PATH[1:]], [bytearray(32)]]
)
def test_a_path_of_whatever_kind_is_answered_with_no(path: Any) -> None:
    assert chain.included(HASH, 0, 8, path, root_of(0, 8)) is False
    assert chain.extends(3, 8, root_of(0, 3), root_of(0, 8), path) is False
    assert chain.included_all({0: HASH}, 8, path, root_of(0, 8)) is False


@pytest.mark.parametrize("number", [-1, None, "0", 0.0, True, 2**53, 10**400, [0]])
def test_a_number_of_whatever_kind_is_answered_with_no(number: Any) -> None:
    root = root_of(0, 8)
    assert chain.included(HASH, number, 8, PATH, root) is False
    assert chain.included(HASH, 0, number, PATH, root) is False
    assert chain.extends(number, 8, root, root, []) is False
    assert chain.extends(8, number, root, root, []) is False
    assert chain.included_all({0: HASH}, number, PATH, root) is False
    if number != [0]:  # which is no key
        assert chain.included_all({0: HASH, number: LEAVES[1]}, 8, PATH[1:], root) is False


@pytest.mark.parametrize("value", [None, b"", HASH[:31], HASH + b"\0", HASH.hex(), 7])
def test_a_hash_of_whatever_kind_is_answered_with_no(value: Any) -> None:
    root = root_of(0, 8)
    assert chain.included(value, 0, 8, PATH, root) is False
    assert chain.included(HASH, 0, 8, PATH, value) is False
    assert chain.extends(8, 8, value, value, []) is False
    assert chain.extends(0, 8, value, root, []) is False
    assert chain.included_all({0: value}, 8, PATH, root) is False
    assert chain.included_all({0: HASH}, 8, PATH, value) is False


def test_no_leaf_at_all_is_not_a_pass() -> None:
    assert chain.included_all({}, 8, [root_of(0, 8)], root_of(0, 8)) is False
    assert chain.included_all({}, 0, [], chain.tree_root([])) is False


# --- the last leaf of each stream ------------------------------------------------------------------------------------


@pytest.mark.parametrize("streams", [1, 2, 3, 7, 8, 13, 130])
def test_ends_of_streams_are_the_tree_over_their_last_leaves_whenever_it_is_asked(streams: int) -> None:
    chance, ends, last = random.Random(streams), chain.Ends(), dict[str, bytes]()
    for leaf in LEAVES:
        stream = f"selection:{chance.randrange(streams)}"
        last[stream] = leaf
        ends.take(stream, leaf)
        if chance.random() < 0.2:
            assert ends.root == chain.tree_root(last.values())
    assert len(ends) == len(last)
    for place, (stream, leaf) in enumerate(last.items()):
        assert ends.place(stream) == place
        path = chain.inclusion_path(place, len(ends), ends.subtree)
        assert chain.included(leaf, place, len(ends), path, ends.root)
        assert not chain.included(LEAVES[0], place, len(ends), path, ends.root)
    assert ends.place("selection:x") is None


def test_no_stream_has_the_root_of_the_empty_tree() -> None:
    assert chain.Ends().root == chain.empty_root()
