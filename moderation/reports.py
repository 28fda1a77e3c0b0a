"""Reports: what a member tells the moderators, and what came of it."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry, Report
from notes_site.queue import events
from posts.models import Comment, Post

Kind = AuditEntry.Kind
Decision = Report.Decision


def report(*, reporter: User, target: Post | Comment | User, category: str, words: str) -> bool:
    """Tell the moderators, in whose notifications it appears.

    False when the same person told them already and nobody has decided yet.
    """
    kind, author = _described(target)
    try:
        with transaction.atomic():
            made = Report.objects.create(
                reporter=reporter,
                target_kind=kind,
                target_id=target.pk,
                target_label=f"@{author.username}",
                person_id=author.pk,
                post_id=target.post_id if isinstance(target, Comment) else None,
                category=category,
                words=words,
            )
            events.record("report.created", made.pk)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def decide(*, actor: User | None, report: Report, decision: Decision, reason: str) -> bool:
    """Close a report, and tell who sent it; False when somebody closed it already.

    What is done about its target is an action of its own. Raises actions.NotAllowedError for a
    report about the actor's own things, and for one that they wrote.
    """
    # Two at once: the second waits here (SQLite has one writer) and then finds it decided.
    waiting = Report.objects.select_for_update().filter(pk=report.pk, decision="").first()
    if waiting is None:
        return False
    noted = actions.require_no_conflict(actor, waiting, reason)
    Report.objects.filter(pk=waiting.pk).update(decision=decision, decided_at=timezone.now())
    agreed = decision == Decision.AGREED
    actions.write_audit_entry(
        actor=actor,
        action=AuditEntry.Action.AGREE if agreed else AuditEntry.Action.DISMISS_REPORT,
        kind=Kind(waiting.target_kind),
        target_id=waiting.target_id,
        label=waiting.target_label,
        reason=noted,
    )
    events.record(
        "report.decided",
        waiting.pk,
        reporter=str(waiting.reporter_id or ""),
        decision=decision.value,
    )
    return True


def _described(target: Post | Comment | User) -> tuple[Kind, User]:
    if isinstance(target, User):
        return Kind.PERSON, target
    kind = Kind.POST if isinstance(target, Post) else Kind.COMMENT
    if target.author is None:
        raise ValueError("the place of a deleted comment can't be reported")
    return kind, target.author
