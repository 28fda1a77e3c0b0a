"""The tabs of the stream: which there are for a person, and which one is open."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import PeopleList, User
from accounts.requests import PageRequest
from feed import topics
from notes_site.ids import decode
from posts.models import Topic
from posts.text.tags import topic_name

FOR_YOU, FOLLOWING, LATEST, LIST, TOPIC = "for-you", "following", "latest", "list", "topic"
BY_TIME = "published_at"
ORDERS = {FOR_YOU: "hot", FOLLOWING: BY_TIME, LATEST: BY_TIME, LIST: BY_TIME, TOPIC: BY_TIME}
# Those of what a member made or pinned: a tab's address and the cookie name which.
OWN = (LIST, TOPIC)
COOKIE = "tab"
LISTS_AS_TABS = 12


@dataclass(frozen=True)
class Tab:
    """A tab; `people_list` for that of a list, `topic` for that of a topic."""

    slug: str
    people_list: PeopleList | None = None
    topic: Topic | None = None

    @property
    def order(self) -> str:
        """The column by which its posts fall."""
        return ORDERS[self.slug]

    @property
    def name(self) -> str:
        """What the list or the topic is called in addresses; '' for other tabs."""
        if self.topic:
            return self.topic.name
        return self.people_list.code if self.people_list else ""

    @property
    def remembered_as(self) -> str:
        """What the cookie holds of it; a topic may have letters that no cookie takes."""
        return f"{self.slug}-{quote(self.name)}" if self.name else self.slug

    @property
    def query(self) -> str:
        """What leads to it in an address."""
        return urlencode({"tab": self.slug} | ({self.slug: self.name} if self.name else {}))


def chosen(request: PageRequest) -> Tab:
    """The tab asked for, else the one remembered, else For you.

    Raises Http404 when a list or a topic is asked for that is no tab of the viewer's, as if it
    never was.
    """
    asked, remembered = request.GET.get("tab", ""), request.COOKIES.get(COOKIE, "")
    viewer, slug = request.user, asked or remembered
    if not viewer.is_authenticated:
        return Tab(LATEST if slug == LATEST else FOR_YOU)
    if asked in OWN:
        own = _own(viewer, asked, request.GET.get(asked, ""))
        if own is None:
            raise Http404
        return own
    kind, _dash, name = slug.partition("-")
    if kind in OWN:
        # What is remembered may be gone by now, which is no reason for a 404.
        return _own(viewer, kind, unquote(name)) or Tab(FOR_YOU)
    return Tab(slug if slug in (FOLLOWING, LATEST) else FOR_YOU)


def all_of(request: PageRequest, current: Tab) -> list[tuple[str, str, bool]]:
    """Every tab: what leads to it, what it is called, and whether it is open."""
    viewer = request.user
    if not viewer.is_authenticated:
        named = [(Tab(FOR_YOU), _("Explore")), (Tab(LATEST), _("Latest"))]
    else:
        named = [
            (Tab(FOR_YOU), _("For you")),
            (Tab(FOLLOWING), _("Following")),
            (Tab(LATEST), _("Latest")),
        ]
        named += [(Tab(TOPIC, topic=each), f"#{each.name}") for each in _topics(viewer)]
        named += [(Tab(LIST, each), each.name) for each in _lists(viewer, current)]
    return [(tab.query, label, tab == current) for tab, label in named]


def _topics(viewer: User) -> list[Topic]:
    if viewer.facts and not viewer.facts.has_topic_tabs:
        return []
    return list(topics.pinned(viewer))


def _lists(viewer: User, current: Tab) -> list[PeopleList]:
    """The viewer's lists, the open one always among them."""
    if viewer.facts and not viewer.facts.has_lists:
        return []
    mine = PeopleList.objects.filter(owner=viewer).order_by("name", "pk")
    shown = list(mine[:LISTS_AS_TABS])
    if current.people_list and current.people_list not in shown:
        shown[-1:] = [current.people_list]
    return shown


def _own(viewer: User, slug: str, name: str) -> Tab | None:
    """The tab of the viewer's own list or topic of this name; None when they have none such."""
    if slug == TOPIC:
        topic = topics.pinned(viewer).filter(name=topic_name(name)).first()
        return Tab(TOPIC, topic=topic) if topic else None
    try:
        own = PeopleList.objects.filter(pk=decode(name), owner=viewer).first()
    except ValueError:
        return None
    return Tab(LIST, own) if own else None
