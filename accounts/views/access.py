"""The doors from an address to a person, and to a list."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import PeopleList, User
from accounts.models.user import in_good_standing
from accounts.requests import MemberRequest
from accounts.social import relations
from accounts.social.relations import Relation


def visible_person(request: MemberRequest, username: str) -> User:
    """The person; 404 when the viewer may not know of them, as if they never were."""
    return get_object_or_404(User.objects.visible_to(request.user), username=username.lower())


def other_person(request: MemberRequest, username: str) -> User:
    """A person who is not oneself; 404 as above."""
    person = visible_person(request, username)
    if person.pk == request.user.pk:
        raise Http404
    return person


def blockable_person(request: MemberRequest, username: str) -> User:
    """Somebody to block or to stop blocking: those whom one blocked are found too."""
    person = User.objects.filter(in_good_standing(), username=username.lower()).first()
    if person is None or not relations.relation(request.user, person).blocks:
        person = other_person(request, username)
    return person


def person_with_open_circle(request: MemberRequest, username: str) -> tuple[User, Relation]:
    """A person whose followers the viewer may read, and what they are to the viewer; or 404."""
    person = visible_person(request, username)
    relation = relations.relation(request.user, person)
    if not relations.is_open_to(request.user, person, relation):
        raise Http404
    return person, relation


def own_list(request: MemberRequest, list_id: int) -> PeopleList:
    """The viewer's own list; 404 for anybody else's, as if it never was."""
    return get_object_or_404(PeopleList, pk=list_id, owner=request.user.pk)
