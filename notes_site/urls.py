"""Where the rooms are put together."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from notes_site.views import health
from notes_site.views.conventions import favicon
from notes_site.views.metrics import metrics

# The admin is entered by the same door as the site: its rate limits, its second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("feed.urls")),
    path("", include("posts.urls")),
    path("", include("accounts.urls")),
    path("", include("leaving.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "notes_site.views.errors.bad_request"
handler404 = "notes_site.views.errors.not_found"
