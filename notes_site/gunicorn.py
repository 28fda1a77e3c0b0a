"""Settings of the web server; everything an owner may choose comes from the environment."""

from pathlib import Path

from django.conf import settings

import notes_site.wsgi  # noqa: F401  (sets DJANGO_SETTINGS_MODULE)
from notes_site import patience

patience.be_brief()

bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_WORKERS
# An event loop waits for slow visitors, and threads work (decision 0027).
worker_class = "notes_site.serving.worker.Worker"
asgi_loop = "asyncio"
asgi_lifespan = "off"
timeout = 60
graceful_timeout = 10
keepalive = 15
accesslog = None
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
