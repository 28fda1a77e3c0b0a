"""Captions: what they mention, and their one way into HTML."""

import html
import re

import pytest

from posts.text.captions import mentions_in, to_html, topics_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#Sea and #sky", ["sea", "sky"]),
        ("#sea #SEA #Sea", ["sea"]),
        ("#straße", ["strasse"]),
        ("#東京 #Ελλάδα #été", ["東京", "ελλάδα", "été"]),
        ("#1 #2024 #365days", ["365days"]),
        ("a#b /#c ##d &#39; #", []),
        ("(#sea), #sky!", ["sea", "sky"]),
        ("#" + "x" * 60, ["x" * 50]),
        ("https://example.org/#part", []),
    ],
)
def test_topics(text: str, found: list[str]) -> None:
    assert topics_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@june and @Leo.", ["june", "leo"]),
        ("@june @JUNE", ["june"]),
        ("me@example.org", []),
        ("@june@example.social", []),
        ("https://example.org/@june", []),
        ("(@june_b), @a.b.c!", ["june_b", "a.b.c"]),
        ("@ab", []),
        ("@münchen", []),
    ],
)
def test_mentions(text: str, found: list[str]) -> None:
    assert mentions_in(text) == found


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "#topic<script>",
    '#topic"onclick="x',
    "@june<script>",
    'https://example.org/"onclick="x',
    "https://example.org/<script>alert(1)</script>",
    "https://example.org/'onclick='x",
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1) data:text/html,<b>",
    "&lt;script&gt; &amp; &#60;",
    "\u202e<b>\u0000</b>",
    "https://https://javascript:alert(1)//",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_becomes_markup(text: str) -> None:
    typed = f"before {text} #sea {text} after"
    made = to_html(typed)
    tags = re.findall(r"<[^>]*>", made)
    for tag in tags:
        assert tag == "</a>" or re.fullmatch(
            r'<a href="(/topics/[^"]+/|/@[a-z0-9_.]+/|https?://[^"<>]+)"( rel="[a-z ]+")?>', tag
        ), tag
    assert html.unescape(re.sub(r"</?a[^>]*>", "", made)).replace("https://", "") == (
        typed.replace("https://", "")
    ), "every character is still there"


@pytest.mark.parametrize("end", [".", ",", "!", "?", ")", ").", "…)"[1:], ";", ":"])
def test_an_address_ends_before_the_full_stop(end: str) -> None:
    made = to_html(f"see https://example.org/a?b=1&c=2{end} and")
    assert 'href="https://example.org/a?b=1&amp;c=2"' in made
    assert f"</a>{end} and" in made


def test_addresses_promise_nothing_to_those_they_lead_to() -> None:
    made = to_html("http://example.org")
    assert made == ('<a href="http://example.org" rel="nofollow noopener ugc">example.org</a>')


def test_topics_and_mentions_become_links_inside_the_site() -> None:
    made = to_html("#Été by @june", ["june"])
    assert made == ('<a href="/topics/%C3%A9t%C3%A9/">#Été</a> by <a href="/@june/">@june</a>')


def test_a_mention_of_nobody_stays_text() -> None:
    assert to_html("by @june and @nobody", ["june"]) == (
        'by <a href="/@june/">@june</a> and @nobody'
    )
    assert to_html("#1 is no topic") == "#1 is no topic"


def test_line_breaks_are_left_as_they_are() -> None:
    assert to_html("one\ntwo") == "one\ntwo"
