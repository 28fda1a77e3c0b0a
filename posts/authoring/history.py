"""The public history of a post: which versions a viewer may read, and what changed in each."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posts.models import Post, Revision
from posts.models.post import OPEN_AUDIENCES, Viewer

# From the closed to the open; a version is read by those for whom it was open enough.
OPENNESS = ("self", "list", "friends", "followers", "unlisted", "public")
VERSIONS_A_PAGE = 30
# So many pairs of equal words are looked at: a text of one word, repeated, has millions of them.
MAX_PAIRS, MAX_PAIRS_A_PAGE = 20_000, 200_000


@dataclass(frozen=True)
class Version:
    """How a post stood after a save: when that was, and what was different from before."""

    number: int
    created_at: datetime
    changes: list[SafeString]
    is_first: bool


@dataclass
class ComparisonBudget:
    """How many pairs of equal words may still be looked at for one page."""

    pairs: int = MAX_PAIRS_A_PAGE

    def allows(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether these words may be compared one by one; then they are counted."""
        here, there = Counter(old), Counter(new)
        pairs = sum(here[word] * there[word] for word in here if not word.isspace())
        if pairs > min(MAX_PAIRS, self.pairs):
            return False
        self.pairs -= pairs
        return True


def versions(post: Post, viewer: Viewer, before: int | None = None) -> list[Version]:
    """The versions of a post that this viewer may read, newest first; at most 30.

    With `before` those older than that number; the last one `is_first` when there are no more.

    Its author reads all of them. Others read those whose audience was at least as open as the
    post's is now: nobody learns from the history what was meant for fewer people, or for others.
    """
    readable = post.revisions.order_by("-number")
    if viewer.pk != post.author_id:
        readable = readable.filter(_open_enough(post))
    if before is not None:
        readable = readable.filter(number__lt=before)
    # One more than is shown, to compare the last one with; None where that was the first.
    found: list[Revision | None] = [*readable[: VERSIONS_A_PAGE + 1]]
    if len(found) <= VERSIONS_A_PAGE:
        found.append(None)
    budget = ComparisonBudget()
    return [
        Version(
            number=each.number,
            created_at=each.created_at,
            changes=list(_changes(older, each, budget)) if older else [],
            is_first=older is None,
        )
        for each, older in pairwise(found)
        if each
    ]


def _open_enough(post: Post) -> Q:
    """Which versions everybody could read who may see the post as it is now."""
    if post.audience != Post.Audience.LIST:
        least = OPENNESS.index(post.audience)
        return Q(audience__in=OPENNESS[least:])
    # Who is on a list need not be a follower, nor on the list of another version.
    same = Q(audience=Post.Audience.LIST, people_list=post.people_list_id)
    return same if post.author.is_private else same | Q(audience__in=OPEN_AUDIENCES)


def _changes(before: Revision, after: Revision, budget: ComparisonBudget) -> Iterator[SafeString]:
    """What one version says differently from the one before, each as a sentence in HTML."""
    if before.title != after.title:
        title = word_changes(before.title, after.title, budget)
        yield format_html("{}: {}", _("Title"), title)
    if before.caption != after.caption:
        caption = word_changes(before.caption, after.caption, budget)
        yield format_html("{}: {}", _("Caption"), caption)
    if before.audience != after.audience:
        yield _switched(_("Who can see it"), _audience(before), _audience(after))
    elif before.people_list_id != after.people_list_id:
        yield _sentence(_("It is now for a different list."))
    if before.licence != after.licence:
        yield _switched(_("License"), before.get_licence_display(), after.get_licence_display())
    yield from _label_changes(before, after)
    yield from _photo_changes(before.photos, after.photos, budget)


def _audience(version: Revision) -> str:
    """An audience as its author's readers are told of it; never which list it is."""
    return (
        _("A list")
        if version.audience == Post.Audience.LIST
        else str(version.get_audience_display())
    )


def _switched(label: str, old: str, new: str) -> SafeString:
    return format_html("{}: <del>{}</del> <ins>{}</ins>", label, old, new)


def _label_changes(before: Revision, after: Revision) -> Iterator[SafeString]:
    for name, label in (("made_with_ai", _("Made with AI")), ("is_paid", _("Paid partnership"))):
        if getattr(before, name) != getattr(after, name):
            tag = "<ins>{}</ins>" if getattr(after, name) else "<del>{}</del>"
            yield format_html(tag, label)


def _photo_changes(
    before: list[dict[str, Any]], after: list[dict[str, Any]], budget: ComparisonBudget
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
        yield _sentence(_("The photos were reordered."))
    for place, photo in enumerate(after, start=1):
        earlier = old.get(photo["code"])
        if earlier is not None:
            yield from _changes_of_one(place, earlier, photo, budget)


def _changes_of_one(
    place: int, before: dict[str, Any], after: dict[str, Any], budget: ComparisonBudget
) -> Iterator[SafeString]:
    if before["edits"] != after["edits"]:
        yield _sentence(_("Photo %(place)d was edited.") % {"place": place})
    if before["alt"] != after["alt"]:
        label = _("Description of photo %(place)d") % {"place": place}
        yield format_html("{}: {}", label, word_changes(before["alt"], after["alt"], budget))


def _sentence(text: str) -> SafeString:
    return format_html("{}", text)


def word_changes(before: str, after: str, budget: ComparisonBudget) -> SafeString:
    """Both texts as one, in HTML: what went in <del>, what came in <ins>, word by word.

    Texts that would take long to compare are replaced as a whole.
    """
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    parts: list[SafeString] = []
    for kind, i1, i2, j1, j2 in _differences(old, new, budget):
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        if kind == "equal":
            parts.append(_sentence(gone))
            continue
        if gone:
            parts.append(format_html("<del>{}</del>", gone))
        if come:
            parts.append(format_html("<ins>{}</ins>", come))
    return format_html_join("", "{}", ((part,) for part in parts))


def _differences(
    old: list[str], new: list[str], budget: ComparisonBudget
) -> Sequence[tuple[str, int, int, int, int]]:
    """What is equal, replaced, inserted and deleted, as difflib tells it."""
    if not budget.allows(old, new):
        return [("replace", 0, len(old), 0, len(new))]
    # Words seen often count too, unlike by its default; what is between them is never sought.
    return difflib.SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes()
