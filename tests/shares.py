"""What each process of a test run has of the servers they share: a bucket, and brokers by number.

Under pytest-xdist a run has several processes; its databases are apart by their names already.
"""

import os
from urllib.parse import urlsplit

# Of the 16 databases that any Valkey has, so that one process gets on with any.
_BROKERS_EACH = 8


def of_servers() -> dict[str, str]:
    """The settings that differ from those of the environment's servers."""
    shares = {}
    if os.environ.get("REDIS_URL"):
        shares["REDIS_URL"] = _at("REDIS_URL", f"/{_first_broker()}")
    if os.environ.get("STORAGE_URL") and "PYTEST_XDIST_WORKER" in os.environ:
        bucket = urlsplit(os.environ["STORAGE_URL"]).path + f"-{_process() + 1}"
        shares["STORAGE_URL"] = _at("STORAGE_URL", bucket)
        shares["STORAGE_PUBLIC_URL"] = _at("STORAGE_PUBLIC_URL", f"{bucket}/")
    return shares


def brokers_of_sites() -> range:
    """The broker databases for the sites that this process starts."""
    return range(_first_broker() + 1, _first_broker() + _BROKERS_EACH)


def _first_broker() -> int:
    return _BROKERS_EACH * (_process() + 1)


def _process() -> int:
    """0 for a lone process and for the first of several."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def _at(name: str, path: str) -> str:
    return urlsplit(os.environ[name])._replace(path=path).geturl()
