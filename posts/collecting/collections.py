"""Collections: put together, filled, ordered.

Whatever changes one waits for its owner's row, then for its own: `accounts` before `posts`, and
two tabs of one person never meet halfway. What stands earlier has the higher position, so that
a new post comes first without touching the others.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from accounts.models import User
from posts.collecting.saves import lock_saver
from posts.models import Collection, CollectionItem, Post, Save
from posts.models.collection import MAX_COLLECTIONS, MAX_ITEMS


class CollectionRefusedError(Exception):
    """It can't be done; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NameTakenError(CollectionRefusedError):
    """Another collection of the same person is called so."""


class TooManyError(CollectionRefusedError):
    """A person has as many collections, or a collection as many posts, as fit."""


@transaction.atomic
def create(*, owner: User, name: str, description: str = "", is_public: bool = False) -> Collection:
    """A new, empty collection; raises NameTakenError or TooManyError."""
    lock_saver(owner)
    if owner.collections.count() >= MAX_COLLECTIONS:
        sentence = _(
            "You already have %(most)d collections, which is the limit. Delete one you no longer"
            " use."
        )
        raise TooManyError(sentence % {"most": MAX_COLLECTIONS})
    _require_free(owner, name)
    return Collection.objects.create(
        owner=owner, name=name, description=description, is_public=is_public
    )


@transaction.atomic
def change(collection: Collection, *, name: str, description: str, is_public: bool) -> None:
    """Name it anew, describe it, open or close it; raises NameTakenError."""
    lock_saver(collection.owner)
    _require_free(collection.owner, name, but=collection.pk)
    Collection.objects.filter(pk=collection.pk).update(
        name=name, description=description, is_public=is_public
    )


@transaction.atomic
def delete(collection: Collection) -> bool:
    """Delete it; its posts stay saved. True when this call did it."""
    lock_saver(collection.owner)
    _rows, removed = Collection.objects.filter(pk=collection.pk).delete()
    return bool(removed.get("posts.Collection"))


@transaction.atomic
def add(*, collection: Collection, post: Post) -> bool:
    """Put a post first into a collection, which saves it too; True when it wasn't in it.

    Raises TooManyError.
    """
    lock_saver(collection.owner)
    if not _lock(collection):
        return False
    Save.objects.get_or_create(user=collection.owner, post=post)
    items = CollectionItem.objects.filter(collection=collection)
    if items.filter(post=post).exists():
        return False
    if items.count() >= MAX_ITEMS:
        sentence = _(
            "“%(name)s” already has %(most)d posts, which is the limit. The post is saved; add"
            " it to another collection, or remove one from this."
        )
        raise TooManyError(sentence % {"name": collection.name, "most": MAX_ITEMS})
    CollectionItem.objects.create(
        collection=collection, post=post, position=_highest(collection) + 1
    )
    return True


@transaction.atomic
def remove(*, collection: Collection, post: Post) -> bool:
    """Take a post out of a collection; it stays saved. True when it was in it."""
    lock_saver(collection.owner)
    _lock(collection)
    removed, _rows = CollectionItem.objects.filter(collection=collection, post=post).delete()
    Collection.objects.filter(pk=collection.pk, cover=post).update(cover=None)
    return bool(removed)


@transaction.atomic
def choose(
    *, owner: User, post: Post, among: Iterable[Collection], chosen: set[int], new: str = ""
) -> None:
    """Of the collections `among`, the post is afterwards in exactly those whose ids are chosen.

    It is in one called `new`, too, which is made for it unless that is ''. Raises NameTakenError
    and TooManyError; nothing is changed then.
    """
    lock_saver(owner)
    for collection in sorted(among, key=lambda each: each.pk):
        if collection.pk in chosen:
            add(collection=collection, post=post)
        else:
            remove(collection=collection, post=post)
    if new:
        add(collection=create(owner=owner, name=new), post=post)


@transaction.atomic
def move(*, collection: Collection, post: Post, beside: Post, earlier: bool) -> bool:
    """Put a post directly before (`earlier`) or after another; False when one is not in it."""
    lock_saver(collection.owner)
    _lock(collection)
    items = CollectionItem.objects.filter(collection=collection)
    places = dict(items.filter(post__in=[post, beside]).values_list("post", "position"))
    if len(places) != 2:
        return False
    here, there = places[post.pk], places[beside.pk]
    if here < there:
        # Earlier in the list is higher: those between step down, and leave a place above or below.
        items.filter(_between(here + 1, there if earlier else there - 1)).update(
            position=F("position") - 1
        )
        here = there if earlier else there - 1
    else:
        items.filter(_between(there + 1 if earlier else there, here - 1)).update(
            position=F("position") + 1
        )
        here = there + 1 if earlier else there
    items.filter(post=post).update(position=here)
    return True


@transaction.atomic
def choose_cover(*, collection: Collection, post: Post | None) -> bool:
    """Let one of its posts stand for it, or, with None, its first ones; True when that is done."""
    lock_saver(collection.owner)
    _lock(collection)
    if post is not None and not collection.items.filter(post=post).exists():
        return False
    return bool(Collection.objects.filter(pk=collection.pk).update(cover=post))


def _require_free(owner: User, name: str, but: int = -1) -> None:
    if owner.collections.filter(name=name).exclude(pk=but).exists():
        sentence = _("You already have a collection called “%(name)s”. Choose another name.")
        raise NameTakenError(sentence % {"name": name})


def _lock(collection: Collection) -> bool:
    """Hold the collection's row; False when it is gone."""
    return bool(Collection.objects.select_for_update().filter(pk=collection.pk).first())


def _highest(collection: Collection) -> int:
    found: dict[str, Any] = CollectionItem.objects.filter(collection=collection).aggregate(
        highest=Max("position")
    )
    return found["highest"] or 0


def _between(first: int, last: int) -> Q:
    return Q(position__gte=first, position__lte=last)
