"""Topics and mentions in the scripts of the world: whole words, and one topic for one word."""

import time
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from posts.text.captions import mentions_in, to_html, topics_in
from posts.text.tags import topic_name
from tests.making import MakePost

# A word as it is typed after the sign, and what its topic is called.
WORDS = {
    "Hindi": ("हिन्दी", "हिन्दी"),
    "Hindi with a joiner": ("न्\u200dयूज", "न्\u200dयूज"),
    "Malayalam": ("മലയാളം", "മലയാളം"),
    "Malayalam, an older spelling": ("അവന്\u200d", "അവന്\u200d"),
    "Tamil": ("தமிழ்", "தமிழ்"),
    "Bengali": ("বাংলা", "বাংলা"),
    "Thai": ("ภาษาไทย", "ภาษาไทย"),
    "Lao": ("ພາສາລາວ", "ພາສາລາວ"),
    "Khmer": ("ខ្មែរ", "ខ្មែរ"),
    "Burmese": ("မြန်မာ", "မြန်မာ"),
    "Tibetan": ("བོད་ཡིག", "བོད་ཡིག"),
    "Hebrew with points": ("שָׁלוֹם", unicodedata.normalize("NFKC", "שָׁלוֹם")),
    "Hebrew, an abbreviation": ("צה״ל", "צה״ל"),
    "Persian": ("می\u200cخواهم", "می\u200cخواهم"),
    "Arabic with points": ("مُحَمَّد", unicodedata.normalize("NFKC", "مُحَمَّد")),
    "Arabic, lengthened": ("مــرحبا", "مرحبا"),
    "Korean": ("한국어", "한국어"),
    "Korean in NFD": (unicodedata.normalize("NFD", "한국어"), "한국어"),
    "Japanese": ("東京タワー", "東京タワー"),
    "Japanese in half width": ("ｶﾞﾗｽ", "ガラス"),
    "Vietnamese in NFD": (unicodedata.normalize("NFD", "Việt"), "việt"),
    "French in NFD": (unicodedata.normalize("NFD", "été"), "été"),
    "Turkish": ("İstanbul", "istanbul"),
    "German": ("STRAẞE", "strasse"),
    "German with a soft hyphen": ("Schiff\u00adfahrt", "schifffahrt"),
    "Catalan": ("col·lecció", "col·lecció"),
    "Greek": ("ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"),
    "Latin in full width": ("Ｎｅｗ２", "new2"),
    "a sign beyond the first plane": ("𠮷野家", "𠮷野家"),
    "an emoji": ("🌊", "🌊"),
    "emoji in a word": ("sea🌊day", "sea🌊day"),
    "a family": ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
    "a colour of skin": ("👍🏽", "👍🏽"),
    "a heart": ("love❤\ufe0f", "love❤\ufe0f"),
    "flags": ("🇩🇪🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",) * 2,
}
ENDS = ["", " ", "\n", *".!/-':|", *"。、・｡！？：」）", *"،؟।॥…’»״"]
ENDS += ["\u202e", "\u200b", "\u2066", "\u200d", "\u200f"]


@pytest.mark.parametrize("script", WORDS)
@pytest.mark.parametrize("sign", ["#", "＃", "﹟"])
def test_a_topic_is_the_whole_word(script: str, sign: str) -> None:
    word, name = WORDS[script]
    for end in ENDS:
        assert topics_in(f"{sign}{word}{end}") == [name], ascii(end)
    assert topics_in(f"{sign}{word} {sign}{unicodedata.normalize('NFC', word)}") == [name]
    assert topic_name(name) == name
    assert f">{sign}{word}</a>" in to_html(f"{sign}{word}。")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("今日は#東京。", ["東京"]),
        ("今日は＃東京に行く", ["東京に行く"]),
        ("사진#서울", ["서울"]),
        ("ภาพ#ทะเล", ["ทะเล"]),
        ("រូប#សមុទ្រ", ["សមុទ្រ"]),
        ("#東京#大阪", ["東京", "大阪"]),
        ("#東京・#大阪", ["東京", "大阪"]),
        ("हिन्दी#समुद्र", []),
        ("e\u0301#sea", []),
        ("x\u200d#sea", []),
        ("#१२३ #１２３ #²", []),
        ("#1️⃣ #️⃣", []),
        ("#½ #m²", ["m2"]),
        ("#\u3164 #\u200b #\u034f", []),
        ("#sea™ #☀", ["sea"]),
        ("שלום #ים, see #sea!", ["ים", "sea"]),
    ],
)
def test_where_a_topic_begins(text: str, found: list[str]) -> None:
    assert topics_in(text) == found


@pytest.mark.parametrize("word", ["l\u200c\u0301", "İ\u0301", "i\u0307\u0301", "a\u00ad\u0323"])
def test_a_topic_keeps_its_name_when_its_page_is_asked_for(word: str) -> None:
    (name,) = topics_in(f"#{word}")
    assert topic_name(name) == name == unicodedata.normalize("NFC", name)


def test_a_long_word_is_never_cut_within_a_character() -> None:
    name = topic_name("नि" * 40)
    assert name == "नि" * 25
    assert topic_name("a" * 48 + "👩\u200d👩\u200d👧") == "a" * 48


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("今日は@juneさんと", ["june"]),
        ("＠june。", ["june"]),
        ("﹫ｊｕｎｅ、", ["june"]),
        ("写真＠june・＠leo_b", ["june", "leo_b"]),
        ("ภาพ@juneครับ", ["june"]),
        ("친구@june와", ["june"]),
        ("привет@june", []),
        ("@juneпривет", []),
        ("x\u0301@june", []),
        ("@june\u0301", []),
        ("@june؟ @leo॥", ["june", "leo"]),
        ("me＠example.org", []),
        ("@june＠example.social", []),
        ("@ſun", []),
    ],
)
def test_mentions_beside_other_scripts(text: str, found: list[str]) -> None:
    assert mentions_in(text) == found


@pytest.mark.django_db
@pytest.mark.parametrize("script", ["Hindi", "Persian", "Korean in NFD", "French in NFD"])
def test_every_spelling_of_an_address_is_the_same_page(
    client: Client, owner: User, make_post: MakePost, script: str
) -> None:
    word, name = WORDS[script]
    post = make_post(owner, caption=f"今日は＃{word}。")
    forms: list[Callable[[str], str]] = [
        lambda text: text,
        lambda text: unicodedata.normalize("NFD", text),
        str.upper,
    ]
    for form in forms:
        for spelling in (word, name):
            address = f"/topics/{quote(form(spelling))}/"
            assert post.code in client.get(address).content.decode(), address
            assert post.code in client.get(f"{address}atom.xml").content.decode()


HARD = {
    "signs": "#" * 4000,
    "topics": "#a" * 2000,
    "one word": "#" + "a" * 3999,
    "joiners": "#" + "क\u200d" * 1999,
    "marks": "#a" + "\u0301" * 3998,
    "emoji": "#" + "👩\u200d" * 1999,
    "flags": "🏴" * 4000,
    "names": "@a" * 2000,
    "dots": "@" + "a." * 1999,
    "jamo": "ᄀ" * 4000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_no_text_takes_long(text: str) -> None:
    """Double the length takes about twice the time, and never four times as with nested loops."""
    assert growth(to_html, text) < 3.5


def growth(read: Callable[[str], object], text: str) -> float:
    """How many times longer the double text takes; the best of a few tries of each."""

    def seconds(of: str) -> float:
        tries = []
        for _each in range(5):
            begun = time.process_time()
            read(of)
            tries.append(time.process_time() - begun)
        return min(tries)

    # Whatever is this quick is quick enough, and too quick to compare.
    return seconds(text * 8) / max(seconds(text * 4), 0.004)
