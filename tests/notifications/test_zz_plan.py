import time, pytest
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from notifications.models import *
from notifications.lines import *
from tests.notifications.test_page import make_lines
@pytest.mark.django_db
def test_plan(owner, capsys):
    Preferences.objects.create(person=owner, seen_at=timezone.now()-timedelta(days=30))
    make_lines(owner, 100_000)
    from notifications.visible import shown_to
    for analyze in (False, True):
        if analyze:
            connection.cursor().execute("ANALYZE")
        seen = Preferences.objects.filter(person=owner).values("seen_at")
        newest = Notification.objects.filter(recipient=owner, on_page=True, newest_at__gt=Coalesce(Subquery(seen), Value(BEGINNING))).order_by("-newest_at", "-pk")
        q1 = Notification.objects.filter(pk__in=newest.values("pk")[:LOOKED_AT]).filter(shown_to(owner))
        q2 = rows_of(owner).order_by("-newest_at","-pk")[:31]
        with capsys.disabled():
            for q in (q1,q2):
                t=time.time(); list(q); print("\n#### analyzed", analyze, round(time.time()-t,3))
                print(q.explain(analyze=True) if connection.vendor=="postgresql" else q.explain())
