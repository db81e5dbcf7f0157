"""Names in order of strokes."""

import pytest

from selection.register import strokes

# Numbers of strokes: 丁 2, 习 3, 马 3, 王 4, 尹 4, 石 5, 刘 6, 李 7, 何 7, 张 7, 陈 7, 赵 9, 袁 10, 黄 11, 蔡 14.
# Where the number is the same the kinds of the strokes decide, 一丨丿丶乛, as in published lists of committees.
SURNAMES = ["丁", "习", "马", "王", "尹", "石", "刘", "李", "何", "张", "陈", "赵", "袁", "黄", "蔡"]


def test_surnames_stand_as_published_lists_have_them() -> None:
    assert sorted(set(SURNAMES), key=lambda surname: strokes.key(f"{surname}示一")) == SURNAMES


def test_single_given_names_come_first_within_a_surname() -> None:
    # 一 has one stroke and 瀚 nineteen: without the rule 王示一 would stand before 王瀚
    assert sorted(["王示一", "王瀚", "王一示"], key=strokes.key) == ["王瀚", "王一示", "王示一"]


def test_surname_decides_before_the_single_given_name() -> None:
    assert sorted(["赵示", "丁示一"], key=strokes.key) == ["丁示一", "赵示"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("欧阳示一", ("欧阳", "示一")),
        ("欧阳示", ("欧阳", "示")),
        ("欧阳", ("欧", "阳")),  # two characters: a surname of one and a given name
        ("赵示一", ("赵", "示一")),
        ("", ("", "")),
        ("阿示·买例", ("阿", "示买例")),
    ],
)
def test_split(name: str, parts: tuple[str, str]) -> None:
    assert strokes.split(name) == parts


def test_compound_surname_with_one_given_character_counts_as_single() -> None:
    assert sorted(["欧阳一丁", "欧阳瀚"], key=strokes.key) == ["欧阳瀚", "欧阳一丁"]


def test_rare_characters_have_their_place_and_unknown_ones_come_last() -> None:
    names = ["王示喆", "王示堃", "王示昇", "王示镕"]
    assert sorted(names, key=strokes.key) == ["王示昇", "王示堃", "王示喆", "王示镕"]  # 8, 11, 12, 15 strokes
    assert sorted(["\U00030f54示", "龘示", "一示"], key=strokes.key) == ["一示", "龘示", "\U00030f54示"]


def test_key_of_the_longest_name_fits_its_column() -> None:
    from selection.register.models import Person

    longest = "\U00030f54" * Person._meta.get_field("name").max_length
    assert len(strokes.key(longest)) <= Person._meta.get_field("stroke_key").max_length
    assert strokes.key(longest).isascii()


def test_two_names_never_share_a_key() -> None:
    names = {f"{surname}{given}" for surname in [*SURNAMES, "欧", "欧阳"] for given in ("示", "示一", "阳示", "一示")}
    assert len({strokes.key(name) for name in names}) == len(names)
