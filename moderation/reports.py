"""Reports: what a member tells the moderators, and what came of it."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry, Report
from notes_site import events
from posts.models import Comment, Post

Kind = AuditEntry.Kind
Decision = Report.Decision


def report(*, reporter: User, target: Post | Comment | User, category: str, words: str) -> bool:
    """Tell the moderators; False when the same person told them already and waits."""
    kind, author = _described(target)
    try:
        with transaction.atomic():
            Report.objects.create(
                reporter=reporter,
                target_kind=kind,
                target_id=target.pk,
                target_label=f"@{author.username}",
                post_id=target.post_id if isinstance(target, Comment) else None,
                category=category,
                words=words,
            )
    except IntegrityError:
        return False
    return True


@transaction.atomic
def decide(*, actor: User | None, report: Report, decision: Decision, reason: str) -> bool:
    """Close a report, and tell who sent it; False when somebody closed it already.

    What is done about its target is a deed of its own.
    """
    changed = Report.objects.filter(pk=report.pk, decision="").update(
        decision=decision, decided_at=timezone.now()
    )
    if changed:
        upheld = decision == Decision.UPHELD
        actions.write(
            actor=actor,
            action=AuditEntry.Action.UPHOLD if upheld else AuditEntry.Action.SET_ASIDE,
            kind=Kind(report.target_kind),
            target_id=report.target_id,
            label=report.target_label,
            reason=reason,
        )
        events.record(
            "report.decided",
            report.pk,
            reporter=str(report.reporter_id or ""),
            decision=decision.value,
        )
    return bool(changed)


def _described(target: Post | Comment | User) -> tuple[Kind, User]:
    if isinstance(target, User):
        return Kind.PERSON, target
    kind = Kind.POST if isinstance(target, Post) else Kind.COMMENT
    if target.author is None:
        raise ValueError("the place of a deleted comment can't be reported")
    return kind, target.author
