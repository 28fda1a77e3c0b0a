"""Where the rooms are put together."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.webauthn.views import signup_webauthn
from django.contrib import admin
from django.urls import include, path

from accounts.views import passkeys
from accounts.views.sign_up import sign_up
from notes_site.views import health
from notes_site.views.conventions import favicon
from notes_site.views.metrics import metrics

# The admin is entered by the same door as the site: its rate limits, its second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("feed.urls")),
    path("", include("posts.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("leaving.urls")),
    # Before allauth's own, which asks neither for an invitation nor for a reason.
    path("accounts/signup/", sign_up, name="account_signup"),
    path("", include("moderation.urls")),
    path("accounts/", include("allauth.urls")),
    # Under names that django-allauth leads to, which leaves them out of its own list unless
    # email is confirmed by a code first.
    path("accounts/signup/passkey/", passkeys.sign_up, name="account_signup_by_passkey"),
    path("accounts/2fa/webauthn/signup/", signup_webauthn, name="mfa_signup_webauthn"),
    path("accounts/signup/passkey/instead/", passkeys.without_passkey, name="passkey_instead"),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "notes_site.views.errors.bad_request"
handler404 = "notes_site.views.errors.not_found"
handler500 = "notes_site.views.errors.server_error"
