"""The tabs of the stream: which there are for a person, and which one is open."""

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import PeopleList
from accounts.requests import PageRequest
from notes_site.ids import decode

FOR_YOU, FOLLOWING, LATEST, LIST = "for-you", "following", "latest", "list"
ORDERS = {FOR_YOU: "hot", FOLLOWING: "published_at", LATEST: "published_at", LIST: "published_at"}
COOKIE = "tab"
LISTS_AS_TABS = 12


@dataclass(frozen=True)
class Tab:
    """A tab; `people_list` for that of a list."""

    slug: str
    people_list: PeopleList | None = None

    @property
    def order(self) -> str:
        """The column by which its posts fall."""
        return ORDERS[self.slug]

    @property
    def remembered_as(self) -> str:
        """What the cookie holds of it."""
        return f"{LIST}-{self.people_list.code}" if self.people_list else self.slug

    @property
    def query(self) -> str:
        """What leads to it in an address."""
        code = f"&list={self.people_list.code}" if self.people_list else ""
        return f"tab={self.slug}{code}"


def chosen(request: PageRequest) -> Tab:
    """The tab asked for, else the one remembered, else For you.

    Raises Http404 when a list is asked for that is not the viewer's own, as if it never was.
    """
    asked, remembered = request.GET.get("tab", ""), request.COOKIES.get(COOKIE, "")
    if not request.user.is_authenticated:
        slug = asked or remembered
        return Tab(LATEST if slug == LATEST else FOR_YOU)
    if asked == LIST:
        own = _own_list(request, request.GET.get("list", ""))
        if own is None:
            raise Http404
        return Tab(LIST, own)
    slug, _dash, code = remembered.partition(f"{LIST}-")
    if not asked and code and not slug:
        # A remembered list may have been deleted since, which is no reason for a 404.
        own = _own_list(request, code)
        return Tab(LIST, own) if own else Tab(FOR_YOU)
    slug = asked or remembered
    return Tab(slug if slug in (FOLLOWING, LATEST) else FOR_YOU)


def all_of(request: PageRequest, current: Tab) -> list[tuple[str, str, bool]]:
    """Every tab: what leads to it, what it is called, and whether it is open."""
    if not request.user.is_authenticated:
        named = [(Tab(FOR_YOU), _("Explore")), (Tab(LATEST), _("Latest"))]
    else:
        named = [
            (Tab(FOR_YOU), _("For you")),
            (Tab(FOLLOWING), _("Following")),
            (Tab(LATEST), _("Latest")),
        ]
        named += [(Tab(LIST, each), each.name) for each in _lists(request, current)]
    return [(tab.query, label, tab == current) for tab, label in named]


def _lists(request: PageRequest, current: Tab) -> list[PeopleList]:
    """The viewer's lists, the open one always among them."""
    viewer = request.user
    if viewer.is_authenticated and viewer.facts and not viewer.facts.has_lists:
        return []
    mine = PeopleList.objects.filter(owner=viewer.pk).order_by("name", "pk")
    shown = list(mine[:LISTS_AS_TABS])
    if current.people_list and current.people_list not in shown:
        shown[-1:] = [current.people_list]
    return shown


def _own_list(request: PageRequest, code: str) -> PeopleList | None:
    try:
        list_id = decode(code)
    except ValueError:
        return None
    return PeopleList.objects.filter(pk=list_id, owner=request.user.pk).first()
