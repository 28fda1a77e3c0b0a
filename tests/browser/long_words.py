"""A member who typed one long word into every field there is; made inside a running site."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts.models import FollowRequest, ListMember, PeopleList, User
from accounts.social import follows
from feed.models import MutedTopic, MutedWord, TopicFollow
from leaving.models import Export
from notes_site.ids import encode
from notes_site.models import SiteSettings
from posts.authoring import post_changes, publishing
from posts.commenting import comments
from posts.models import Collection, CollectionItem, Comment, Photo, Post, Topic, Upload

WORD = "W" * 120
LINK = "https://example.org/" + "w" * 100
TEXT = f"{WORD} {LINK} #{WORD}"


def fill(username: str, other: str) -> dict[str, str]:
    """Give two members long words everywhere; returns what addresses name, by its name there.

    The first has published two posts and kept a draft.
    """
    person, guest = (_named(User.objects.get(username=name)) for name in (username, other))
    post, gone = Post.objects.filter(author=person, state="published").order_by("pk")
    _rewrite(post)
    publishing.delete_post(gone)
    said = _talk(post, person, guest)
    collection = Collection.objects.create(
        owner=person, name=WORD[:60], description=TEXT[:300], is_public=True
    )
    CollectionItem.objects.create(collection=collection, post=post, position=1)
    people_list = PeopleList.objects.create(owner=person, name=WORD[:50], member_count=1)
    ListMember.objects.create(people_list=people_list, person=guest)
    follows.follow(follower=guest, followee=person)
    follows.follow(follower=person, followee=guest)
    FollowRequest.objects.create(target=person, requester=guest)
    SiteSettings.objects.update_or_create(pk=1, defaults={"name": WORD[:60]})
    photo = Photo.objects.filter(post=post).earliest("pk")
    topic = Topic.objects.latest("pk")
    TopicFollow.objects.create(person=person, topic=topic, pinned_at=timezone.now())
    MutedTopic.objects.create(person=person, topic=Topic.objects.create(name="m" * 50))
    muted = MutedWord.objects.create(person=person, word=WORD, written=WORD[:60])
    ids: dict[str, Any] = {
        "post_id": post,
        "photo_id": photo,
        "upload_id": Upload.objects.get(photo=photo),
        "comment_id": said,
        "collection_id": collection,
        "list_id": people_list,
        "export_id": Export.objects.create(user=person, state="failed"),
        "deleted": gone,
        "draft": Post.objects.get(author=person, state="draft"),
    }
    passkey = Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data={"name": WORD, "credential": {}}
    )
    device = UserSession.objects.filter(user=person).earliest("pk")
    UserSession.objects.filter(user=person).update(user_agent=WORD)
    return {name: encode(row.pk) for name, row in ids.items()} | {
        "username": username,
        "name": topic.name,
        "word_id": str(muted.pk),
        "pk": str(passkey.pk),
        "device": str(device.pk),
    }


def _named(person: User) -> User:
    person.display_name, person.pronouns, person.bio = WORD[:50], WORD[:40], TEXT[:300]
    person.links = [{"label": WORD[:40], "url": LINK}] * 5
    person.filtered_words = WORD
    person.save()
    mailbox = f"{WORD[:60]}{person.pk}@example.org"
    User.objects.filter(pk=person.pk).update(email=mailbox)
    EmailAddress.objects.filter(user=person).update(email=mailbox)
    return person


def _rewrite(post: Post) -> None:
    """Long words on the post, on its photos and in the history of both."""
    Photo.objects.filter(post=post).update(
        alt_text=TEXT, metadata={"camera": WORD, "lens": WORD}, shown=["camera", "lens"]
    )
    Upload.objects.filter(photo__post=post).update(name=f"{WORD}.jpg")
    for title in (WORD[:90], WORD[:80]):
        post_changes.change_post(post, title=title, caption=f"{title} {TEXT}")


def _talk(post: Post, person: User, guest: User) -> Comment:
    """A comment that another answers, and a third that waits; returns the first."""
    said = comments.write(post=post, author=guest, text=TEXT)
    comments.write(post=post, author=person, text=TEXT, parent=said)
    return said
