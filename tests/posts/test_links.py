"""Web addresses in a text: what belongs to them, and that none is other than it looks."""

import re
from html import unescape

import pytest
from linkify_it import LinkifyIt

from posts.text.captions import to_html
from tests.posts.test_scripts import growth

ANCHOR = re.compile(r'<a href="([^"]*)" rel="nofollow noopener ugc"( dir="ltr")?>(.*?)</a>')
E = "https://example.org"


def linked(text: str) -> list[str]:
    """Where the links of a text lead; every character of the text is still there."""
    made = to_html(text)
    shown = unescape(re.sub(r"<[^>]*>", "", made))
    assert shown.replace("https://", "").replace("http://", "") == (
        text.replace("https://", "").replace("http://", "")
    )
    return [unescape(href) for href, _direction, _shown in ANCHOR.findall(made)]


@pytest.mark.parametrize(
    "address",
    [
        "https://en.wikipedia.org/wiki/Apple_(Apple)",
        "https://en.wikipedia.org/wiki/A_(b)_(c)",
        "https://en.wikipedia.org/wiki/A_(b_(c))",
        f"{E}/[a]/(b)",
        "https://ja.wikipedia.org/wiki/水（曖昧さ回避）",
        "https://ja.wikipedia.org/wiki/スター・ウォーズ",
        f"{E}/a_(b)?c=(d)#e_(f)",
        f"{E}/a,b;c:d.e!f?g=h'i",
        f"{E}:8080/a",
        "http://localhost:8000/a",
        "http://192.168.0.1/a",
        "https://[2001:db8::1]/a",
        "https://a.b--c.example/",
        "https://a_b.example.org/",
        "https://пример.рф/путь",
        "http://例子.测试",
        "https://مثال.إختبار/صفحة",
        "https://bücher.example/ü",
        "https://fa.wikipedia.org/wiki/می\u200cخواهم",
        f"{E}/@june/#top",
        "https://web.archive.org/web/2020/https://example.org/",
    ],
)
def test_an_address_is_whole(address: str) -> None:
    for before, after in [
        ("", ""),
        ("(", ")"),
        ("「", "」。"),
        ("（", "）"),
        ("«", "»"),
        ("“", "”,"),
        ("<", ">"),
        ('"', '".'),
        ("見て ", "。次"),
        ("", "、次"),
        ("", "؟"),
        ("", "، ثم"),
        ("", "।"),
        ("", "…"),
        ("", "?!"),
        ("[", "](x)"),
        ("", "\u202egnp"),
        ("", "\u200b"),
        ("\u2067", "\u2069"),
        ("", " —"),
    ]:
        assert linked(before + address + after) == [address], (before, after)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{E}/a(b", [f"{E}/a(b"]),
        (f"{E}/a)b", [f"{E}/a"]),
        (f"{E}/a]b", [f"{E}/a"]),
        (f"{E}/(a]b", [f"{E}/(a"]),
        (f"{E}/a(", [f"{E}/a"]),
        (f"{E}を見て", [E]),
        (f"今日{E}/aを", [f"{E}/aを"]),
        (f"{E},{E}/b", [E, f"{E}/b"]),
        (f"{E}: see", [E]),
        ("HTTPS://Example.org/A", ["HTTPS://Example.org/A"]),
        ("see www.example.org.", ["https://www.example.org"]),
        ("www.example.org/a_(b)", ["https://www.example.org/a_(b)"]),
        ("www.example and www.. and wwww.example.org", []),
        ("Yes.No example.org me@www.example.org", []),
        ("xhttps://example.org", []),
        ("https:// https://. https:///a http://?", []),
        ("javascript:alert(1) data:text/html,x vbscript:x ftp://x.org", []),
        ("https://javascript:alert(1)", []),
        (f"{E}/" + "x" * 2_100, []),
    ],
)
def test_where_an_address_begins_and_ends(text: str, found: list[str]) -> None:
    made = ANCHOR.findall(to_html(text))
    assert [unescape(href) for href, _direction, _shown in made] == found


@pytest.mark.parametrize(
    "text",
    [
        "https://paypal.com@evil.example/",
        "https://paypal.com:443@evil.example/",
        "https://user:word@evil.example",
        "https://a,b@evil.example",
        "www.paypal.com@evil.example",
        "https://＠evil.example",
    ],
)
def test_a_name_before_the_host_is_no_link(text: str) -> None:
    assert "<a" not in to_html(text, [])


@pytest.mark.parametrize("control", "\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069\u061c")
def test_no_direction_character_hides_in_a_link(control: str) -> None:
    made = to_html(f"{E}/a{control}b {E}{control}/c {control}{E}/d")
    for href, _direction, shown in ANCHOR.findall(made):
        assert control not in href + shown
        assert href == f"https://{shown}"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("аррӏе.com", "xn--80ak6aa92e.com"),
        ("аpple.com", "xn--pple-43d.com"),
        ("gοοgle.com", "xn--ggle-0nda.com"),
        ("www.раураl.com", "www.xn--l-7sba6dbr.com"),
        ("пример.рф", "пример.рф"),
        ("москва.com", "москва.com"),
        ("bücher.example", "bücher.example"),
        ("日本語とabc.jp", "日本語とabc.jp"),
        ("ɢoogle.com", "xn--oogle-wmc.com"),
        ("\u0251pple.com", "xn--pple-p5b.com"),
        ("ｐａｙｐａｌ.com", "paypal.com"),
        ("\u217dom.example", "com.example"),
        ("𝗯ank.example", "bank.example"),
        # One letter that would become a stroke: no browser goes there.
        ("bank℀.example", "bank℀.example"),
        ("ışık.example", "ışık.example"),
    ],
)
def test_a_host_in_borrowed_letters_is_shown_in_code(host: str, shown: str) -> None:
    ((href, _direction, seen),) = ANCHOR.findall(to_html(f"https://{host}/a"))
    assert (href, seen) == (f"https://{host}/a", f"{shown}/a")


@pytest.mark.parametrize("text", ["https://https://example.org/", "http://https://example.org"])
def test_an_address_that_begins_twice_is_none(text: str) -> None:
    assert to_html(text) == text


def test_an_address_in_a_script_from_right_to_left_is_read_from_left_to_right() -> None:
    assert ' dir="ltr">example.org/שלום/1</a>' in to_html("ראו https://example.org/שלום/1!")
    assert 'dir="ltr"' not in to_html("ראו https://example.org/1!")


# Texts of our own, in which a well-known library is to find the same addresses.
COMPARED = [
    f"See {E}/a_(b), or ({E}/c).",
    f"{E}/a?b=c&d=e#f; {E}/g!",
    f"\"{E}/a\" and '{E}/b'",
    f"{E}/a... {E}/b! {E}/c,",
    f"({E}/a_(b_c)) [{E}/d] <{E}/e>",
    "http://пример.рф/путь http://例子.测试 http://✪df.ws/123",
    "http://a.b--c.de/ http://142.42.1.1:8080/ http://j.mp",
    f"{E}/a/b/c?d[]=e&f[g]=h {E}/%C3%BC {E}/~a/+b/*c",
    "http://localhost:3000/a http://x-y.example.org/_",
    "https:// http://. http://? nothing http://",
    f"{E}/a—b {E}/c-d- {E}/e=",
]


@pytest.mark.parametrize("text", COMPARED)
def test_a_library_finds_the_same(text: str) -> None:
    peer = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    assert linked(text) == [match.url for match in peer.match(text) or []]


HARD = {
    "starts": "https://" * 500,
    "hosts": "https://a@" * 400,
    "opened": "https://a.b/(" * 307,
    "brackets": "https://a.b/" + "(" * 3988,
    "pairs": "https://a.b/" + "()" * 1994,
    "dots": "https://" + "a." * 1996,
    "stops": "https://a.b/。" * 307,
    "endings": "https://a.b/" + "!" * 3988,
    "endings within": "https://a.b/" + "!" * 3987 + "x",
    "long ones": ("https://a.b/#" + "x" * 50) * 63,
    "www": "www.a." * 666,
    "joiners": "https://a.b/" + "क\u200d" * 1994,
    "next words": "https://a.com" + "を" * 3987,
    "ports": "https://a:1" * 363,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_no_text_takes_long(text: str) -> None:
    assert growth(to_html, text) < 3.5
