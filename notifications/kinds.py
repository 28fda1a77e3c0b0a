"""What people are told of, and what of it goes by email unless they say otherwise."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What happened, as its switches in the settings name it."""

    LIKE = "like", _("Likes of my posts")
    COMMENT = "comment", _("Comments on my posts")
    REPLY = "reply", _("Replies to my comments")
    COMMENT_LIKE = "comment_like", _("Likes of my comments")
    MENTION = "mention", _("Mentions of me")
    FOLLOW = "follow", _("New followers")
    REQUEST = "request", _("Requests to follow me")
    ACCEPTED = "accepted", _("Follow requests of mine that were accepted")
    COMMENT_HELD = "comment_held", _("Comments waiting for my approval")
    COMMENT_APPROVED = "comment_approved", _("My comments that were approved")
    MODERATION = "moderation", _("What moderators decide about me and my posts")
    SIGN_UP = "sign_up", _("Requests to join")
    REPORT = "report", _("Reports waiting for a moderator")


class ModerationOutcome(TextChoices):
    """What a moderator did, as a line of the kind `moderation` keeps it."""

    POST_HIDDEN = "post_hidden", _("hid a post")
    POST_RESTORED = "post_restored", _("restored a post")
    COMMENT_HIDDEN = "comment_hidden", _("hid a comment")
    COMMENT_RESTORED = "comment_restored", _("restored a comment")
    PHOTO_REFUSED = "photo_refused", _("refused a photo")
    PHOTO_RELEASED = "photo_released", _("released a photo")
    ACCOUNT_RESTORED = "account_restored", _("ended a suspension")
    # Made from `Report.Decision` in `tell_who_reported`, whose stored values predate its names.
    REPORT_AGREED = "report_upheld", _("agreed with a report")
    REPORT_DISMISSED = "report_set_aside", _("dismissed a report")


# Nobody in particular did these: a line of them has no people.
WITHOUT_PEOPLE = (Kind.MODERATION, Kind.SIGN_UP, Kind.REPORT)
# What waits for moderators: nobody else is told, nor asked how they want to hear of it.
FOR_MODERATORS = (Kind.SIGN_UP, Kind.REPORT)
# Nobody turns these off on the page: they say what became of one's own things.
ALWAYS_ON_PAGE = (Kind.MODERATION,)
# More mentions in one text than these tell nobody.
MAX_MENTIONS = 20
# Quiet: what somebody waits for an answer to, and what is about the person's own things.
MAILED_AT_FIRST = (Kind.MENTION, Kind.REQUEST, Kind.MODERATION, Kind.SIGN_UP, Kind.REPORT)


def mailed_at_first() -> list[str]:
    """The kinds that go by email until the person says otherwise."""
    return [kind.value for kind in MAILED_AT_FIRST]
