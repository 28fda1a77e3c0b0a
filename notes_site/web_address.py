"""Web addresses as browsers write them: host names in ASCII, and no port where it goes by itself.

A name with other letters has two forms, `bücher.example` and `xn--bcher-kva.example`. Requests,
origins and certificates carry the second, so that is the one kept and compared everywhere. It is
made by IDNA 2008 with the mapping of UTS #46 (https://www.unicode.org/reports/tr46/), as browsers
make it; the standard library knows the older IDNA 2003 alone, which takes `ß` for `ss`.
"""

from urllib.parse import SplitResult, urlsplit

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}


def ascii_host(host: str) -> str:
    """A host in lower case and ASCII; a dot or an address in brackets stays as it is.

    Raises ValueError when it can't be one.
    """
    host = host.lower()
    if host.isascii():
        return host
    dot = "." if host.startswith(".") else ""
    try:
        return dot + idna.encode(host.removeprefix("."), uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host!r} is not a host name ({error})") from error


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a browser's `Origin` has them.

    Raises ValueError when there is no host, or one that can't be.
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{netloc(parts)}"


def with_ascii_host(address: str) -> str:
    """The address with its host in ASCII, the rest as it is; raises ValueError as `origin`."""
    parts = urlsplit(address)
    return parts._replace(netloc=netloc(parts)).geturl()


def netloc(parts: SplitResult) -> str:
    """Host and port, the port left out where it goes by itself; raises ValueError as `origin`."""
    host = ascii_host(parts.hostname or "")
    if not host:
        raise ValueError(f"{parts.geturl()!r} has no host")
    bracketed = f"[{host}]" if ":" in host else host
    port = parts.port
    return bracketed if port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{bracketed}:{port}"


def listening(host: str, port: int) -> str:
    """Host and port as programs write where they listen, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
