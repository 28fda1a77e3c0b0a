"""Errors of servers and libraries, put into words: what it means, and what to do."""

import re
from collections.abc import Iterator

# Looked for in the texts of an error and of those behind it, in this order; `{setting}` is the
# environment variable that leads to the part.
_RULES = [
    (
        r"No space left on device|disk is full|disk full|Disk quota exceeded|could not extend file",
        "the disk is full; free some space on it: nothing can be stored until then",
    ),
    (
        r"SignatureDoesNotMatch",
        "the store refuses the signature: the secret in {setting} does not belong to its key;"
        " copy both from the store again",
    ),
    (
        r"InvalidAccessKeyId|InvalidClientTokenId",
        "the store does not know the key in {setting}; create one in the store, or correct it",
    ),
    (
        r"NoSuchBucket",
        "there is no bucket with that name; create it, or correct the end of {setting}",
    ),
    (
        r"RequestTimeTooSkewed",
        "the store's clock and ours are too far apart; sync both with a time server",
    ),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint",
        "the bucket is in another region; add ?region=… to {setting}",
    ),
    (
        r"AccessDenied|\(403\)|Forbidden",
        "the store does not allow this; give the key in {setting} the right to read, write, list"
        " and delete in the bucket",
    ),
    (
        r"password authentication failed|no password supplied|WRONGPASS|NOAUTH|AuthenticationError"
        r"|SMTPAuthenticationError|Authentication Required|Authentication required",
        "the user or the password in {setting} is wrong; in an address, write @ / : # % of a"
        " password as %40 %2F %3A %23 %25",
    ),
    (
        r'database "[^"]*" does not exist',
        "the server has no database with that name; create it, or correct the end of {setting}",
    ),
    (
        r'role "[^"]*" does not exist',
        "the server has no user with that name; create it, or correct {setting}",
    ),
    (
        r"too many clients|remaining connection slots|max number of clients",
        "the server has no connection left; raise its limit, or run fewer web processes",
    ),
    (
        r"the database system is|LOADING|CLUSTERDOWN",
        "the server is starting or stopping; wait a moment and run this again",
    ),
    (
        r"no such table|UndefinedTable|relation .* does not exist|no such column|UndefinedColumn",
        "the database does not fit this version; run manage.py migrate",
    ),
    (
        r"Name or service not known|name resolution|getaddrinfo|could not translate host name"
        r"|No address associated|Name has no usable address|NameResolutionError",
        "there is no host with that name; correct it in {setting}, or its DNS entry",
    ),
    (
        r"[Cc]ertificate.?[Vv]erify.?[Ff]ailed|CERTIFICATE_VERIFY_FAILED|self.signed certificate"
        r"|certificate has expired",
        "its TLS certificate is not valid for that name, or has expired; renew it, or correct the"
        " host in {setting}",
    ),
    (
        r"WRONG_VERSION_NUMBER|wrong version number|record layer|server does not support SSL"
        r"|HTTP_REQUEST|STARTTLS extension not supported",
        "one side speaks TLS and the other does not; correct scheme and port in {setting}",
    ),
    (
        r"Connection refused|Error 111|Could not connect to the endpoint",
        "nothing listens there; start the server, or correct host and port in {setting}",
    ),
    (
        r"No route to host|Network is unreachable",
        "that host can't be reached; check the network, or correct the host in {setting}",
    ),
    (
        r"[Tt]imed? ?out|[Tt]imeout|did not answer in time|does not answer",
        "it accepts connections but does not answer in time; check the server's own log, or"
        " correct host and port in {setting}",
    ),
    (
        r"Connection reset|unexpectedly closed|closed the connection|ConnectionClosed|SMTPServer"
        r"Disconnected|Connection closed by server",
        "it closed the connection right away; is the right kind of server at the host and port"
        " in {setting}?",
    ),
    (
        r"SMTPConnectError|SMTPHeloError|SMTPResponseException",
        "it does not answer like a mail server that accepts our mail; correct host and port in"
        " {setting}, or ask whoever runs it",
    ),
    (
        r"[Rr]ead-only file system|readonly database|read-only transaction",
        "it can be read but not written; give this site's user the right to write there",
    ),
    (
        r"Permission denied|unable to open database file|PermissionError",
        "this site's user may not write there; give it the folder (chown), or correct {setting}",
    ),
    (
        r"database is locked",
        "another program has locked the database; stop whatever has it open",
    ),
    (
        r"disk image is malformed|file is not a database",
        "the file is damaged or not a database; put the last backup in its place",
    ),
    (
        r"is not there",
        "the folder is not there; mount its disk, or correct {setting}",
    ),
]


def explain(error: BaseException, setting: str) -> str:
    """What an error means and what to do about it, with its own words at the end."""
    texts = [f"{type(each).__name__}: {each}" for each in _chain(error)]
    own = _one_line(str(error) or type(error).__name__)
    for pattern, sentence in _RULES:
        if any(re.search(pattern, text) for text in texts):
            return f"{sentence.format(setting=setting or 'the settings')} ({own})"
    return (
        f"it failed in a way that this command has no advice for: {type(error).__name__}, {own};"
        " the logs may tell more"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those it was raised from, the one that came first at the end."""
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or here.__context__


def _one_line(text: str) -> str:
    # Addresses in an error may carry a password.
    hidden = re.sub(r"//[^/@\s]+@", "//…@", " ".join(text.split()))
    return hidden if len(hidden) <= 200 else f"{hidden[:199]}…"
