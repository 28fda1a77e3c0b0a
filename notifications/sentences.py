"""What a line says, in HTML for the page and in plain words for email."""

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from notes_site.ids import encode
from notifications.kinds import Kind, ModerationOutcome
from notifications.models import Notification
from notifications.moderation_queue import ModerationQueue

_SENTENCES = {
    Kind.LIKE: gettext_lazy("%(who)s liked your post"),
    Kind.COMMENT: gettext_lazy("%(who)s commented on your post"),
    Kind.REPLY: gettext_lazy("%(who)s replied to your comment"),
    Kind.COMMENT_LIKE: gettext_lazy("%(who)s liked your comment"),
    Kind.MENTION: gettext_lazy("%(who)s mentioned you"),
    Kind.FOLLOW: gettext_lazy("%(who)s started following you"),
    Kind.REQUEST: gettext_lazy("%(who)s wants to follow you"),
    Kind.ACCEPTED: gettext_lazy("%(who)s accepted your request: you now follow them"),
    Kind.COMMENT_HELD: gettext_lazy("%(who)s wrote a comment that needs your approval"),
    Kind.COMMENT_APPROVED: gettext_lazy("%(who)s approved your comment: everyone can see it now"),
}
_OUTCOMES = {
    ModerationOutcome.POST_HIDDEN: gettext_lazy(
        "A moderator hid your post. Only you and moderators can see it."
    ),
    ModerationOutcome.POST_RESTORED: gettext_lazy("A moderator restored your post."),
    ModerationOutcome.COMMENT_HIDDEN: gettext_lazy(
        "A moderator hid one of your comments. Nobody else can see it."
    ),
    ModerationOutcome.COMMENT_RESTORED: gettext_lazy("A moderator restored your comment."),
    ModerationOutcome.PHOTO_REFUSED: gettext_lazy(
        "A moderator reviewed one of your photos: it can’t appear here. Your other photos are kept."
    ),
    ModerationOutcome.PHOTO_RELEASED: gettext_lazy(
        "A moderator reviewed one of your photos: it can appear here."
    ),
    ModerationOutcome.ACCOUNT_RESTORED: gettext_lazy(
        "Your account is open again, with everything in it."
    ),
    ModerationOutcome.REPORT_AGREED: gettext_lazy(
        "A moderator reviewed what you reported and agreed with your report. Thanks for"
        " reporting it."
    ),
    ModerationOutcome.REPORT_DISMISSED: gettext_lazy(
        "A moderator reviewed what you reported and found nothing that breaks the rules. Thanks"
        " for reporting it."
    ),
}


def in_html(row: Notification, people: Sequence[User], total: int) -> SafeString:
    """The sentence with names as links, everything people chose escaped."""
    if row.kind not in _SENTENCES:
        return format_html("{}", _without_people(row))
    who = mark_safe(_who(people, total, _linked))  # noqa: S308  (each name was escaped)
    # The sentence is ours; it goes through the same door all the same.
    sentence = str(_SENTENCES[Kind(row.kind)]).replace("%(who)s", "{who}")
    return format_html(sentence, who=who)


def in_text(row: Notification, people: Sequence[User], total: int) -> str:
    """The sentence in plain words."""
    if row.kind not in _SENTENCES:
        return _without_people(row)
    return str(_SENTENCES[Kind(row.kind)]) % {"who": _who(people, total, _name)}


def address(row: Notification, people: Sequence[User]) -> str:
    """The path of what the line is about."""
    if row.kind == Kind.SIGN_UP:
        return reverse("admin:index")
    if row.kind == Kind.REPORT:
        return f"{reverse('admin:moderation_report_changelist')}?decided=no"
    if row.kind == Kind.REQUEST:
        return reverse("notifications:page")
    if row.post_id:
        return reverse("posts:post", args=[encode(row.post_id)])
    if people:
        return people[0].get_absolute_url()
    return reverse("notifications:page")


def _without_people(row: Notification) -> str:
    if row.kind == Kind.SIGN_UP:
        return _("Someone wants to join and is waiting for a moderator.")
    if row.kind == Kind.REPORT:
        return _reports(ModerationQueue.read(row.detail))
    return str(_OUTCOMES[ModerationOutcome(row.detail)])


def _reports(queue: ModerationQueue) -> str:
    told = ngettext(
        "%(number)s report is waiting for a moderator.",
        "%(number)s reports are waiting for a moderator.",
        queue.number,
    ) % {"number": queue.number_text}
    if not queue.urgent:
        return told
    urgent = ngettext(
        "%(urgent)d is urgent: a child in danger, or someone who may hurt themselves.",
        "%(urgent)d are urgent: a child in danger, or someone who may hurt themselves.",
        queue.urgent,
    ) % {"urgent": queue.urgent}
    return f"{told} {urgent}"


def _who(people: Sequence[User], total: int, write: Callable[[User], Any]) -> str:
    """ "ane", "ane and marlow", "ane, marlow and 11 others"."""
    names = [write(person) for person in people]
    if total <= 1 or not names:
        return str(names[0]) if names else _("Someone")
    if len(names) == 1:
        others = total - 1
        return ngettext(
            "%(first)s and %(count)d other", "%(first)s and %(count)d others", others
        ) % {"first": names[0], "count": others}
    parts = {"first": names[0], "second": names[1]}
    if total == 2:
        return _("%(first)s and %(second)s") % parts
    if total == 3 and len(names) == 3:
        return _("%(first)s, %(second)s and %(third)s") % (parts | {"third": names[2]})
    others = total - 2
    return ngettext(
        "%(first)s, %(second)s and %(count)d other",
        "%(first)s, %(second)s and %(count)d others",
        others,
    ) % (parts | {"count": others})


def _name(person: User) -> str:
    return person.name


def _linked(person: User) -> SafeString:
    return format_html(
        '<a class="who" href="{}"><bdi>{}</bdi></a>', person.get_absolute_url(), person.name
    )
