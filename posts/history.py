"""The public history of a post: which versions a viewer may read, and what changed in each."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posts.models import Post, Revision
from posts.models.post import Viewer

# From the closed to the open; a version is read by those for whom it was open enough.
OPENNESS = ("self", "list", "friends", "followers", "unlisted", "public")


@dataclass(frozen=True)
class Version:
    """How a post stood after a save: when that was, and what was different from before."""

    number: int
    created_at: datetime
    changes: list[SafeString]
    is_first: bool


def versions(post: Post, viewer: Viewer) -> list[Version]:
    """The versions of a post that this viewer may read, newest first.

    Its author reads all of them. Others read those whose audience was at least as open as the
    post's is now: nobody learns from the history what was meant for fewer people.
    """
    found = list(post.revisions.order_by("number"))
    if viewer.pk != post.author_id:
        least = OPENNESS.index(post.audience)
        found = [each for each in found if OPENNESS.index(each.audience) >= least]
    told = [
        Version(
            number=each.number,
            created_at=each.created_at,
            changes=list(_changes(found[index - 1], each)) if index else [],
            is_first=index == 0,
        )
        for index, each in enumerate(found)
    ]
    return told[::-1]


def _changes(before: Revision, after: Revision) -> Iterator[SafeString]:
    """What one version says differently from the one before, each as a sentence in HTML."""
    if before.title != after.title:
        yield format_html("{}: {}", _("Title"), word_changes(before.title, after.title))
    if before.caption != after.caption:
        yield format_html("{}: {}", _("Caption"), word_changes(before.caption, after.caption))
    if before.audience != after.audience:
        old, new = before.get_audience_display(), after.get_audience_display()
        yield _switched(_("Who may see it"), old, new)
    if before.licence != after.licence:
        yield _switched(_("Licence"), before.get_licence_display(), after.get_licence_display())
    yield from _label_changes(before, after)
    yield from _photo_changes(before.photos, after.photos)


def _switched(label: str, old: str, new: str) -> SafeString:
    return format_html("{}: <del>{}</del> <ins>{}</ins>", label, old, new)


def _label_changes(before: Revision, after: Revision) -> Iterator[SafeString]:
    for name, label in (("made_with_ai", _("Made with AI")), ("is_paid", _("Paid partnership"))):
        if getattr(before, name) != getattr(after, name):
            tag = "<ins>{}</ins>" if getattr(after, name) else "<del>{}</del>"
            yield format_html(tag, label)


def _photo_changes(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> Iterator[SafeString]:
    old = {photo["code"]: photo for photo in before}
    new = {photo["code"]: photo for photo in after}
    added, removed = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    if added:
        yield _sentence(
            ngettext("%(count)d photo was added.", "%(count)d photos were added.", added)
            % {"count": added}
        )
    if removed:
        yield _sentence(
            ngettext("%(count)d photo was removed.", "%(count)d photos were removed.", removed)
            % {"count": removed}
        )
    staying = [code for code in old if code in new]
    if staying != [code for code in new if code in old]:
        yield _sentence(_("The photos were put in another order."))
    for place, photo in enumerate(after, start=1):
        earlier = old.get(photo["code"])
        if earlier is not None:
            yield from _changes_of_one(place, earlier, photo)


def _changes_of_one(
    place: int, before: dict[str, Any], after: dict[str, Any]
) -> Iterator[SafeString]:
    if before["edits"] != after["edits"]:
        yield _sentence(_("Photo %(place)d was edited.") % {"place": place})
    if before["alt"] != after["alt"]:
        label = _("Description of photo %(place)d") % {"place": place}
        yield format_html("{}: {}", label, word_changes(before["alt"], after["alt"]))


def _sentence(text: str) -> SafeString:
    return format_html("{}", text)


def word_changes(before: str, after: str) -> SafeString:
    """Both texts as one, in HTML: what went in <del>, what came in <ins>, word by word."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    # Captions are short; without this, words seen often would not count as the same.
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    parts: list[SafeString] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        if kind == "equal":
            parts.append(_sentence(gone))
            continue
        if gone:
            parts.append(format_html("<del>{}</del>", gone))
        if come:
            parts.append(format_html("<ins>{}</ins>", come))
    return format_html_join("", "{}", ((part,) for part in parts))
