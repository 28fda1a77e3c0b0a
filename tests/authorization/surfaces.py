"""Every surface of the matrix: how one looks for a post there, and what was found.

Each function asks one surface as one viewer and returns "yes", "no" or "sign in". It has checked by
then that a "no" tells nothing: an answer to an address of the post is byte for byte that to an
address that never was, and a list without the post holds no trace of it.
"""

import re
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from feed.models import TopicFollow
from leaving import archive
from notes_site.ids import encode, random_key
from notes_site.storage import PUBLIC, public_url
from notifications import mailing
from notifications.models import Preferences
from posts.models import Comment, Like, Post, Save
from tests.authorization.world import TOPIC, Exhibit, World, undone

NEVER_A_KEY = random_key()
YES, NO, SIGN_IN = "yes", "no", "sign in"
SURFACES: dict[str, Callable[["Case"], str]] = {}


@dataclass(frozen=True)
class Found:
    """An answer, as far as two of them can be told apart."""

    status: int
    location: str
    kind: str
    body: bytes

    @property
    def wants_sign_in(self) -> bool:
        """Whether the viewer was sent to sign in."""
        return self.status == 401 or (self.status == 302 and "/accounts/login/" in self.location)


@dataclass
class Case:
    """One cell: a viewer and a post."""

    world: World
    viewer: str
    shown: Exhibit

    def browser(self) -> Client:
        """The viewer's, as it was before."""
        return self.world.browser(self.viewer, self.shown.state)

    def ask(self, address: str, method: str = "get", **data: str) -> Found:
        """One request, whose effects are taken back; the same again has the same answer."""
        person = self.world.person(self.viewer, self.shown.state)
        key = (person.pk if person else 0, method, address, *sorted(data.items()))
        if key not in self.world.answers:
            with undone():
                self.world.answers[key] = answer(self.browser(), method, address, data)
        found: Found = self.world.answers[key]
        return found

    def decide(self, name: str, *, method: str = "get", **data: str) -> str:
        """Ask an address of the post, and the same of one that never was."""
        found = self.ask(reverse(name, args=[self.shown.post.pk]), method, **data)
        never = self.ask(reverse(name, args=[self.world.never]), method, **data)
        return self.compare(found, never)

    def compare(self, found: Found, never: Found) -> str:
        """What an answer means, beside the one to what never was."""
        if found.status < 400 and not found.wants_sign_in:
            assert never.status == 404, "what never was is there"
            return YES
        assert found == never, "it can be told from what never was"
        self.tells_nothing(found)
        return SIGN_IN if found.wants_sign_in else NO

    def tells_nothing(self, found: Found) -> None:
        """Fails when there is a trace of the post in the answer."""
        text = found.body.decode("utf-8", "replace") + found.location
        told = [trace for trace in self.shown.traces if trace in text]
        assert not told, f"{told} in an answer of {found.status}"

    def is_listed(self, *addresses: str) -> str:
        """Whether one of these lists has the post; those that don't have no trace of it."""
        return self.is_in(*map(self.ask, addresses))

    def is_in(self, *answers: Found) -> str:
        """The same of answers at hand: a picture of the post counts as much as the way to it."""
        verdict = NO
        signs = [self.shown.post.code]
        signs += [key.rpartition("/")[2] for key in self.shown.renditions.values()]
        for found in answers:
            if found.wants_sign_in:
                return SIGN_IN
            if any(sign.encode() in found.body for sign in signs):
                assert found.status == 200
                verdict = YES
            else:
                self.tells_nothing(found)
        return verdict


def answer(browser: Client, method: str, address: str, data: dict[str, str]) -> Found:
    """The answer, without the address that was asked for."""
    response = (
        getattr(browser, method)(address, data) if data else getattr(browser, method)(address)
    )
    location = response.get("Location", "").replace(address, "").replace(quote(address), "")
    return Found(
        response.status_code, location, response.get("Content-Type", ""), response.getvalue()
    )


def surface(*names: str) -> Callable[[Callable[[Case], str]], Callable[[Case], str]]:
    """Register the way to look at a surface."""

    def register(look: Callable[[Case], str]) -> Callable[[Case], str]:
        for name in names:
            SURFACES[name] = look
        return look

    return register


def page_says(case: Case, wanted: str) -> str:
    """Whether the post's own page holds a text, where the page is shown at all."""
    verdict = case.decide("posts:post")
    if verdict != YES:
        return verdict
    body = case.ask(case.shown.post.get_absolute_url()).body.decode()
    return YES if wanted in body else NO


@surface("permalink")
def permalink(case: Case) -> str:
    return page_says(case, case.shown.caption)


@surface("placeholder")
def placeholder(case: Case) -> str:
    verdict = case.decide("posts:post")
    if verdict == YES and case.shown.state != "processing":
        assert page_says(case, case.shown.thumbhash) == YES
    return verdict


@surface("comments")
def comments(case: Case) -> str:
    verdict = case.decide("posts:post")
    if verdict == YES and case.shown.state != "processing":
        assert page_says(case, case.shown.said) == YES
    return verdict


@surface("history")
def history(case: Case) -> str:
    return case.decide("posts:history")


@surface("stream")
def stream(case: Case) -> str:
    return case.is_listed("/?tab=latest", "/?tab=following", "/?tab=for-you")


@surface("explore")
def explore(case: Case) -> str:
    return case.is_listed("/explore/")


@surface("profile")
def profile(case: Case) -> str:
    return case.is_listed(case.shown.author.get_absolute_url())


@surface("topic")
def topic(case: Case) -> str:
    return case.is_listed(reverse("feed:topic", args=[TOPIC]), f"/?tab=topic&topic={TOPIC}")


@surface("search")
def search(case: Case) -> str:
    sorts = [
        f"/search/?q={TOPIC}&in=posts&sort={sort}" for sort in ("relevance", "newest", "likes")
    ]
    return case.is_listed(f"/search/?q={TOPIC}", *sorts, f"/search/suggest?q={TOPIC}", "/search/")


@surface("welcome")
def welcome(case: Case) -> str:
    """Pictures to tap for topics that one doesn't follow yet, and beside people to follow."""
    person = case.world.person(case.viewer, case.shown.state)
    with undone():
        if person is not None:
            TopicFollow.objects.filter(person=person.pk).delete()
        steps = (reverse("feed:welcome_topics"), reverse("feed:welcome_people"))
        answers = [answer(case.browser(), "get", step, {}) for step in steps]
    return case.is_in(*answers)


@surface("collection")
def collection(case: Case) -> str:
    assert case.world.collection is not None
    return case.is_listed(case.world.collection.get_absolute_url())


@surface("atom")
def atom(case: Case) -> str:
    author = case.shown.author
    return case.is_listed(f"{author.get_absolute_url()}atom.xml", f"/topics/{TOPIC}/atom.xml")


@surface("sitemap")
def sitemap(case: Case) -> str:
    found = case.ask("/sitemap.xml")
    parts = re.findall(r"<loc>[a-z]+://[^/]+(/sitemap[^<]*)</loc>", found.body.decode())
    return case.is_listed("/sitemap.xml", *[part.replace("&amp;", "&") for part in parts])


@surface("oembed")
def oembed(case: Case) -> str:
    def address(path: str) -> str:
        return f"/oembed?url=http://testserver{path}"

    found = case.ask(address(case.shown.post.get_absolute_url()))
    never = case.ask(address(f"/p/{encode(case.world.never)}/"))
    return case.compare(found, never)


@surface("opengraph")
def opengraph(case: Case) -> str:
    return page_says(case, 'property="og:')


@surface("like")
def like(case: Case) -> str:
    return writes(case, "posts:like", Like)


@surface("save")
def save(case: Case) -> str:
    return writes(case, "posts:save", Save)


@surface("comment")
def comment(case: Case) -> str:
    return writes(case, "posts:comments", Comment, text="A word")


def writes(case: Case, name: str, model: Any, **data: str) -> str:
    """Whether a POST leaves a row about the post; refused, it leaves none."""
    before = model.objects.filter(post=case.shown.post).count()
    with undone():
        address = reverse(name, args=[case.shown.post.pk])
        found = answer(case.browser(), "post", address, data)
        left = model.objects.filter(post=case.shown.post).count() - before
    never = case.ask(reverse(name, args=[case.world.never]), "post", **data)
    verdict = case.compare(found, never)
    assert left == (verdict == YES)
    return verdict


@surface("likers")
def likers(case: Case) -> str:
    return case.decide("posts:likers")


@surface("edit")
def edit(case: Case) -> str:
    return case.decide("posts:edit")


@surface("report")
def report(case: Case) -> str:
    return case.decide("moderation:report_post")


@surface("delete")
def delete(case: Case) -> str:
    with undone():
        address = reverse("posts:post", args=[case.shown.post.pk])
        found = answer(case.browser(), "delete", address, {})
        gone = not Post.objects.filter(pk=case.shown.post.pk).exclude(state="deleted").exists()
    never = case.ask(reverse("posts:post", args=[case.world.never]), "delete")
    verdict = case.compare(found, never)
    if case.shown.state != "deleted":
        assert gone == (verdict == YES)
    return verdict


@surface("original")
def original(case: Case) -> str:
    found = case.ask(reverse("posts:original", args=[case.shown.photo_id]))
    never = case.ask(reverse("posts:original", args=[case.world.never]))
    return case.compare(found, never)


def rendition(spec: str) -> Callable[[Case], str]:
    """One size of its picture, at the address it has now."""

    def look(case: Case) -> str:
        key = case.shown.renditions.get(spec)
        if key is None:
            # Not made yet: nobody has an address of it but who sees the page of its progress.
            return case.decide("posts:post")
        if key.startswith(PUBLIC) and not public_url(key).startswith("/"):
            return fetched(public_url(key))
        ending = key.rpartition(".")[2]
        name = key.rpartition("/")[2]
        there = public_url(key) if key.startswith(PUBLIC) else reverse("posts:media", args=[name])
        nowhere = there.replace(name, f"{NEVER_A_KEY}.{ending}")
        return case.compare(case.ask(there), case.ask(nowhere))

    return look


def fetched(address: str) -> str:
    """Whether the store itself hands an object to anybody."""
    try:
        with urllib.request.urlopen(address) as response:
            return YES if response.status == 200 else NO
    except HTTPError:
        return NO


for _spec in ("w320", "w640", "w1080", "jpeg1080", "l2048", "square320", "wide1200"):
    surface(f"rendition {_spec}")(rendition(_spec))


@surface("notification")
def notification(case: Case) -> str:
    return case.is_listed(reverse("notifications:page"))


def letters_to(person: User) -> str:
    """What goes out to somebody now of all that happened, were none of it seen yet."""
    mail.outbox.clear()
    with undone():
        due = {"mail_due_at": timezone.now(), "seen_at": None}
        Preferences.objects.filter(person=person.pk).update(**due)
        mailing.send(person.pk)
    return "".join(letter.message().as_string() for letter in mail.outbox)


@surface("email")
def email(case: Case) -> str:
    """Whether the letter of what happened, made now, leads to the post."""
    person = case.world.person(case.viewer, case.shown.state)
    if person is None:
        return NO
    if person.pk not in case.world.letters:
        case.world.letters[person.pk] = letters_to(person)
    letters = case.world.letters[person.pk]
    if case.shown.post.code in letters:
        return YES
    case.tells_nothing(Found(0, "", "", letters.encode()))
    return NO


def download_of(person: User) -> tuple[str, bytes]:
    """The names of the originals in somebody's download, and all of its rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "everything.zip"
        archive.write(path, person, lambda _done, _total: None)
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
            rows = b"".join(file.read(name) for name in names if not name.startswith("originals/"))
    return "".join(name for name in names if name.startswith("originals/")), rows


@surface("export")
def export(case: Case) -> str:
    """Whether the download of everything of the viewer's has the post."""
    page = case.ask(reverse("leaving:data"))
    person = case.world.person(case.viewer, case.shown.state)
    if page.wants_sign_in or person is None:
        return SIGN_IN
    if person.pk not in case.world.downloads:
        case.world.downloads[person.pk] = download_of(person)
    originals, rows = case.world.downloads[person.pk]
    if case.shown.post.code in originals:
        assert case.shown.caption.encode() in rows
        return YES
    for words in (case.shown.caption, case.shown.file_name, case.shown.said):
        assert words.encode() not in rows, words
    is_seen = Post.objects.visible_to(person).filter(pk=case.shown.post.pk).exists()
    # That they deleted it, and when, is their own to know.
    if not is_seen and case.viewer != "author":
        case.tells_nothing(Found(0, "", "", rows))
    return NO
