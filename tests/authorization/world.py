"""One site with every viewer and every state of a post that the matrix names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import Block, Follow, FollowRequest, ListMember, PeopleList, User
from accounts.suspension import suspend
from feed import topics
from moderation import roles
from notes_site.ids import new_id
from notes_site.models import Event
from notes_site.queue import events
from notifications.kinds import Kind
from notifications.models import Preferences
from posts.authoring import publishing
from posts.authoring.contents import NewPhoto
from posts.models import Collection, CollectionItem, Comment, Post, Rendition, Topic
from posts.pipeline import erase, placement, renditions
from posts.uploading import uploads
from tests import making

VIEWERS = (
    "anonymous",
    "stranger",
    "pending",
    "follower",
    "friend",
    "listed",
    "removed",
    "blocked",
    "blocker",
    "author",
    "suspended",
    "moderator",
    "owner",
)
STATES = (
    "public",
    "unlisted",
    "followers",
    "friends",
    "list",
    "self",
    "processing",
    "hidden",
    "author_suspended",
    "author_private",
    "deleted",
)
TOPIC = "matrixtopic"
# Just large enough for a rendition of every spec.
SIZE = (2100, 660)


@dataclass
class Exhibit:
    """A post in one state, and all by which it could be told that it is there."""

    state: str
    post: Post
    author: User
    renditions: dict[str, str] = field(default_factory=dict)
    photo_id: int = 0
    comment: Comment | None = None
    thumbhash: str = ""

    @property
    def traces(self) -> list[str]:
        """What must not stand in any answer to somebody who may not see the post."""
        words = [self.caption, self.file_name, self.said, self.post.code]
        return words + [key.rpartition("/")[2] for key in self.renditions.values()]

    @property
    def caption(self) -> str:
        """A word of its caption that stands nowhere else."""
        return f"captioncanary{self.state.replace('_', '')}"

    @property
    def file_name(self) -> str:
        """What its author's file was called."""
        return f"filecanary{self.state}"

    @property
    def said(self) -> str:
        """The words of the comment under it."""
        return f"commentcanary{self.state}"


@dataclass
class World:
    """People, posts and a session for each viewer."""

    people: dict[str, User] = field(default_factory=dict)
    authors: dict[str, User] = field(default_factory=dict)
    exhibits: dict[str, Exhibit] = field(default_factory=dict)
    sessions: dict[int, str] = field(default_factory=dict)
    # One for all of them, in turn: each new one loads the middleware again.
    client: Client = field(default_factory=Client)
    collection: Collection | None = None
    # The id of nothing at all, and what each viewer was answered so far.
    never: int = field(default_factory=new_id)
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    downloads: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    letters: dict[int, str] = field(default_factory=dict)

    def person(self, viewer: str, state: str) -> User | None:
        """Who looks; None for a visitor."""
        if viewer == "author":
            return self.exhibits[state].author
        return self.people.get(viewer)

    def browser(self, viewer: str, state: str) -> Client:
        """The browser, with nothing but the session that the viewer has had all along."""
        self.client.cookies.clear()
        person = self.person(viewer, state)
        if person is not None:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person.pk]
        return self.client


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the body writes is taken back."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


def build() -> World:
    """The whole world, committed, and everything that waited for a worker done."""
    world = World()
    for name in {*VIEWERS, "keeper"} - {"anonymous", "author"}:
        world.people[name] = person(name)
    User.objects.filter(username="owner").update(is_staff=True, is_superuser=True)
    roles.make_moderator(user=world.people["moderator"], actor=None)
    for name in ("author", "author_suspended", "author_private"):
        world.authors[name] = person(name)
        relate(world, world.authors[name])
    for everyone in [*world.people.values(), *world.authors.values()]:
        sign_in(world, everyone)
    for state in STATES:
        world.exhibits[state] = exhibit(world, state)
    world.collection = collect(world)
    for each in world.people.values():
        topics.pin(person=each, topic=Topic.objects.get(name=TOPIC))
    handle_events()
    change_states(world)
    handle_events()
    see_the_news(world)
    world.people = {name: User.objects.get(pk=each.pk) for name, each in world.people.items()}
    return world


def see_the_news(world: World) -> None:
    """Three viewers keep their news: to count them for the badge is half the work of a page."""
    unaware = [world.people[name].pk for name in ("stranger", "friend", "blocked")]
    Preferences.objects.exclude(person__in=unaware).update(seen_at=timezone.now())


def handle_events() -> None:
    """What a worker does with the outbox."""
    for event in Event.objects.filter(handled_at=None).order_by("pk"):
        events.handle(event.pk)


def person(username: str) -> User:
    """An account that wants to hear of everything, by every way."""
    made = User.objects.create_user(username=username, email=f"{username}@example.org")
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    Preferences.objects.create(person=made, mail_on=Kind.values)
    return made


def relate(world: World, author: User) -> None:
    """Make every viewer what they are called, to this author."""
    people = world.people
    Follow.objects.create(follower=people["follower"], followee=author)
    Follow.objects.create(follower=people["friend"], followee=author)
    Follow.objects.create(follower=author, followee=people["friend"])
    FollowRequest.objects.create(requester=people["pending"], target=author)
    chosen = PeopleList.objects.create(owner=author, name="Close", member_count=1)
    ListMember.objects.create(people_list=chosen, person=people["listed"])
    Block.objects.create(blocker=author, blocked=people["blocked"])
    Block.objects.create(blocker=people["blocker"], blocked=author)
    # They followed once, and left no row behind.
    gone = Follow.objects.create(follower=people["removed"], followee=author)
    gone.delete()


def sign_in(world: World, user: User) -> None:
    """A session that was opened while everything was well."""
    browser = Client()
    browser.force_login(user)
    world.sessions[user.pk] = browser.cookies[settings.SESSION_COOKIE_NAME].value


def picture(number: int) -> bytes:
    """A picture like none of the others."""
    image = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    image.paste((20 * number, 250 - 20 * number, 90), (0, 0, SIZE[0] // 2, 50 * number + 50))
    file = BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def exhibit(world: World, state: str) -> Exhibit:
    """A post by the way that every post takes, still as its author made it."""
    author = world.authors.get(state, world.authors["author"])
    shown = Exhibit(state, Post(), author)
    audience = state if state in Post.Audience.values else "public"
    content = picture(STATES.index(state))
    file = making.received(content, f"{shown.file_name}.jpg")
    upload, _is_new = uploads.receive(owner=author, file=file)
    if state != "processing":
        renditions.render(upload.photo_id)
    shown.post = publishing.create_post(
        author=author,
        photos=[NewPhoto(upload.pk, "alt")],
        caption=f"{shown.caption} #{TOPIC} @" + " @".join(world.people),
        audience=audience,
        people_list=PeopleList.objects.get(owner=author) if state == "list" else None,
    )
    placement.place_post(shown.post.pk)
    shown.photo_id = upload.photo_id
    shown.comment = Comment.objects.create(
        author=world.people["keeper"], post=shown.post, text=shown.said
    )
    shown.post.refresh_from_db()
    return shown


def collect(world: World) -> Collection:
    """A public collection of somebody who is no viewer, with every post in it."""
    collection = Collection.objects.create(
        owner=world.people["keeper"], name="Matrix", is_public=True
    )
    for position, shown in enumerate(world.exhibits.values()):
        CollectionItem.objects.create(collection=collection, post=shown.post, position=position)
    return collection


def change_states(world: World) -> None:
    """What happened since then; afterwards everything lies where it belongs."""
    for shown in world.exhibits.values():
        remember(shown)
    publishing.hide_post(world.exhibits["hidden"].post, "a reason")
    publishing.delete_post(world.exhibits["deleted"].post)
    suspend(person=world.authors["author_suspended"], reason="a reason")
    suspend(person=world.people["suspended"], reason="a reason")
    User.objects.filter(username="author_private").update(is_private=True)
    erase.erase_due()
    for state in ("hidden", "author_suspended", "author_private"):
        placement.request_placement(world.exhibits[state].post)
        placement.place_post(world.exhibits[state].post.pk)
        remember(world.exhibits[state])


def remember(shown: Exhibit) -> None:
    """Keep the addresses of its pictures, and their placeholder."""
    found = list(Rendition.objects.filter(photo=shown.photo_id))
    shown.renditions = {each.spec: each.key for each in found} or shown.renditions
    photo = shown.post.photos.first()
    shown.thumbhash = photo.thumbhash if photo else shown.thumbhash
