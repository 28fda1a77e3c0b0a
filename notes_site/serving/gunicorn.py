"""Settings of the web server; everything an owner may choose comes from the environment."""

import resource
from pathlib import Path

from django.conf import settings

import notes_site.wsgi  # noqa: F401  (sets DJANGO_SETTINGS_MODULE)
from notes_site import web_address
from notes_site.timeouts import patience

patience.be_brief()

bind = web_address.listening(settings.HOST, settings.PORT)
workers = settings.WEB_WORKERS
# An event loop waits for slow visitors, and threads work (decision 0027).
worker_class = "notes_site.serving.worker.Worker"
asgi_loop = "asyncio"
asgi_lifespan = "off"
# A connection costs little but its number, and the usual limit of 1,024 is soon reached by a few
# hundred slow visitors to each of the processes.
_most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
_files = 16_384 if _most == resource.RLIM_INFINITY else min(_most, 16_384)
resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _most))
timeout = 60
graceful_timeout = 10
# Longer than the proxy's, so that it never writes into a connection that we are closing.
keepalive = 15
accesslog = None
loglevel = "warning"
control_socket_disable = True
# A worker's heartbeat is a file in there; on a slow disk, touching it may block the worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
