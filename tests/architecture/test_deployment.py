"""The container files: valid, pinned, without root, closed but for the proxy."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from notes_site.health.readiness import PARTS
from notes_site.serving import gate

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "VALKEY_PASSWORD", "S3_KEY", "S3_SECRET")
COMPOSE: list[str | Path] = [
    BIN / "docker-compose",
    "--env-file",
    ".env.example",
    "-f",
    "docker-compose.yml",
]
ONE_SHOT = {"migrate"}
# It binds the ports 80 and 443, and holds no other capability.
ROOT_ALLOWED = {"proxy"}


def run(*command: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the project's folder with a bare environment; its output is captured."""
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env}
    return subprocess.run(
        command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services as the engine would get them."""
    done = run(*COMPOSE, "config", "--format", "json", **dict.fromkeys(SECRETS, "s3cret"))
    assert done.returncode == 0, done.stderr
    parsed: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return parsed


def test_dockerfile_passes_hadolint() -> None:
    done = run(BIN / "hadolint", "--config", ".hadolint.yaml", "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_proxy_configuration_is_valid_and_formatted() -> None:
    addresses = {
        "SITE_ADDRESS": "notes.example.org",
        "WEB_UPSTREAM": "web:1",
        "S3_UPSTREAM": "s3:1",
    }
    options = ["--adapter", "caddyfile", "--config", "deploy/Caddyfile"]
    done = run(BIN / "caddy", "validate", *options, **addresses)
    assert done.returncode == 0, done.stderr
    assert run(BIN / "caddy", "fmt", "--diff", "deploy/Caddyfile").returncode == 0


@pytest.mark.parametrize("missing", SECRETS)
def test_compose_refuses_to_start_without_a_secret(missing: str) -> None:
    done = run(*COMPOSE, "config", "-q", **dict.fromkeys(set(SECRETS) - {missing}, "s3cret"))
    assert done.returncode != 0
    assert f"Set {missing} in .env" in done.stderr


def test_all_services_are_there(services: dict[str, dict[str, Any]]) -> None:
    wanted = {"proxy", "web", "worker", "schedule", "migrate", "postgres", "valkey", "s3"}
    assert set(services) == wanted


def test_images_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    foreign = [service["image"] for service in services.values() if "build" not in service]
    for image in bases + foreign:
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-\S+)?$", image), f"{image} is not pinned"


def test_only_the_proxy_publishes_ports(services: dict[str, dict[str, Any]]) -> None:
    publishing = {name for name, service in services.items() if service.get("ports")}
    assert publishing == {"proxy"}
    assert not any("network_mode" in service for service in services.values())


def test_only_migrate_knows_the_owner_of_the_database() -> None:
    """The site's role owns nothing (decision 28): nobody else is told another's password."""
    given = dict.fromkeys(SECRETS, "s3cret") | {"POSTGRES_PASSWORD": "the-owners"}
    for chosen, expected in (({}, "s3cret"), ({"DATABASE_PASSWORD": "its-own"}, "its-own")):
        done = run(*COMPOSE, "config", "--format", "json", **given | chosen)
        parsed = json.loads(done.stdout)["services"]
        knowing = {name for name, service in parsed.items() if "the-owners" in json.dumps(service)}
        assert knowing == {"migrate", "postgres"}
        for name in ("web", "worker", "schedule", "migrate"):
            settings = parsed[name]["environment"]
            assert settings["DATABASE_URL"] == "postgresql://notes_site@postgres:5432/notes"
            assert settings["PGPASSWORD"] == expected, name
        owner = urlsplit(parsed["migrate"]["environment"]["DATABASE_OWNER_URL"])
        assert owner.username == parsed["postgres"]["environment"]["POSTGRES_USER"] == "notes"
        assert parsed["migrate"]["command"][-1] == "prepare_database"


def test_databases_have_no_way_out(services: dict[str, dict[str, Any]]) -> None:
    assert set(services["postgres"]["networks"]) == {"back"}
    assert set(services["valkey"]["networks"]) == {"back"}


def test_nothing_runs_as_root(services: dict[str, dict[str, Any]]) -> None:
    users = {}
    for stage in (ROOT / "Dockerfile").read_text().split("\nFROM ")[1:]:
        name = stage.splitlines()[0].split(" AS ")[1]
        users[name] = "".join(re.findall(r"^USER (\S+)", stage, re.MULTILINE)[-1:])
    for name, service in services.items():
        user = service.get("user") or users.get(service.get("build", {}).get("target"), "")
        assert name in ROOT_ALLOWED or user.split(":")[0] not in ("", "0", "root"), name


def test_every_service_is_sealed(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert services["proxy"]["cap_add"] == ["NET_BIND_SERVICE"]


def test_every_service_is_watched_and_restarted(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_worker_has_limits(services: dict[str, dict[str, Any]]) -> None:
    assert services["worker"]["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory", "pids"}


def limits(service: dict[str, Any]) -> dict[str, Any]:
    """The most that a container may use."""
    found: dict[str, Any] = service.get("deploy", {}).get("resources", {}).get("limits", {})
    return found


def test_nothing_can_start_processes_without_end(services: dict[str, dict[str, Any]]) -> None:
    assert [name for name, service in services.items() if "pids" not in limits(service)] == []


@pytest.mark.parametrize("name", ["web", "worker", "schedule", "migrate", "valkey"])
def test_what_we_start_has_bounded_memory(name: str, services: dict[str, dict[str, Any]]) -> None:
    assert int(limits(services[name])["memory"]) >= 256 * 2**20


def test_web_has_limits(services: dict[str, dict[str, Any]]) -> None:
    assert limits(services["web"]).keys() >= {"cpus", "memory", "pids"}


def test_web_may_start_all_its_threads(services: dict[str, dict[str, Any]]) -> None:
    of_a_process = 1 + gate.PAGE_THREADS + gate.UPLOAD_THREADS + len(PARTS)
    assert int(limits(services["web"])["pids"]) > 16 * of_a_process, "two a core, and 8 cores"


def test_the_proxy_lets_go_of_a_connection_before_the_site_does() -> None:
    proxy = re.findall(r"keepalive (\d+)s", (ROOT / "deploy" / "Caddyfile").read_text())
    site = re.findall(
        r"^keepalive = (\d+)", (ROOT / "notes_site/serving/gunicorn.py").read_text(), re.M
    )
    assert len(proxy) == len(site) == 1
    assert int(proxy[0]) < int(site[0])


@pytest.mark.parametrize("name", ["web", "worker", "postgres", "s3"])
def test_what_holds_work_may_end_it(name: str, services: dict[str, dict[str, Any]]) -> None:
    seconds = services[name]["stop_grace_period"]
    assert re.fullmatch(r"(\d+m)?\d+s", seconds)
    assert seconds not in ("0s", "10s"), "ten are Docker's own"


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Each folder in memory with its options."""
    parts = [each.partition(":") for each in service.get("tmpfs", [])]
    return {folder: options for folder, _colon, options in parts}


def test_uploads_can_not_fill_the_disk(services: dict[str, dict[str, Any]]) -> None:
    web = services["web"]
    room = re.search(r"size=(\d+)g", mounts(web)["/data/tmp"])
    assert room, "as large as half of the machine's memory without"
    # A form without JavaScript may hold as much as the proxy lets through.
    assert int(room[1]) * 10**9 >= 1_800_000_000
    assert int(limits(web)["memory"]) >= int(room[1]) * 2**30 + 2**30
    assert not web.get("volumes"), "a volume has no bound"


def test_the_small_folders_in_memory_are_small(services: dict[str, dict[str, Any]]) -> None:
    for name in ("web", "worker", "schedule", "migrate", "valkey"):
        assert "size=" in mounts(services[name])["/tmp"], name  # noqa: S108


@pytest.mark.parametrize("name", ["worker", "schedule"])
def test_the_sign_of_life_is_the_containers_own(
    name: str, services: dict[str, dict[str, Any]]
) -> None:
    file = services[name]["environment"]["HEARTBEAT_FILE"]
    assert str(Path(file).parent) in mounts(services[name]), "a volume is shared by all workers"
    assert services[name]["healthcheck"]["test"][-1] == "background"


def test_what_is_built_here_is_built_again_after_a_pull(
    services: dict[str, dict[str, Any]],
) -> None:
    built = {name for name, service in services.items() if "build" in service}
    assert built == {"web", "worker", "schedule", "migrate", "s3"}
    assert {services[name].get("pull_policy") for name in built} == {"build"}


def test_a_member_has_a_quota_unless_the_owner_lifts_it() -> None:
    assert "\nQUOTA_MB=20000\n" in (ROOT / ".env.example").read_text()


def test_store_only_opens_public_pictures() -> None:
    script = (ROOT / "deploy" / "s3.sh").read_text()
    assert '{"name": "anonymous", "actions": ["Read:$S3_BUCKET/public/*"]}' in script
    assert "-ip.bind=127.0.0.1" in script
    assert "-master.telemetry=false" in script
    assert "-s3.autoCreateBucket=false" in script


def test_every_setting_of_the_deployment_is_explained() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    lines = (ROOT / ".env.example").read_text().splitlines()
    explained = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    assert used == explained


def test_bootstrap_is_readable_for_old_pythons() -> None:
    ast.parse((ROOT / "scripts" / "bootstrap.py").read_text(), feature_version=(3, 6))
