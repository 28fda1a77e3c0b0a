"""A member's lists of people; what is shared with a list follows it at once."""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from accounts.models import ListMember, PeopleList, User
from accounts.models.relations import MAX_LISTS, MAX_ON_A_LIST, blocked_between
from accounts.social import follows
from notes_site.text import one_line

LONGEST_NAME = 50


class ListRefusedError(Exception):
    """The list can't be as wished; the sentence says why, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def create(*, owner: User, name: str) -> PeopleList:
    """An empty list.

    Raises ListRefusedError for a name that is empty or taken, and when there are too many lists.
    """
    follows.lock(owner.pk)
    if PeopleList.objects.filter(owner=owner).count() >= MAX_LISTS:
        raise ListRefusedError(
            _("You already have %(most)d lists, which is the limit. Delete one first.")
            % {"most": MAX_LISTS}
        )
    try:
        with transaction.atomic():
            return PeopleList.objects.create(owner=owner, name=_tidy(name))
    except IntegrityError as error:
        raise _taken(name) from error


@transaction.atomic
def rename(*, people_list: PeopleList, name: str) -> None:
    """Give a list another name; raises ListRefusedError when it is empty or taken."""
    try:
        with transaction.atomic():
            PeopleList.objects.filter(pk=people_list.pk).update(name=_tidy(name))
    except IntegrityError as error:
        raise _taken(name) from error


@transaction.atomic
def delete(*, people_list: PeopleList) -> bool:
    """Delete a list; what was shared with it is its author's alone. False when it is gone."""
    follows.lock(people_list.owner_id)
    _rows, by_model = PeopleList.objects.filter(pk=people_list.pk).delete()
    return bool(by_model.get(PeopleList._meta.label))


@transaction.atomic
def add(*, people_list: PeopleList, person: User) -> bool:
    """Put a person on a list, who does not learn of it; True when that is new.

    False too for oneself, and where there is a block between the two. Raises ListRefusedError
    when the list is full.
    """
    follows.lock(people_list.owner_id, person.pk)
    apart = User.objects.filter(blocked_between(people_list.owner_id, "pk"), pk=person.pk)
    if person.pk == people_list.owner_id or apart.exists():
        return False
    now = PeopleList.objects.filter(pk=people_list.pk).first()
    if now is None or ListMember.objects.filter(people_list=now, person=person).exists():
        return False
    if now.member_count >= MAX_ON_A_LIST:
        raise ListRefusedError(
            _("This list already has %(most)d people, which is the limit.")
            % {"most": MAX_ON_A_LIST}
        )
    ListMember.objects.create(people_list=now, person=person)
    PeopleList.objects.filter(pk=now.pk).update(member_count=F("member_count") + 1)
    return True


@transaction.atomic
def remove(*, people_list: PeopleList, person: User) -> bool:
    """Take a person off a list; True when they were on it."""
    follows.lock(people_list.owner_id, person.pk)
    removed, _rows = ListMember.objects.filter(people_list=people_list, person=person).delete()
    if removed:
        PeopleList.objects.filter(pk=people_list.pk).update(member_count=F("member_count") - 1)
    return bool(removed)


@transaction.atomic
def choose(*, owner: User, person: User, list_ids: Collection[int], new_name: str = "") -> None:
    """Put a person on these lists of the owner's, and on a new one; off all others.

    Raises ListRefusedError, and nothing is changed, when the new list can't be or one is full.
    """
    follows.lock(owner.pk, person.pk)
    mine = PeopleList.objects.filter(owner=owner)
    on = Exists(ListMember.objects.filter(people_list=OuterRef("pk"), person=person))
    for each in mine.filter(on).exclude(pk__in=list_ids):
        remove(people_list=each, person=person)
    for each in mine.filter(~on, pk__in=list_ids):
        add(people_list=each, person=person)
    if new_name.strip():
        add(people_list=create(owner=owner, name=new_name), person=person)


def _tidy(name: str) -> str:
    tidy = one_line(name)
    if not tidy:
        raise ListRefusedError(_("Give the list a name."))
    if len(tidy) > LONGEST_NAME:
        raise ListRefusedError(
            _("A list’s name can have up to %(most)d characters. Shorten it.")
            % {"most": LONGEST_NAME}
        )
    return tidy


def _taken(name: str) -> ListRefusedError:
    return ListRefusedError(
        _("You already have a list called “%(name)s”. Choose another name.")
        % {"name": one_line(name)}
    )
