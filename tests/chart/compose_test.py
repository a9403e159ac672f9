"""The compose file: as Compose takes it, and as the binary and the chart have it."""

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator

import chart
import settings
from chart import CLONE, SERVICES

FILE = CLONE / "deploy/compose.yaml"
COMPOSE = chart.yaml.safe_load(FILE.read_text())
OURS = [*SERVICES, "gateway", "migrate", "keys"]


def compose_takes_it():
    schema = json.loads(Path(__file__).with_name("schemas").joinpath("compose-spec.json").read_text())
    wrong = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(COMPOSE)]
    assert wrong == []
    assert not Draft202012Validator(schema).is_valid(COMPOSE | {"services": {"users": {"imagee": "x"}}})


def whoever_is_waited_for_is_there():
    for service in COMPOSE["services"].values():
        for name, condition in service.get("depends_on", {}).items():
            assert name in COMPOSE["services"]
            if condition["condition"] == "service_completed_successfully":
                assert COMPOSE["services"][name]["restart"] == "on-failure"


def whatever_is_mounted_is_there():
    for name, service in COMPOSE["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (FILE.parent / source).exists(), f"{name}: {source}"
            else:
                assert source in COMPOSE["volumes"], f"{name}: {source}"


def processes_are_told_what_they_read():
    for name in OURS:
        told = COMPOSE["services"][name]["environment"]
        assert told.keys() <= settings.read(), name
        if name in SERVICES:
            assert settings.needed_by(name) <= told.keys(), name


def addresses_are_those_of_services():
    listening = {service: port for port, service in enumerate(SERVICES, start=4001)}
    listening |= {"router": 4100, "jaeger": 4318, "kafka": 9092, "postgres": 5432}
    for name in [*OURS, "router"]:
        for value in COMPOSE["services"][name].get("environment", {}).values():
            for host, port in re.findall(r"(?:://|@|^)([a-z]+):(\d+)", str(value)):
                assert listening[host] == int(port), f"{name}: {value}"


def images_are_fixed_and_those_of_the_chart():
    images = {name: service["image"] for name, service in COMPOSE["services"].items()}
    for name, image in images.items():
        assert re.search(r":(v?\d+\.\d+|\$\{EXCURSIONS_VERSION:-\d)", image), name
    values = chart.yaml.safe_load((chart.FOLDER / "values.yaml").read_text())
    assert images["router"] == values["router"]["images"]["apollo"]
    assert images["jaeger"] == values["jaeger"]["image"]
    version = chart.yaml.safe_load((chart.FOLDER / "Chart.yaml").read_text())["appVersion"]
    assert {images[name] for name in OURS} == {f"excursions:${{EXCURSIONS_VERSION:-{version}}}"}


def nothing_is_open_to_other_machines():
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def ours_can_write_nothing():
    for name in [*OURS, "router", "jaeger"]:
        service = COMPOSE["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
