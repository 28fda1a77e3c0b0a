"""Conflicts of interest: nobody decides about themselves, their own things, or what they reported.

Every action asks here, whichever page it came from (docs/decisions/0028). Where a site has nobody
else, its owner decides all the same, and the audit trail says so.
"""

from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import SignUp, User
from accounts.models.user import in_good_standing
from moderation.models import AuditEntry, Report
from posts.models import Comment, Photo, Post

Kind = AuditEntry.Kind
# What an entry's reason begins with where somebody decided about themselves.
ALONE = "[Their own: nobody else could decide.]"
ABOUT_REPORTS = (AuditEntry.Action.AGREE, AuditEntry.Action.DISMISS_REPORT)


def moderators() -> "QuerySet[User]":
    """Everyone who can decide something at the moment, owners included."""
    able = User.objects.with_perm("posts.change_post")
    return able.filter(in_good_standing(), is_staff=True)


class Moderator:
    """A person as a moderator: what they may decide, and see; each query is made once."""

    def __init__(self, person: User) -> None:
        self.person = person

    def why_not(self, thing: object, *, for_owners: bool = False) -> str:
        """Why this person may not decide about this thing, in a sentence; '' when they may.

        `for_owners` says that a mere moderator could not do it in their place.
        """
        refusal = self._conflict(thing)
        return "" if refusal and self._is_alone(thing, for_owners) else refusal

    def audit_note(self, thing: object, *, for_owners: bool = False) -> str:
        """What the audit trail is to say first: that the person decided about themselves; or ''."""
        conflict = self._conflict(thing)
        return ALONE if conflict and self._is_alone(thing, for_owners) else ""

    def visible_reports(self) -> "QuerySet[Report]":
        """The reports this person may know of: none about them or about anything of theirs."""
        return Report.objects.filter(~Q(person_id=self.person.pk) | self._left_to_them())

    def open_reports(self) -> "QuerySet[Report]":
        """The open reports that this person may decide."""
        theirs = Q(person_id=self.person.pk) | Q(reporter=self.person.pk)
        return Report.objects.filter(~theirs | self._left_to_them(), decision="")

    def visible_audit_entries(self) -> "QuerySet[AuditEntry]":
        """The audit trail without what others decided about reports of this person's things."""
        theirs = Report.objects.filter(
            person_id=self.person.pk,
            target_kind=OuterRef("target_kind"),
            target_id=OuterRef("target_id"),
        )
        by_others = Q(action__in=ABOUT_REPORTS) & ~Q(actor_id=self.person.pk)
        return AuditEntry.objects.exclude(by_others & Exists(theirs))

    def _conflict(self, thing: object) -> str:
        if isinstance(thing, Report) and thing.reporter_id == self.person.pk:
            return _("You reported this, so another moderator has to decide.")
        if self.person.pk in _owners_of(thing):
            return _("This is your own, so another moderator has to look at it.")
        if _key(thing) in self._reported:
            return _("You reported this, so another moderator has to decide.")
        return ""

    def _is_alone(self, thing: object, for_owners: bool) -> bool:
        """Whether the person owns the site and nobody without a conflict could decide instead."""
        if not self.person.is_superuser:
            return False
        concerned = _owners_of(thing)
        if isinstance(thing, Report):
            concerned = {*concerned, thing.reporter_id}
        others = [pk for pk, owns in self._others if (owns or not for_owners)]
        return not set(others) - concerned

    def _left_to_them(self) -> Q:
        """The reports about the person that nobody but them could decide."""
        nothing, everything = Q(pk__in=[]), ~Q(pk__in=[])
        if not self.person.is_superuser or len(self._others) > 1:
            # Of two others, one at least has nothing to do with it.
            return nothing
        if not self._others:
            return everything
        other = self._others[0][0]
        return Q(person_id=other) | Q(reporter=other)

    @cached_property
    def _others(self) -> list[tuple[int, bool]]:
        """Everyone else who moderates, and whether they own the site."""
        others = moderators().exclude(pk=self.person.pk).order_by("pk")
        return list(others.values_list("pk", "is_superuser"))

    @cached_property
    def _reported(self) -> set[tuple[str, int]]:
        """What the person reported, as long as nobody decided."""
        reports = Report.objects.filter(reporter=self.person.pk, decision="")
        return set(reports.values_list("target_kind", "target_id"))


def _owners_of(thing: object) -> set[int | None]:
    """Whose the thing is; nobody's where it concerns no one in particular."""
    match thing:
        case Post() | Comment():
            return {thing.author_id}
        case Photo():
            return {thing.owner_id}
        case User():
            return {thing.pk}
        case SignUp():
            return {thing.user_id}
        case Report():
            return {thing.person_id}
    return set()


def _key(thing: object) -> tuple[str, int] | None:
    """How a report would name the thing."""
    match thing:
        case Post():
            return Kind.POST.value, thing.pk
        case Comment():
            return Kind.COMMENT.value, thing.pk
        case Photo():
            return Kind.PHOTO.value, thing.pk
        case User():
            return Kind.PERSON.value, thing.pk
    return None
