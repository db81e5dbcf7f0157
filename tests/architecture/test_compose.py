"""The containers give away nothing and may do nothing that they need not (容器部署)."""

import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from audit.privileges import SITE
from cadre.database_roles import MIGRATE
from tests.architecture.test_environment import read_by_the_settings
from tools import servers

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "box", "worker", "beat", "notary")
THEIRS = ("postgres", "redis")
ROLES = (ROOT / "tools" / "postgres_databases.sh").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

every_service = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


def words(command: str | list[str]) -> list[str]:
    return command.split() if isinstance(command, str) else [word for part in command for word in part.split()]


def test_these_are_the_services() -> None:
    assert set(SERVICES) == {*OURS, *THEIRS}


@every_service
def test_nothing_runs_as_root_or_writes_outside_its_volumes(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    for volume in service.get("volumes", []):
        source, _target, *mode = volume.split(":")
        assert source in COMPOSE["volumes"] or mode == ["ro"], volume


@every_service
def test_what_stays_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if SERVICES[name]["restart"] == "no":
        assert check == {"disable": True}
    else:
        assert check["test"][0] in ("CMD", "CMD-SHELL")
        assert SERVICES[name]["restart"] == "unless-stopped"


@every_service
def test_no_secret_stands_in_the_file_or_the_environment(name: str) -> None:
    service = SERVICES[name]
    for variable, value in service.get("environment", {}).items():
        if re.search("PASSWORD|SECRET", variable):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/")
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"{variable} holds a password"
    told = [*words(service.get("command", [])), *words(service["healthcheck"].get("test", []))]
    assert set(re.findall(r"/run/secrets/(\w+)", " ".join(told))) <= set(service["secrets"])
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])


def test_secrets_come_from_files_that_no_image_and_no_repository_holds() -> None:
    assert {one["file"] for one in COMPOSE["secrets"].values()} == {f"./secrets/{name}" for name in COMPOSE["secrets"]}
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    kept_out, *let_in = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert kept_out == "*"
    assert not [line for line in let_in if "secrets" in line or ".env" in line]


@each_of_ours
def test_every_variable_is_read_by_the_settings(name: str) -> None:
    variables = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}
    assert variables <= read_by_the_settings()


@each_of_ours
def test_it_is_no_demonstration_and_its_clock_cannot_be_moved(name: str) -> None:
    """The notary knows of neither: its clock is the machine's."""
    assert name == "notary" or SERVICES[name]["environment"]["DEMONSTRATION"] == "no"
    assert "CLOCK_FILE" not in SERVICES[name]["environment"]


def test_what_must_be_said_by_the_site_itself_has_no_default() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert asked == {"SITE_ADDRESS", "ALLOWED_HOSTS", "BOX_ADDRESS"}
    assert set(re.findall(r"\$\{(\w+):-", TEXT)) == {
        "CADRE_VERSION", "IDLE_MINUTES", "NOTARY_KEY", "RECORD_HASH",
        "SEAL_CERTIFICATES", "SEAL_KEYSTORE", "SEAL_PASSPHRASE_FILE", "SEAL_HOOK",
    }  # fmt: skip


def test_the_key_of_the_seal_is_the_workers_alone() -> None:
    secret = {"SEAL_KEYSTORE", "SEAL_PASSPHRASE_FILE", "SEAL_HOOK"}
    told = {name: set(service.get("environment", {})) for name, service in SERVICES.items()}
    assert {name for name, variables in told.items() if secret & variables} == {"worker"}
    holders = {name for name, service in SERVICES.items() for one in service.get("volumes", []) if "/run/seal" in one}
    assert holders == {"worker"}
    knowing = {name for name, variables in told.items() if "SEAL_CERTIFICATES" in variables}
    assert knowing == {"migrate", "web", "worker", "beat"}


def test_the_box_is_given_nothing_of_the_site() -> None:
    """Neither the site's database nor the queue, not even a way to them, nor the key of sessions or the papers."""
    box = SERVICES["box"]
    assert box["environment"]["DOOR"] == "box"
    assert box["secrets"] == ["box_key", "door_password"]
    assert {name for name, service in SERVICES.items() if "door_password" in service["secrets"]} == {"box", "postgres"}
    of_the_site = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY_FILE", "BALLOT_KEY_FILE", "SITE_ADDRESS"}
    assert not of_the_site & set(box["environment"])
    assert "volumes" not in box
    sharing = {name: set(box["networks"]) & set(service["networks"]) for name, service in SERVICES.items()}
    assert {name: shared for name, shared in sharing.items() if shared} == {
        "box": {"booth", "ballots"},
        "postgres": {"ballots"},
        "web": {"booth"},
    }
    assert "REVOKE ALL ON DATABASE site, box FROM PUBLIC" in ROLES
    assert SERVICES["web"]["environment"]["DOOR"] == "site"


def test_the_box_comes_to_its_database_by_the_account_that_adds_ballots_alone() -> None:
    assert urlsplit(SERVICES["box"]["environment"]["BOX_DATABASE_URL"]).username == servers.DOOR
    assert f"GRANT CONNECT ON DATABASE box TO {servers.DOOR};" in ROLES
    assert re.findall(rf"^GRANT .* TO {servers.DOOR}", ROLES, re.MULTILINE) == [
        f"GRANT CONNECT ON DATABASE box TO {servers.DOOR}"
    ]


def test_the_notary_is_given_its_database_account_and_its_folder_and_nothing_else() -> None:
    """Nobody else has its key, not even a way to its network but the database itself."""
    notary = SERVICES["notary"]
    assert set(notary["environment"]) == {
        "NOTARY_DATABASE_URL", "NOTARY_DATABASE_PASSWORD_FILE", "NOTARY_STATE", "RECORD_HASH",
    }  # fmt: skip
    assert notary["secrets"] == ["notary_password"]
    sharing = {name for name, service in SERVICES.items() if set(service["networks"]) & set(notary["networks"])}
    assert sharing == {"notary", "postgres"}
    holders = {name for name, service in SERVICES.items() for one in service.get("volumes", []) if "notary" in one}
    assert holders == {"notary"}
    assert urlsplit(notary["environment"]["NOTARY_DATABASE_URL"]).username == servers.NOTARY
    assert re.findall(rf"^GRANT .* TO {servers.NOTARY}", ROLES, re.MULTILINE) == [
        f"GRANT CONNECT ON DATABASE site TO {servers.NOTARY}"
    ]


def test_the_owner_of_the_record_comes_to_migrate_and_restore_and_to_nothing_that_stays() -> None:
    accounts = {
        name: urlsplit(service["environment"]["DATABASE_URL"]).username
        for name, service in SERVICES.items()
        if "DATABASE_URL" in service.get("environment", {})
    }
    assert accounts == {"migrate": MIGRATE, "web": SITE, "worker": SITE, "beat": SITE}
    holders = {name for name, service in SERVICES.items() if "migrate_password" in service["secrets"]}
    assert holders == {"migrate", "postgres"}
    assert SERVICES["migrate"]["restart"] == "no"


def test_the_database_of_the_box_writes_no_ballot_into_a_log() -> None:
    assert dict(re.findall(r"^ALTER DATABASE box SET (\w+) = (\S+);$", ROLES, re.MULTILINE)) == servers.QUIET
    command = " ".join(SERVICES["postgres"]["command"])
    for setting in ("log_statement=none", "log_min_duration_statement=-1", "log_min_error_statement=panic"):
        assert f"-c {setting}" in command
    assert "-c track_commit_timestamp=off" in command


def test_only_the_two_doors_are_reached_from_outside_and_only_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"], "box": ["127.0.0.1:8001:8000"]}
    for network in ("data", "ballots", "record"):
        assert COMPOSE["networks"][network] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if {"front", "booth"} & set(service["networks"])}
    assert outside == {"web", "box"}


@each_of_ours
def test_every_command_exists(name: str) -> None:
    service = SERVICES[name]
    commands = service.get("command") or yaml.safe_load(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[0])
    told = [*words(commands), *words(service["healthcheck"].get("test", []))]
    for before, word in zip(["", *told], told, strict=False):
        if before == "-m":
            assert importlib.util.find_spec(word), word
        elif word.endswith(".py"):
            assert (ROOT / word).is_file(), word
        elif before == "manage.py":
            from django.core.management import get_commands

            assert word in get_commands(), word
    for module in re.findall(r"python:([\w.]+)", " ".join(told)):
        assert importlib.util.find_spec(module), module


def test_everything_that_the_image_copies_is_let_in_and_nothing_else_is() -> None:
    copied = {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")}
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_does_not_run_as_root_and_has_the_user_of_the_services() -> None:
    user = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["10001:10001"]
    assert {SERVICES[name]["user"] for name in OURS} == set(user)
    assert "--uid 10001" in DOCKERFILE


@pytest.mark.parametrize("name", THEIRS)
def test_images_of_others_name_their_version(name: str) -> None:
    assert re.fullmatch(r"\w+:\d+", SERVICES[name]["image"])
