"""Outside the site's own pages every link is whole: in feeds, mail, previews and answers."""

import json
import re
import xml.etree.ElementTree as ElementTree
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.social import follows
from notifications import mailing
from notifications.kinds import Kind
from notifications.models import Preferences
from posts import likes
from posts.commenting import comments
from tests.making import MakePost
from tests.notifications.conftest import confirm_address, happen

pytestmark = pytest.mark.django_db
WHOLE = re.compile(r"(https?://|mailto:)[^\s/]+")
ADDRESSES = {"href", "src", "url", "uri", "action", "poster", "data", "srcset", "id"}
WORDS = "Fog & #harbour, @friend at www.example.org/a, https://example.org/(b)! #海"


class Links(HTMLParser):
    """The addresses of a piece of HTML, by the attributes that hold one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.found += [value or "" for name, value in attributes if name in ADDRESSES - {"id"}]
        if "srcset" in named:
            self.found.pop()
            self.found += [part.split()[0] for part in (named["srcset"] or "").split(",")]
        if str(named.get("property", "")) in ("og:url", "og:image"):
            self.found.append(named.get("content") or "")


def links_of_xml(body: bytes) -> list[str]:
    """Every address of an XML file: its own, and those of the HTML that it holds."""
    found = []
    for element in ElementTree.fromstring(body).iter():  # noqa: S314
        found += [value for name, value in element.attrib.items() if name in ADDRESSES]
        tag = element.tag.rpartition("}")[2]
        if tag in ("id", "uri", "loc", "logo", "icon"):
            found.append(element.text or "")
        elif element.text and "<" in element.text:
            found += Links(element.text).found
    return found


def are_whole(links: list[str], least: int) -> None:
    """Fails unless there are so many, all of them whole."""
    assert len(links) >= least, links
    assert [link for link in links if not WHOLE.match(link)] == []


@pytest.fixture
def post(owner: User, friend: User, make_post: MakePost) -> Any:
    return make_post(owner, title="Fog", caption=WORDS)


@pytest.mark.parametrize(
    ("address", "least"),
    [
        ("/@owner/atom.xml", 10),
        ("/topics/harbour/atom.xml", 10),
        ("/topics/海/atom.xml", 10),
        ("/sitemap.xml", 1),
    ],
)
def test_feeds(client: Client, post: Any, address: str, least: int) -> None:
    body = client.get(address).content
    are_whole(links_of_xml(body), least)
    if "atom" in address:
        assert f"{settings.SITE_URL}/topics/harbour/" in unescape(body.decode())
        assert f"{settings.SITE_URL}/@friend/" in unescape(body.decode())


def test_the_months_of_the_sitemap(client: Client, post: Any) -> None:
    (month,) = links_of_xml(client.get("/sitemap.xml").content)
    are_whole(links_of_xml(client.get(month.removeprefix(settings.SITE_URL)).content), 1)


def test_what_a_page_tells_other_sites(client: Client, post: Any) -> None:
    head = client.get(post.get_absolute_url()).content.decode().partition("</head>")[0]
    told = re.findall(r"<(?:meta property=|link rel=\"(?:canonical|alternate)\")[^>]*>", head)
    are_whole([link for tag in told for link in Links(tag).found if "atom.xml" not in link], 3)
    for text in re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', head, re.S):
        are_whole([each for each in strings(json.loads(text)) if "/" in each], 1)


def test_other_sites_are_told_the_sites_own_address(client: Client, post: Any) -> None:
    answer = client.get(post.get_absolute_url(), headers={"Host": "127.0.0.1:1234"})
    assert answer.status_code == 200
    assert f'href="{settings.SITE_URL}{post.get_absolute_url()}"' in answer.content.decode()
    assert b"127.0.0.1:1234" not in answer.content


def test_oembed(client: Client, post: Any) -> None:
    address = f"{settings.SITE_URL}{post.get_absolute_url()}"
    told = client.get("/oembed", {"url": address}).json()
    are_whole([value for name, value in told.items() if name.endswith("url")], 3)
    assert [each for each in strings(told) if each.startswith("/")] == []


def strings(value: Any) -> list[str]:
    """Every string of a JSON value."""
    if isinstance(value, dict):
        return [each for part in value.values() for each in strings(part)]
    if isinstance(value, list):
        return [each for part in value for each in strings(part)]
    return [value] if isinstance(value, str) else []


def test_mail(owner: User, stranger: User, post: Any) -> None:
    confirm_address(owner)
    Preferences.objects.create(person=owner, mail_on=list(Kind))
    likes.like(user=stranger, post=post)
    comments.write(author=stranger, post=post, text=WORDS)
    follows.follow(follower=stranger, followee=owner)
    happen()
    mail.outbox.clear()
    Preferences.objects.filter(person=owner).update(mail_due_at=timezone.now())
    mailing.send(owner.pk)
    (letter,) = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    ((html, _kind),) = letter.alternatives
    are_whole(Links(str(html)).found, 5)
    paths = re.findall(r"(?<![\w:/.])/[\w@][\w/@-]*", str(letter.body))
    assert paths == []
    assert letter.extra_headers["List-Unsubscribe"].startswith(f"<{settings.SITE_URL}/")


def test_no_letter_is_written_with_a_bare_path() -> None:
    """What a template of a letter links to has the site before it, or is given whole."""
    rooms = Path(settings.BASE_DIR) / "templates"
    letters = [
        path for path in rooms.rglob("*") if {"mail", "email"} & set(path.parts) and path.is_file()
    ]
    assert len(letters) >= 6
    bare = [
        (path.name, line)
        for path in letters
        for line in path.read_text().splitlines()
        if re.search(r"(?<!\{\{ site_url \}\})(\{% url |\{\{ [\w.]*get_absolute_url)", line)
    ]
    assert bare == []
