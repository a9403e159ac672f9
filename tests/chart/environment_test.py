"""What processes are told in their environment, against what they read from it: nothing unknown, nothing missing."""

import json
import re

import pytest

import chart
import settings
from chart import CLONE, SERVICES
from matrix import EXISTING, MATRIX

# Told by something else than the chart.
NOT_OF_THE_CHART = {
    "AUDIT_PATIENCE_SECONDS": "of a command in a shell",
    "PLAYGROUND_DIR": "the image's",
}


# While one key follows another.
ROTATING = {"services": {name: {"acceptedKeys": ["next.pem"]} for name in ["users", "orders"]}}


def _environment(objects, component):
    [container] = chart.pod_of(chart.named(objects, "Deployment", f"excursions-{component}"))[1]["containers"]
    names = [variable["name"] for variable in container["env"]]
    assert len(names) == len(set(names))
    return {variable["name"]: variable.get("value") for variable in container["env"]}


@pytest.mark.parametrize("values", [{}, EXISTING, MATRIX["everything that a pod can be told"]], ids=["defaults", "existing", "all"])
@pytest.mark.parametrize("component", [*SERVICES, "gateway"])
def nothing_is_told_that_is_not_read(component, values):
    assert _environment(chart.render(values), component).keys() <= settings.read()


@pytest.mark.parametrize("service", SERVICES)
def whatever_is_needed_is_told(service):
    assert settings.needed_by(service) <= _environment(chart.render(), service).keys()


def every_setting_can_be_set():
    """Each that is read is told by the chart, or may stand in the values, or says why it does not."""
    objects = chart.render(ROTATING)
    told = set().union(*(_environment(objects, component) for component in [*SERVICES, "gateway"]))
    schema = json.loads((chart.FOLDER / "values.schema.json").read_text())
    may_be_set = set(schema["$defs"]["settings"]["propertyNames"]["enum"])
    assert may_be_set <= settings.read(), "and none that nobody reads"
    # Where a service is told nothing of another, it does not call it.
    rest = settings.read() - told - may_be_set - settings.of_each_service(["NAME_URL", "NAME_PORT"])
    assert rest == NOT_OF_THE_CHART.keys()


def keys_that_are_accepted_are_mounted():
    objects = chart.render(ROTATING)
    for service in ROTATING["services"]:
        told = _environment(objects, service)[f"{service.upper()}_ACCEPTED_KEY_FILES"]
        pod = chart.pod_of(chart.named(objects, "Deployment", f"excursions-{service}"))[1]
        [folder] = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]]
        [secret] = [volume["secret"] for volume in pod["volumes"]]
        assert told == f"{folder}/next.pem"
        assert [item["path"] for item in secret["items"]][1:] == ["next.pem"]


def settings_win_over_what_the_chart_tells():
    values = {"services": {"users": {"settings": {"LOG_FORMAT": "pretty", "PASSWORD_HASH_MEMORY_KIB": 2**20}}}}
    objects = chart.render(values)
    users = _environment(objects, "users")
    assert (users["LOG_FORMAT"], users["PASSWORD_HASH_MEMORY_KIB"]) == ("pretty", "1048576")
    assert _environment(objects, "billing")["LOG_FORMAT"] == "json"


@pytest.mark.parametrize("service, setting", [("users", "USERS_ACCEPTED_KEY_FILES"), ("orders", "ORDERS_ACCEPTED_KEY_FILES")])
def accepted_keys_are_mounted_and_told(service, setting):
    values = {"services": {service: {"existingSecret": "keys", "acceptedKeys": ["next.pem", "last.pem"]}}}
    objects = chart.render(values)
    assert _environment(objects, service)[setting] == "/run/secrets/excursions/next.pem,/run/secrets/excursions/last.pem"
    pod = chart.pod_of(chart.named(objects, "Deployment", f"excursions-{service}"))[1]
    [keys] = [volume for volume in pod["volumes"] if volume["name"] == "keys"]
    assert [item["path"] for item in keys["secret"]["items"]][1:] == ["next.pem", "last.pem"]


@pytest.mark.parametrize("kind, ending", [("apollo", "_URL"), ("hive", "_GRAPHQL_URL")])
def router_is_told_what_its_configuration_asks_for(kind, ending):
    text = (CLONE / f"supergraph/{kind}-router.yaml").read_text()
    asked = set(re.findall(r"\$\{env\.(\w+)", text)) | set(re.findall(r"from_env: (\w+)", text))
    of_the_router_itself = {"apollo": {"APOLLO_TELEMETRY_DISABLED"}, "hive": {"ROUTER_CONFIG_FILE_PATH"}}[kind]
    told = _environment(chart.render({"router": {"kind": kind}}), "router")
    assert told.keys() - of_the_router_itself <= asked
    assert {f"{service.upper()}{ending}" for service in SERVICES} <= told.keys()
    schema = json.loads((chart.FOLDER / "values.schema.json").read_text())
    may_be_set = set(schema["properties"]["router"]["properties"]["settings"]["propertyNames"]["enum"])
    assert asked - told.keys() == may_be_set


def addresses_are_those_of_services():
    for kind in ["apollo", "hive"]:
        objects = chart.render({"router": {"kind": kind}})
        ports = {
            each["metadata"]["name"]: {port["port"] for port in each["spec"]["ports"]}
            for each in chart.of_kind(objects, "Service")
        }
        for component in [*SERVICES, "gateway", "router"]:
            for name, value in _environment(objects, component).items():
                address = re.match(r"http://([a-z-]+):(\d+)", value or "")
                assert not address or int(address[2]) in ports[address[1]], name


def traces_go_nowhere_where_nobody_takes_them():
    objects = chart.render({"jaeger": {"create": False}})
    for component in [*SERVICES, "gateway"]:
        assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in _environment(objects, component)
    assert "ROUTER_OTLP_ENABLED" not in _environment(objects, "router")
    objects = chart.render({"jaeger": {"create": False}, "router": {"kind": "hive"}})
    assert "ROUTER_TRACES_SAMPLER" not in _environment(objects, "router")
