"""What processes are told in their environment, against what they read from it: nothing unknown, nothing missing."""

import functools
import json
import re

import pytest

import chart
from chart import CLONE, SERVICES
from matrix import EXISTING, MATRIX

# Told by something else than the chart.
NOT_OF_THE_CHART = {
    "AUDIT_PATIENCE_SECONDS": "of a command in a shell",
    "PLAYGROUND_DIR": "the image's",
}
# Of what a process is made of, not read by our own code.
OF_LIBRARIES = {"RUST_LOG"}


def _sources():
    for path in [*CLONE.glob("subgraphs/*/src/**/*.rs"), *CLONE.glob("supergraph/src/**/*.rs")]:
        text = path.read_text().split("#[cfg(test)]")[0]
        if "environment" in text:
            yield text


def _each_service(names):
    return {name.replace("NAME", service.upper()) for name in names for service in SERVICES}


@functools.cache
def _read():
    """All settings that our code reads."""
    text = "".join(_sources())
    own = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', text))
    of_each = {f"NAME{end}" for end in re.findall(r'format!\("\{(?:prefix)?\}(_[A-Z_]+)"', text)}
    assert {"NAME_DATABASE_URL", "NAME_PORT", "NAME_URL"} <= of_each
    return own | _each_service(of_each) | OF_LIBRARIES


def _needed_by(service):
    """What `excursions --help` says a service cannot do without."""
    told = (CLONE / "supergraph/src/command/settings.rs").read_text()
    needed = set()
    for name, whose in re.findall(r"^  ([A-Z_]+) .*\(needed(?: by (\w+))?\)$", told, re.MULTILINE):
        if not whose or whose == service:
            needed.add(name.replace("NAME", service.upper()))
    return needed


def _environment(objects, component):
    [container] = chart.pod_of(chart.named(objects, "Deployment", f"excursions-{component}"))[1]["containers"]
    names = [variable["name"] for variable in container["env"]]
    assert len(names) == len(set(names))
    return {variable["name"]: variable.get("value") for variable in container["env"]}


@pytest.mark.parametrize("values", [{}, EXISTING, MATRIX["everything that a pod can be told"]], ids=["defaults", "existing", "all"])
@pytest.mark.parametrize("component", [*SERVICES, "gateway"])
def nothing_is_told_that_is_not_read(component, values):
    assert _environment(chart.render(values), component).keys() <= _read()


@pytest.mark.parametrize("service", SERVICES)
def whatever_is_needed_is_told(service):
    needed = _needed_by(service)
    assert f"{service.upper()}_DATABASE_URL" in needed
    assert needed <= _environment(chart.render(), service).keys()


def every_setting_can_be_set():
    """Each that is read is told by the chart, or may stand in the values, or says why it does not."""
    objects = chart.render()
    told = set().union(*(_environment(objects, component) for component in [*SERVICES, "gateway"]))
    schema = json.loads((chart.FOLDER / "values.schema.json").read_text())
    may_be_set = set(schema["$defs"]["settings"]["propertyNames"]["enum"])
    assert may_be_set <= _read(), "and none that nobody reads"
    # Where a service is told nothing of another, it does not call it.
    rest = _read() - told - may_be_set - _each_service(["NAME_URL", "NAME_PORT"])
    assert rest == NOT_OF_THE_CHART.keys()


def settings_win_over_what_the_chart_tells():
    values = {"services": {"users": {"settings": {"LOG_FORMAT": "pretty", "ACCESS_TOKEN_SECONDS": 60}}}}
    objects = chart.render(values)
    users = _environment(objects, "users")
    assert (users["LOG_FORMAT"], users["ACCESS_TOKEN_SECONDS"]) == ("pretty", "60")
    assert _environment(objects, "billing")["LOG_FORMAT"] == "json"


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
