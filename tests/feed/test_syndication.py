"""Atom, oEmbed, the sitemap and robots.txt: valid, conditional, and only what a visitor sees."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import TextField, Value
from django.test import Client

from accounts.models import User
from posts.models import Post
from tests.making import MakePost

SignIn = Callable[[User | None], Client]
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
pytestmark = pytest.mark.django_db


def entries(body: bytes) -> list[ElementTree.Element]:
    return ElementTree.fromstring(body).findall(f"{ATOM}entry")  # noqa: S314


def test_a_profile_as_atom(client: Client, owner: User, make_post: MakePost) -> None:
    post = make_post(owner, title="Fog <b>", caption="At sea & #harbour")
    make_post(owner, audience="followers", title="For few")
    answer = client.get("/@owner/atom.xml")
    assert answer["Content-Type"].startswith("application/atom+xml")
    (entry,) = entries(answer.content)
    assert entry.findtext(f"{ATOM}title") == "Fog <b>"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"http://localhost:8000{post.get_absolute_url()}"
    summary = entry.findtext(f"{ATOM}summary") or ""
    assert '<img src="http' in summary
    assert "At sea &amp; <a href=" in summary
    assert b"For few" not in answer.content


def test_what_xml_cannot_hold_is_left_out(client: Client, owner: User, make_post: MakePost) -> None:
    make_post(owner, title="Fog\x02\ufffe", caption="At\x0b sea\x01 #harbour")
    # As an older version kept it; the column itself cleans what is written now.
    older = Value("An\x1fn", output_field=TextField())
    User.objects.filter(pk=owner.pk).update(display_name=older)
    for page in ("/@owner/atom.xml", "/topics/harbour/atom.xml"):
        (entry,) = entries(client.get(page).content)
        assert entry.findtext(f"{ATOM}title") == "Fog"
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ann"
        assert "At sea " in (entry.findtext(f"{ATOM}summary") or "")


@pytest.mark.parametrize("month", ["0-1", "2026-0", "2026-13", f"{10**20}-1", f"2026-{10**20}"])
def test_a_month_that_is_none_never_was(client: Client, month: str) -> None:
    assert client.get(f"/sitemap-{month}.xml").status_code == 404


def test_unchanged_it_is_not_sent_again(client: Client, owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    tag = client.get("/@owner/atom.xml")["ETag"]
    assert client.get("/@owner/atom.xml", headers={"If-None-Match": tag}).status_code == 304
    Post.objects.filter(pk=post.pk).bump(title="New")
    assert client.get("/@owner/atom.xml", headers={"If-None-Match": tag}).status_code == 200


def test_a_topic_as_atom(client: Client, owner: User, make_post: MakePost) -> None:
    make_post(owner, caption="#sea")
    make_post(owner, caption="#secret", audience="self")
    assert len(entries(client.get("/topics/sea/atom.xml").content)) == 1
    assert (
        client.get("/topics/secret/atom.xml").content == client.get("/topics/no/atom.xml").content
    )


def test_a_private_account_has_no_feed(as_person: SignIn, owner: User, follower: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_private=True)
    for viewer in (None, follower, owner):
        assert as_person(viewer).get("/@owner/atom.xml").status_code == 404


def test_pages_name_their_feeds(client: Client, owner: User, make_post: MakePost) -> None:
    make_post(owner, caption="Look, #fog")
    page = '<link rel="alternate" type="application/atom+xml" title="{}" href="{}">'

    def on_one_line(address: str) -> str:
        return " ".join(client.get(address).content.decode().split())

    assert page.format("owner", "/@owner/atom.xml") in on_one_line("/@owner/")
    assert page.format("#fog", "/topics/fog/atom.xml") in on_one_line("/topics/fog/")
    User.objects.filter(pk=owner.pk).update(is_private=True)
    assert b"atom.xml" not in client.get("/@owner/").content


def test_oembed_shows_a_picture_that_fits(client: Client, owner: User, make_post: MakePost) -> None:
    post = make_post(owner, title="Fog")
    address = f"http://localhost:8000{post.get_absolute_url()}"
    told = client.get("/oembed", {"url": address, "maxwidth": "400"}).json()
    assert told["type"] == "photo"
    assert told["title"] == "Fog"
    assert told["author_url"] == "http://localhost:8000/@owner/"
    assert (told["width"], told["height"]) == (64, 48)
    assert told["url"].startswith("http")
    page = client.get(post.get_absolute_url()).content.decode()
    assert "application/json+oembed" in page


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://localhost:8000/",
        "http://localhost:8000/p/zzzz/",
        "https://elsewhere.example/p/{code}/",
        "//[",
        "http://localhost:8000/p/{code}/edit/",
    ],
)
def test_oembed_knows_nothing_else(
    client: Client, owner: User, make_post: MakePost, address: str
) -> None:
    post = make_post(owner)
    answer = client.get("/oembed", {"url": address.format(code=post.code)})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "begin",
    [
        "https://bücher.example",
        "https://xn--bcher-kva.example",
        "https://BÜCHER.EXAMPLE",
        "https://bücher.example:443",
        "http://bücher.example:80",
    ],
)
def test_oembed_knows_each_way_to_write_the_sites_name(
    client: Client, owner: User, make_post: MakePost, settings: Any, begin: str
) -> None:
    settings.SITE_URL = "https://xn--bcher-kva.example"
    path = make_post(owner).get_absolute_url()
    assert client.get("/oembed", {"url": f"{begin}{path}"}).status_code == 200
    for other in (
        "https://bucher.example",
        "https://bücher.example:444",
        "https://b\u00fccher..example",
    ):
        assert client.get("/oembed", {"url": f"{other}{path}"}).status_code == 404


def test_oembed_is_json_only(client: Client) -> None:
    assert client.get("/oembed?format=xml").status_code == 501


def test_the_sitemap_names_every_month_and_post(
    client: Client, owner: User, make_post: MakePost
) -> None:
    old, new = make_post(owner), make_post(owner)
    Post.objects.filter(pk=old.pk).update(published_at=datetime(2026, 9, 30, 23, 59, tzinfo=UTC))
    Post.objects.filter(pk=new.pk).update(published_at=datetime(2026, 11, 1, tzinfo=UTC))
    index = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314
    parts = [part.text or "" for part in index.iter(f"{MAP}loc")]
    assert [part.rpartition("/")[2] for part in parts] == [
        "sitemap-2026-9.xml",
        "sitemap-2026-10.xml",
        "sitemap-2026-11.xml",
    ]
    named = [client.get(f"/{part.rpartition('/')[2]}").content.decode() for part in parts]
    assert old.code in named[0]
    assert "<url>" not in named[1]
    assert new.code in named[2]
    assert client.get("/sitemap-2026-13.xml").status_code == 404
    assert client.get("/sitemap-0-1.xml").status_code == 404


def test_robots_are_told_where_the_sitemap_is(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /media/" in text
    assert "Sitemap: http://localhost:8000/sitemap.xml" in text
