"""Addresses of the feed."""

from django.urls import path

from feed.views import muted, search, stream, suggestions, syndication, topics, welcome

app_name = "feed"
urlpatterns = [
    path("", stream.stream, name="stream"),
    path("explore/", stream.explore, name="explore"),
    path("topics/<str:name>/", stream.topic, name="topic"),
    path("topics/<str:name>/follow", topics.follow, name="topic_follow"),
    path("topics/<str:name>/pin", topics.pin, name="topic_pin"),
    path("topics/<str:name>/mute", topics.mute, name="topic_mute"),
    path("topics/<str:name>/atom.xml", syndication.topic_atom, name="topic_atom"),
    path("@<str:username>/atom.xml", syndication.profile_atom, name="profile_atom"),
    path("settings/muted/", muted.muted, name="muted"),
    path("settings/muted/words/<int:word_id>", muted.word, name="muted_word"),
    path("@<str:username>/dismiss", suggestions.dismiss, name="dismiss"),
    path("welcome/", welcome.start, name="welcome"),
    path("welcome/picture/", welcome.picture, name="welcome_picture"),
    path("welcome/topics/", welcome.topics, name="welcome_topics"),
    path("welcome/people/", welcome.people, name="welcome_people"),
    path("search/", search.search_page, name="search"),
    path("search/suggest", search.suggestions, name="suggest"),
    path("oembed", syndication.oembed, name="oembed"),
    path("sitemap.xml", syndication.sitemap, name="sitemap"),
    path("sitemap-<int:year>-<int:month>.xml", syndication.month, name="sitemap_month"),
    path("robots.txt", syndication.robots, name="robots"),
]
