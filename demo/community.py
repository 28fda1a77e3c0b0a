"""The demo people and their posts, read from `community.json` into plain data."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from accounts.profile.changing import Link

FOLDER = Path(__file__).resolve().parent
PHOTO_FOLDER = FOLDER / "photos"

Role = Literal["member", "moderator"]


@dataclass(frozen=True)
class Person:
    """A demo person; `avatar` is the path of a photo, `follows` holds usernames."""

    username: str
    display_name: str
    bio: str
    pronouns: str
    links: tuple[Link, ...]
    avatar: Path
    role: Role
    follows: tuple[str, ...]


@dataclass(frozen=True)
class DemoPhoto:
    """One picture of a post and the words for those who can't see it."""

    file: Path
    alt_text: str


@dataclass(frozen=True)
class DemoComment:
    """A comment, how long after the post it was written, and who likes it.

    With `answers` it is an answer to the thread before it.
    """

    author: str
    text: str
    after: timedelta
    answers: bool
    likes: tuple[str, ...]


@dataclass(frozen=True)
class DemoPost:
    """A post; `key` stays the same for ever, so that loading twice makes one post."""

    key: str
    author: str
    title: str
    caption: str
    audience: str
    age: timedelta
    photos: tuple[DemoPhoto, ...]
    likes: tuple[str, ...]
    comments: tuple[DemoComment, ...]


@dataclass(frozen=True)
class DemoCollection:
    """Posts that somebody put together for all to see, the first one first, by their keys."""

    owner: str
    name: str
    description: str
    posts: tuple[str, ...]


@dataclass(frozen=True)
class Community:
    """Everybody and everything, posts with the oldest first."""

    people: tuple[Person, ...]
    posts: tuple[DemoPost, ...]
    collections: tuple[DemoCollection, ...]

    @property
    def usernames(self) -> tuple[str, ...]:
        """The usernames of all demo people."""
        return tuple(person.username for person in self.people)

    @property
    def photo_count(self) -> int:
        """How many photos all posts have together."""
        return sum(len(post.photos) for post in self.posts)


def load_community(path: Path = FOLDER / "community.json") -> Community:
    """The community of a JSON file; raises KeyError when an entry lacks a field."""
    data = json.loads(path.read_text(encoding="utf-8"))
    posts = sorted((_post(entry) for entry in data["posts"]), key=lambda post: -post.age)
    return Community(
        people=tuple(_person(entry) for entry in data["people"]),
        posts=tuple(posts),
        collections=tuple(
            DemoCollection(**entry | {"posts": tuple(entry["posts"])})
            for entry in data["collections"]
        ),
    )


def _person(entry: dict[str, Any]) -> Person:
    return Person(
        username=entry["username"],
        display_name=entry["display_name"],
        bio=entry["bio"],
        pronouns=entry.get("pronouns", ""),
        links=tuple(entry.get("links", ())),
        avatar=PHOTO_FOLDER / entry["avatar"],
        role=entry["role"],
        follows=tuple(entry["follows"]),
    )


def _post(entry: dict[str, Any]) -> DemoPost:
    return DemoPost(
        key=entry["key"],
        author=entry["author"],
        title=entry["title"],
        caption=entry["caption"],
        audience=entry["audience"],
        age=timedelta(hours=entry["hours_ago"]),
        photos=tuple(DemoPhoto(PHOTO_FOLDER / one["file"], one["alt"]) for one in entry["photos"]),
        likes=tuple(entry["likes"]),
        comments=tuple(
            DemoComment(
                author=one["author"],
                text=one["text"],
                after=timedelta(minutes=one["minutes_after"]),
                answers=one.get("answers", False),
                likes=tuple(one.get("likes", ())),
            )
            for one in entry["comments"]
        ),
    )
