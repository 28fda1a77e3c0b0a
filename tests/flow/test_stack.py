"""The S3 store of the full stack: what the site's key may do, and what nobody may without."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.proxy import proxy as deployed_proxy

pytestmark = pytest.mark.stack
ROOT = Path(__file__).resolve().parents[2]
PUBLIC, PRIVATE = "public/stack-test/a b.webp", "private/stack-test/original"
BODY = b"picture" * 1000


def client(secret: str | None = None) -> Any:
    """An S3 client with the site's key and its secret, or another one."""
    parts = urlsplit(os.environ["STORAGE_URL"])
    return boto3.session.Session().client(
        "s3",
        endpoint_url=f"http://{parts.hostname}:{parts.port}",
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        aws_access_key_id=parts.username,
        aws_secret_access_key=secret or parts.password,
    )


@pytest.fixture(scope="module", autouse=True)
def objects() -> Iterator[Any]:
    """Two objects in the store, and the client that put them there."""
    store = client()
    for key in (PUBLIC, PRIVATE):
        store.put_object(Bucket="notes", Key=key, Body=BODY, ContentType="image/webp")
    yield store
    for key in (PUBLIC, PRIVATE):
        store.delete_object(Bucket="notes", Key=key)


def ask(method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of a request without a signature; the path is below the store's root."""
    parts = urlsplit(os.environ["STORAGE_PUBLIC_URL"])
    return http(method, f"{parts.scheme}://{parts.netloc}{path}", body, **headers)


def http(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of a plain request."""
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_sites_key_does_what_the_site_needs(objects: Any) -> None:
    assert objects.get_object(Bucket="notes", Key=PRIVATE)["Body"].read() == BODY
    objects.copy_object(
        Bucket="notes", Key=f"{PRIVATE}-2", CopySource={"Bucket": "notes", "Key": PRIVATE}
    )
    listed = objects.list_objects_v2(Bucket="notes", Prefix="private/stack-test/")["Contents"]
    assert {entry["Key"] for entry in listed} == {PRIVATE, f"{PRIVATE}-2"}
    objects.delete_object(Bucket="notes", Key=f"{PRIVATE}-2")
    with pytest.raises(ClientError, match="404"):
        objects.head_object(Bucket="notes", Key=f"{PRIVATE}-2")


def test_the_sites_key_stays_in_its_bucket(objects: Any) -> None:
    policy = '{"Version":"2012-10-17","Statement":[]}'
    for name, arguments in (
        ("create_bucket", {"Bucket": "another"}),
        ("delete_bucket", {"Bucket": "notes"}),
        ("put_object", {"Bucket": "missing", "Key": "a", "Body": b""}),
        ("put_bucket_policy", {"Bucket": "notes", "Policy": policy}),
        ("put_bucket_acl", {"Bucket": "notes", "ACL": "public-read"}),
        ("put_object_acl", {"Bucket": "notes", "Key": PRIVATE, "ACL": "public-read"}),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(objects, name)(**arguments)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_wrong_secret_gets_nothing() -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client("wrong").get_object(Bucket="notes", Key=PRIVATE)


def test_everybody_may_get_public_pictures() -> None:
    assert ask("GET", "/notes/public/stack-test/a%20b.webp") == (200, BODY)
    assert ask("HEAD", "/notes/public/stack-test/a%20b.webp") == (200, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        *("/notes/private/stack-test/original", "/notes//private/stack-test/original"),
        *("/notes/public/../private/stack-test/original", "/notes/private/", "/notes/private"),
        *("/notes/public/%2e%2e/private/stack-test/original", "/notes/private/never-was"),
        *("/", "/notes", "/notes/", "/notes/?list-type=2", "/notes?prefix=public/", "/another/"),
        *("/notes?versions", "/notes?uploads", "/notes?policy", "/notes?acl", "/notes/?location"),
        *("/notes/public", "/metrics"),
    ],
)
def test_nobody_gets_private_objects_or_lists(method: str, path: str) -> None:
    status, body = ask(method, path)
    assert status in (400, 403, 405)
    assert BODY not in body
    assert b"stack-test/a b" not in body


@pytest.mark.parametrize("path", ["/notes/public/", "/notes/public/?list-type=2&prefix=public/"])
def test_folders_of_public_pictures_are_not_listed(path: str) -> None:
    assert b"stack-test" not in ask("GET", path)[1]


@pytest.mark.parametrize("key", [PUBLIC.replace(" ", "%20"), PRIVATE, "public/new"])
def test_nobody_writes_or_deletes_without_a_signature(objects: Any, key: str) -> None:
    copy = {"x-amz-copy-source": f"/notes/{PRIVATE}"}
    assert ask("PUT", f"/notes/{key}", b"x")[0] == 403
    assert ask("PUT", f"/notes/{key}", b"", **copy)[0] == 403
    assert ask("DELETE", f"/notes/{key}")[0] == 403
    assert ask("POST", f"/notes/{key}?uploads", b"")[0] == 403
    several = f"<Delete><Object><Key>{PUBLIC}</Key></Object></Delete>".encode()
    ask("POST", "/notes?delete", several)
    form = (
        f'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n{key}\r\n--x\r\nContent-'
        'Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--x--\r\n'
    ).encode()
    assert (
        ask("POST", "/notes", form, **{"Content-Type": "multipart/form-data; boundary=x"})[0] > 399
    )
    for kept in (PUBLIC, PRIVATE):
        assert objects.get_object(Bucket="notes", Key=kept)["Body"].read() == BODY
    with pytest.raises(ClientError, match="404"):
        objects.head_object(Bucket="notes", Key="public/new")


def test_every_server_listens_on_loopback_only() -> None:
    port = urlsplit(os.environ["STORAGE_URL"]).port
    connections = psutil.net_connections("inet")
    listening = [(c.pid, *c.laddr) for c in connections if c.status == psutil.CONN_LISTEN]
    store = {pid for pid, _, its_port in listening if its_port == port}
    assert {address for pid, address, _ in listening if pid in store} == {"127.0.0.1"}


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    """The address of the deployment's proxy in front of this store (nothing stands for the web)."""
    with deployed_proxy(store=urlsplit(os.environ["STORAGE_PUBLIC_URL"]).netloc) as url:
        yield url


def test_proxy_hands_out_public_pictures(proxy: str) -> None:
    address = f"{proxy}/s3/public/stack-test/a%20b.webp"
    assert http("GET", address) == (200, BODY)
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        # As on the stack that serves them itself; what is private is served by the site alone.
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert not [name for name in answer.headers if name.lower().startswith("x-amz")]
    # Neither a query nor a signature reaches the store.
    assert http("GET", f"{address}?tagging") == (200, BODY)
    assert http("GET", address, Authorization="AWS4-HMAC-SHA256 nonsense") == (200, BODY)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/s3/private/stack-test/original"),
        ("GET", "/s3/public/../private/stack-test/original"),
        ("GET", "/s3/public/%2e%2e/private/stack-test/original"),
        ("GET", "/s3/public/..%2fprivate/stack-test/original"),
        ("GET", "/s3/?list-type=2"),
        ("GET", "/s3/"),
        ("PUT", "/s3/public/new"),
        ("DELETE", "/s3/public/stack-test/a%20b.webp"),
        ("POST", "/s3/public/new?uploads"),
    ],
)
def test_proxy_hands_out_nothing_else(proxy: str, method: str, path: str) -> None:
    status, body = http(method, proxy + path, b"x" if method in ("PUT", "POST") else None)
    assert status in (400, 403, 404)
    assert BODY not in body
    assert b"stack-test/a b" not in body
