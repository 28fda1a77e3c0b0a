from itertools import islice

from django.db import migrations
from django.db.models import Q

from posts import limits
from posts.text.tags import HASH, topics_in

BATCH = 200


def read_again(apps, _schema_editor):
    """Topics of captions were cut at marks, and missed after other scripts, until now."""
    tagged = Q()
    for sign in HASH:
        tagged |= Q(caption__contains=sign)
    posts = apps.get_model("posts", "Post").objects.filter(tagged).order_by("pk")
    found = posts.only("caption", "published_at").iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        _read(apps, batch)


def _read(apps, posts):
    Topic, PostTopic = (apps.get_model("posts", name) for name in ("Topic", "PostTopic"))
    named = {post.pk: topics_in(post.caption)[: limits.MAX_TOPICS] for post in posts}
    names = {name for each in named.values() for name in each}
    Topic.objects.bulk_create([Topic(name=name) for name in names], ignore_conflicts=True)
    ids = dict(Topic.objects.filter(name__in=names).values_list("name", "pk"))
    wanted = {(post, ids[name]) for post, each in named.items() for name in each}
    there = PostTopic.objects.filter(post__in=list(named))
    kept = {(post, topic): pk for pk, post, topic in there.values_list("pk", "post", "topic")}
    PostTopic.objects.filter(pk__in=[pk for pair, pk in kept.items() if pair not in wanted]).delete()
    times = {post.pk: post.published_at for post in posts}
    PostTopic.objects.bulk_create(
        PostTopic(post_id=post, topic_id=topic, published_at=times[post])
        for post, topic in wanted - set(kept)
    )


class Migration(migrations.Migration):

    dependencies = [
        ("posts", "0010_post_liked"),
    ]

    operations = [
        migrations.RunPython(read_again, migrations.RunPython.noop),
    ]
