"""Search in the scripts of the world: the same on both databases, and after an upgrade."""

import unicodedata
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from accounts.models import User
from feed.search import fulltext, indexing
from feed.search.words import runs_of, words_of
from posts.models import Photo, Post, PostTopic, Topic
from tests.feed.test_search import found, post_of
from tests.making import MakePost

pytestmark = pytest.mark.django_db


def nfd(text: str) -> str:
    """The text with every mark apart."""
    return unicodedata.normalize("NFD", text)


# What stands in a caption, what finds it, and what must not.
SEARCHES = {
    "Hindi": ("आज हिन्दी दिवस", ["हिन्दी", "हिन्", "दिवस आज"], ["हनद", "हाथ", "न्दी"]),
    "Hindi with a joiner": ("न्\u200dयूज", ["न्यूज", "न्\u200dयूज"], ["नयूज"]),
    "Malayalam": ("മലയാളം കവിത", ["മലയാളം", "മലയാ"], ["മലയളം", "മലു"]),
    "Thai": ("ฉันรักภาษาไทยมาก", ["ภาษาไทย", "รัก", "ไทยมาก"], ["ไทยภาษา", "ภาษี"]),
    "Lao": ("ຂ້ອຍຮັກພາສາລາວ", ["ພາສາ", "ລາວ"], ["ລາວພາສາ"]),
    "Khmer": ("ខ្ញុំស្រលាញ់ភាសា\u200bខ្មែរ", ["ភាសាខ្មែរ", "ខ្មែរ", "ភាសា\u200bខ្មែរ"], ["ខ្មែរភាសា"]),
    "Burmese": ("မြန်မာဘာသာ", ["မြန်မာ", "ဘာသာ"], ["ဘာသာမြန်မာ"]),
    "Chinese": ("我在北京大学", ["北京", "京大", "北京大学", "京"], ["北大", "京北"]),
    "Japanese": (
        "東京のガラス、ﾀﾜｰ",
        ["ガラス", "ｶﾞﾗｽ", "タワー", nfd("ガラス"), "東"],
        ["カラス", "京東"],
    ),
    "Japanese with shapes of its signs": (
        "葛\U000e0100城と渡邉\U000e0101さん",
        ["葛城", "葛\U000e0101城", "渡邉さん", "邉さ"],
        ["城葛"],
    ),
    "Mongolian": ("ᠮᠣᠩ\u180bᠭᠣᠯ ᠬᠡᠯᠡ", ["ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩ\u180cᠭᠣᠯ", "ᠮᠣᠩᠭ"], ["ᠭᠣᠯ"]),
    "Korean": ("서울의 바다", ["서울", "바다", nfd("서울"), "울의"], ["울서", "서울바"]),
    "Korean in NFD": (nfd("서울의 바다"), ["서울", nfd("바다")], ["바서"]),
    "Hebrew": ("שָׁלוֹם עולם", ["שלום", "שָׁלוֹם", "עולם של"], ["לום"]),
    "Arabic": ("مُحَمَّد أحمد مــرحبا", ["محمد", "احمد", "مرحبا", "أحمد"], ["حمد"]),
    "Persian": ("می\u200cخواهم کتاب", ["میخواهم", "می\u200cخواهم", "كتاب"], ["خواهم"]),
    "Vietnamese": (
        nfd("Tiếng Việt ở Đà Nẵng"),
        ["tiếng việt", "tieng viet", "da nang", "Đà"],
        ["iet"],
    ),
    "French": (nfd("l’été à Orléans"), ["été", "ete", nfd("orléans"), "l'été"], ["leans"]),
    "Turkish": (
        "İstanbul’da ışık",
        ["istanbul", "ISTANBUL", "İstanbul", "isik", "IŞIK"],
        ["stanbul"],
    ),
    "German": ("Große Straße", ["grosse", "GROẞE", "strasse", "straße"], ["rosse"]),
    "full width": ("Ｎｅｗ Ｙｏｒｋ　２０２６", ["new york", "2026", "ｙｏｒｋ"], ["ork"]),
    "mixed": (
        "צילום #sea بحر photo東京abc",
        ["بحر", "צילום", "photo", "東京", "abc", "#sea"],
        ["hoto"],
    ),
}


@pytest.mark.parametrize("script", SEARCHES)
def test_words_are_found_whole_and_by_their_beginnings(
    client: Client, owner: User, script: str
) -> None:
    text, good, bad = SEARCHES[script]
    post = post_of(owner, text)
    post_of(owner, "Something else")
    for query in good:
        assert found(client, query) == [post.code], query
    for query in bad:
        assert found(client, query) == [], query


def test_marks_are_letters_where_no_word_goes_without_them() -> None:
    assert runs_of("हिन्दी मലയ") == [["हिन्दी"], ["मലയ"]]
    assert runs_of("ก็ไม่") == [["ก็", "ไ", "ม่"]]
    assert words_of("ё Ё й ά ñ") == "е е и α n"
    assert words_of("a\u200bb\u00adc\u2060d\tе") == "a bcd е"


@pytest.mark.parametrize("letter", ["ก", "京", "한", "က", "a", "ह"])
def test_any_number_of_marks_upon_a_letter_is_one_short_word(
    client: Client, owner: User, letter: str
) -> None:
    post = post_of(owner, letter + "\u0e49" * 3_000)
    assert found(client, letter) == [post.code]
    assert found(client, letter + "\u0e49" * 150) == [post.code]
    # As PostgreSQL refuses one: in UTF-8.
    assert max(len(word.encode()) for word in words_of(post.caption).split()) <= 240


def test_quotes_and_strokes_of_a_query_are_only_signs(client: Client, owner: User) -> None:
    post = post_of(owner, "it's \\a 'b' c:d")
    for query in ("it's", "\\a", "'b'", "c:d", "b & c", "a | b", "!c"):
        assert found(client, query) in ([post.code], []), query
    assert found(client, "it's") == [post.code]


@pytest.mark.parametrize("sign", ["#", "＃", "﹟"])
def test_topics_of_every_script_by_their_beginning(
    client: Client, owner: User, make_post: MakePost, sign: str
) -> None:
    make_post(owner, caption="#हिन्दी #ภาษาไทย #sea🌊 今日は＃東京タワー。 #été")
    queries = ("हिन्", "ภาษา", "sea", "東京", nfd("ÉT"))
    names = ("हिन्दी", "ภาษาไทย", "sea🌊", "東京タワー", "été")
    for query, name in zip(queries, names, strict=True):
        page = client.get("/search/", {"q": sign + query, "in": "topics"}).content.decode()
        assert f"#{name}" in page, query
        assert len(found(client, f"topic:{sign}{name}")) == 1
    assert found(client, "topic:2026") == []


def migrate(name: str, function: str) -> None:
    """What a migration does with the rows there are."""
    room, _dot, file = name.partition(".")
    step = getattr(import_module(f"{room}.migrations.{file}"), function)
    # Not entered: on SQLite that is not for within a transaction, and nothing of it is needed.
    step(apps, connection.schema_editor())


def test_an_upgrade_reads_every_text_again(
    client: Client, owner: User, make_post: MakePost
) -> None:
    posts = [make_post(owner, caption=f"हिन्दी {number}") for number in range(3)]
    Photo.objects.filter(post=posts[0]).update(alt_text="ภาษาไทย")
    User.objects.filter(pk=owner.pk).update(display_name="Đặng")
    with connection.cursor() as cursor:
        for table in (fulltext.POSTS, fulltext.PEOPLE):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    assert found(client, "हिन्दी") == []
    for _again in range(2):
        migrate("feed.0004_words_of_every_script", "write_anew")
    assert found(client, "हिन्दी") == [post.code for post in reversed(posts)]
    assert found(client, "ไทย") == [posts[0].code]
    assert b"@owner" in client.get("/search/?q=dang&in=people").content
    indexing.index_post(posts[0].pk)
    assert len(found(client, "हिन्दी")) == 3


def test_an_upgrade_finds_the_topics_that_were_cut(
    client: Client, owner: User, make_post: MakePost, django_assert_max_num_queries: Any
) -> None:
    post = make_post(owner, caption="#हिन्दी 今日は＃東京。 #sea")
    plain = make_post(owner, caption="nothing")
    PostTopic.objects.filter(post=post).exclude(topic__name="sea").delete()
    cut = Topic.objects.create(name="ह")
    PostTopic.objects.create(post=post, topic=cut, published_at=post.published_at)
    for _again in range(2):
        with django_assert_max_num_queries(12):
            migrate("posts.0011_topics_of_every_script", "read_again")
    names = PostTopic.objects.filter(post=post).values_list("topic__name", flat=True)
    assert sorted(names) == ["sea", "हिन्दी", "東京"]
    assert not PostTopic.objects.filter(post=plain).exists()
    kept = PostTopic.objects.get(post=post, topic__name="東京")
    assert kept.published_at == Post.objects.get(pk=post.pk).published_at
    assert client.get("/topics/東京/").status_code == 200
