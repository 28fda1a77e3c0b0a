"""Django settings. What an owner may choose comes from the environment (`env.py`)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from notes_site.env import is_loopback, read_environment
from notes_site.logs import is_worth_a_line, without_visitors_tracebacks

ENV = read_environment()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = ENV.data_dir

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
HOST = ENV.host
PORT = ENV.port
SITE_URL = ENV.site_url
SITE_NAME = ENV.site_name
ALLOWED_HOSTS = ENV.allowed_hosts
REGISTRATION = ENV.registration
QUOTA_MB = ENV.quota_mb
RATE_LIMITS = ENV.rate_limits
WEB_WORKERS = ENV.web_workers
WORKERS = ENV.workers
DEMO = ENV.demo
METRICS_ALLOWED = ENV.metrics_allowed
HEARTBEAT_FILE = ENV.heartbeat_file
ON_TLS = SITE_URL.startswith("https://")
# Behind a proxy the site listens on loopback too, so it is the public address that tells.
ON_THIS_MACHINE_ONLY = is_loopback(urlsplit(SITE_URL).hostname or "") and is_loopback(HOST)

INSTALLED_APPS = [
    "notes_site",
    "accounts",
    "posts",
    "feed",
    "moderation",
    "notifications",
    "leaving",
    "demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "notes_site.middleware.RequestLogMiddleware",
    "notes_site.middleware.OutageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "notes_site.middleware.SecurityHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    # Before sessions, which look their cookie up in the database.
    "notes_site.middleware.PlainTextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "notes_site.middleware.RateLimitMiddleware",
    "notes_site.middleware.SignInRequiredMiddleware",
    # Before CSRF, which would read the whole body to find its token.
    "notes_site.middleware.LargeBodyMiddleware",
    # After sign-in, so that a visitor is sent to sign in rather than told of a missing token.
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PendingSignInMiddleware",
    "accounts.middleware.GoodStandingMiddleware",
    "accounts.middleware.SessionSeenMiddleware",
    "accounts.middleware.FormerNameMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # After messages, since it leaves one.
    "accounts.middleware.StaffSecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "notes_site.urls"
WSGI_APPLICATION = "notes_site.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["notes_site.templatetags.icons"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "notes_site.context.site",
                "notifications.context.unseen",
                "accounts.context.follow_requests",
            ],
        },
    },
]

DATABASES = {"default": ENV.database}
SESSION_ENGINE = "accounts.login.session_store"
# Only where `prepare_database` runs: whom it gives what the site needs.
DATABASE_SITE_ROLE = ENV.site_role
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]] = {
    # Rate limits live here, and signing in asks them: not in the broker, which may be away.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Rendered fragments: kept in each process, keyed by version, so they never need clearing.
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    },
    # Members' pages without what changes from one request to the next; some 12 kB each.
    "frames": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "frames",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 600},
    },
    # Visitors' pages, keyed by all that they show; some 10 kB each.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# Sessions keep this path: under another one everybody would be signed out.
AUTHENTICATION_BACKENDS = ["accounts.backends.SignInBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Said on the page of the owner who makes such a link.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.signup.forms.SignUpForm",
    "reset_password": "accounts.email.reset_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.email.reset_forms.ResetPasswordKeyForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.email.reset_tokens.ResetTokens"  # noqa: S105
# Signing up with somebody else's address goes on like any other; that address is told by mail.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "website"
# On a site that sends no mail, nobody could confirm an address.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_VALIDATORS = "accounts.usernames.validators"
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    {
        "login": "25/5m/ip",
        # A key is one name at one address; `anywhere` it is the name, for strange devices alone.
        "login_failed": "25/1h/key,25/1h/ip",
        "login_failed_anywhere": "100/1h/key",
        "signup": "5/30m/ip",
        "reset_password": "20/30m/ip,5/30m/key",
        "upload": "600/1h/user",
        "publish": "60/1h/user",
        "draft": "1200/1h/user",
        "comment": "30/5m/user",
        "comment_care": "300/5m/user",
        "like": "300/5m/user",
        "save": "300/5m/user",
        "collection": "300/5m/user",
        "follow": "100/5m/user",
        "topic": "200/5m/user",
        "people": "200/5m/user",
        "suggestion": "200/5m/user",
        "profile": "60/1h/user",
        "pin": "120/1h/user",
        "search": "120/1m/ip",
        # One at each pause in typing.
        "suggest": "600/1m/ip",
        "report": "20/1h/user",
        "setup": "20/5m/ip",
        "unsubscribe": "30/5m/ip",
        "export": "5/1d/user",
        "leaving": "10/1h/user",
        "username": "10/1h/user",
        "session": "60/1h/user",
    }
    if RATE_LIMITS
    else False
)
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Whoever finds a browser left open can't move the account to another address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.login.passkeys.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "accounts.login.passkey_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.login.passkey_forms.EditPasskeyForm",
    "signup_webauthn": "accounts.login.passkey_forms.SignUpPasskeyForm",
}
MFA_RATE_LIMITS: dict[str, str] | bool = {"webauthn_login": "25/5m/ip"} if RATE_LIMITS else False
MFA_TOTP_ISSUER = SITE_NAME
# A small site may have no mail; its people still deserve a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SIGN_INS_KEPT_DAYS = 90
# An old name leads to the new one for so long, and the next new one may be taken after so long.
FORMER_USERNAME_DAYS = 30
USERNAME_CHANGE_DAYS = 14
# Who leaves can change their mind for so long.
ACCOUNT_GRACE_DAYS = 14
STAFF_SECOND_FACTOR = not (DEBUG or ON_THIS_MACHINE_ONLY)

# --- Media ------------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
# Always a file, never memory: its path goes to the decoding child and it is moved, not copied.
FILE_UPLOAD_HANDLERS = ["posts.uploading.handlers.BoundedTemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# More than the 35 photos of the largest form, so that our own sentence refuses the 36th.
DATA_UPLOAD_MAX_NUMBER_FILES = 100

STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "notes_site.storage.FileMedia", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {"BACKEND": "notes_site.static_files.StaticFiles"},
}
STORAGE_PUBLIC_URL = "/renditions/"
if ENV.s3:
    STORAGE_PUBLIC_URL = ENV.storage_public_url.rstrip("/") + "/"
    STORAGES["default"] = {
        "BACKEND": "notes_site.storage.S3Media",
        "OPTIONS": {
            "bucket_name": ENV.s3.bucket,
            "access_key": ENV.s3.access_key,
            "secret_key": ENV.s3.secret_key,
            "endpoint_url": ENV.s3.endpoint,
            "region_name": ENV.s3.region,
        },
    }

# --- Celery -----------------------------------------------------------------------------------
CELERY_BROKER_URL = ENV.redis_url or "filesystem://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"socket_connect_timeout": 2, "socket_timeout": 5, "visibility_timeout": 300}
    if ENV.redis_url
    else {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        # Kombu's own is a second; the first rendition should be there within half of one.
        "polling_interval": 0.05,
    }
)
CELERY_TASK_IGNORE_RESULT = True
# Renders wait in a line of their own: a worker takes from both in turn, so that hiding a post
# never waits behind a hundred photos.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("render")]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {"posts.tasks.render": {"queue": "render"}}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# The row is the truth: a message is acknowledged on receipt, and the sweep finds lost work.
CELERY_TASK_ACKS_LATE = False
# What a busy worker has taken, an idle one can't do.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A queue that this worker alone reads, for its own sign of life (notes_site/heartbeats.py).
CELERY_WORKER_DIRECT = bool(HEARTBEAT_FILE)
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Decoding has processes of its own; the rest waits for database and storage (decision 7).
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 2
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
# `expires`: what no worker took in time is dropped, so that one that comes back after a day doesn't
# run thousands of sweeps.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {
        "task": "posts.tasks.sweep",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "sweep-events": {
        "task": "notes_site.tasks.sweep_events",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "sweep-emails": {
        "task": "notes_site.tasks.sweep_emails",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "sweep-leaving": {
        "task": "leaving.tasks.sweep",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "heartbeat": {
        "task": "notes_site.tasks.beat",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "rescore": {
        "task": "feed.tasks.rescore",
        "schedule": timedelta(minutes=15),
        "options": {"expires": 900},
    },
    "forget": {
        "task": "accounts.tasks.forget",
        "schedule": timedelta(hours=24),
        "options": {"expires": 3600},
    },
    "mail-notifications": {
        "task": "notifications.tasks.sweep_mail",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "prune-notifications": {
        "task": "notifications.tasks.prune",
        "schedule": timedelta(hours=24),
        "options": {"expires": 3600},
    },
    "collect-orphans": {
        "task": "posts.tasks.collect_orphans",
        "schedule": timedelta(hours=24),
        "options": {"expires": 3600},
    },
}

# --- Pages ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
# Part of every page's ETag: new templates make old copies stale, in every process alike.
RELEASE = max(path.stat().st_mtime_ns for path in (BASE_DIR / "templates").rglob("*.html"))
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

_media_origin = urlsplit(STORAGE_PUBLIC_URL)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"]
        + ([f"{_media_origin.scheme}://{_media_origin.netloc}"] if _media_origin.netloc else []),
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# A year is the least that browsers' preload lists take.
SECURE_HSTS_SECONDS = 31_536_000 if ON_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ON_TLS and ENV.hsts_include_subdomains
SECURE_HSTS_PRELOAD = ON_TLS and ENV.hsts_preload
# Both want what an owner must decide: other hosts of the domain may not be on TLS, and a preload
# takes months to undo (https://hstspreload.org).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_SSL_REDIRECT = ON_TLS
# Health checks and monitors beside the proxy ask over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ON_TLS
# No other host of the domain can set a cookie with this prefix (RFC 6265bis, 4.1.3.2).
SESSION_COOKIE_NAME = "__Host-session" if ON_TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if ON_TLS else "csrftoken"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "notes_site.views.errors.csrf_failure"
# With no proxy in front, anybody could send this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None

# --- Mail and logs ----------------------------------------------------------------------------
globals().update({key: value for key, value in ENV.email.items() if key.startswith("EMAIL_")})
# The address alone: notes_site/mail/templated.py writes the name that the site has when it sends.
EMAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        }
    },
    "filters": {
        "visitors": {
            "()": "django.utils.log.CallbackFilter",
            "callback": without_visitors_tracebacks,
        },
        "routine": {"()": "django.utils.log.CallbackFilter", "callback": is_worth_a_line},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["visitors", "routine"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "celery.utils.functional": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
    },
}
