"""Words that are held back: whole ones, in any script, however they are dressed."""

import pytest

from posts.commenting.word_filter import holds_back, words_of

FILTER = "ass\nBuy Now\n  \nSTRASSE\nпривет\nשלום\n垃圾\nनमक\ncafé\nass"  # noqa: RUF001


def test_a_filter_is_read_line_by_line() -> None:
    assert words_of(FILTER)[:3] == ["ass", "buy now", "strasse"]
    assert words_of(" \n\u200b\n") == []


@pytest.mark.parametrize(
    "text",
    ["ass", "An ASS!", "#ass", "@ass", "(ass)", "so_ass_so", "a\u200bss", "ass", "x ass",
     "buy  now", "BUY\nNOW.", "Straße", "ПРИВЕТ, друг", "שלום!", "这是垃圾广告", "नमक है",
     "cafe\u0301", "glass, but ass",
     "a\ufe0fss", "as\u034fs", "a\u3164ss", "a\U000e0101ss",
     "a\x01ss", "a\x7fss", "a\x1css", "buy\nnow"],
)  # fmt: skip
def test_it_is_found(text: str) -> None:
    assert holds_back(text, words_of(FILTER))


@pytest.mark.parametrize(
    "text",
    ["", "glass", "assess", "ass1", "buy it now", "nowbuy now1", "Strassen", "приветик",
     "垃 圾", "नमकीन", "cafe", "cafés"],
)  # fmt: skip
def test_a_part_of_a_word_is_none(text: str) -> None:
    assert not holds_back(text, words_of(FILTER))
