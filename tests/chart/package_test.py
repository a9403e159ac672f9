"""The chart as a package."""

import json
import re

import helm_python
import pytest

import chart
from matrix import MATRIX


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def chart_is_linted_without_a_warning(values):
    report = helm_python.lint(chart.FOLDER, values, strict=True, namespace=chart.NAMESPACE)
    warnings = [message for message in report["messages"] if message["severity"] > 1]
    assert (report["errors"], warnings) == ([], [])


def package_holds_the_files_that_it_links_to(tmp_path):
    archive = chart.Chart.load(chart.FOLDER).save(tmp_path)
    values = {"monitoring": {"enabled": True}, "services": MATRIX["existing database, broker, collector and secrets"]["services"]}
    assert chart.render(values, folder=archive) == chart.render(values)


def router_is_given_the_files_of_the_clone():
    for kind in ["apollo", "hive"]:
        objects = chart.render({"router": {"kind": kind}})
        files = chart.named(objects, "ConfigMap", "excursions-router")["data"]
        for name, source in {"router.yaml": f"{kind}-router.yaml", "supergraph.graphql": "supergraph.graphql"}.items():
            assert files[name] == (chart.CLONE / "supergraph" / source).read_text()


def alerts_and_dashboards_are_those_of_the_clone():
    objects = chart.render({"monitoring": {"enabled": True}})
    for file in (chart.CLONE / "deploy/prometheus/alerts").glob("*.yaml"):
        rule = chart.named(objects, "PrometheusRule", f"excursions-alerts-{file.stem}")
        assert rule["spec"] == chart.yaml.safe_load(file.read_text())
    for file in (chart.CLONE / "deploy/grafana/dashboards").glob("*.json"):
        dashboard = chart.named(objects, "ConfigMap", f"excursions-dashboard-{file.stem}")
        assert dashboard["data"] == {file.name: file.read_text()}
    kinds = [each["kind"] for each in objects]
    assert kinds.count("PrometheusRule") > 0 and "excursions-dashboard" in str(objects)


def targets_are_named_as_prometheus_names_them_elsewhere():
    monitors = chart.of_kind(chart.render({"monitoring": {"enabled": True}}), "ServiceMonitor")
    jobs = {each["metadata"]["labels"][each["spec"]["jobLabel"]] for each in monitors}
    targets = chart.yaml.safe_load((chart.CLONE / "deploy/compose/targets.yaml").read_text())
    assert jobs == {each["labels"]["job"] for each in targets}
    # Those that an alert asks for are there.
    alerts = (chart.CLONE / "deploy/prometheus/alerts/services.yaml").read_text()
    asked = re.search(r'job=~"([a-z|]+)"', alerts)[1].split("|")
    assert set(asked) <= jobs


def versions_are_those_of_the_binary_and_of_the_local_stack():
    def found(pattern, path):
        return re.search(pattern, (chart.CLONE / path).read_text(), re.MULTILINE)[1]

    about = chart.yaml.safe_load((chart.FOLDER / "Chart.yaml").read_text())
    values = chart.yaml.safe_load((chart.FOLDER / "values.yaml").read_text())
    assert about["appVersion"] == found(r'^version = "(.*)"', "Cargo.toml")
    images = values["router"]["images"]
    assert images["apollo"].endswith(":v" + found(r"^APOLLO_ROUTER_VERSION=(.*)$", "deploy/local/apollo-router.sh"))
    assert images["hive"].endswith(":" + found(r"^HIVE_ROUTER_VERSION=(.*)$", "deploy/local/hive-router.sh"))


REFUSED = {
    "a component that is none": {"only": "payments"},
    "a value that nobody reads": {"replicas": 3},
    "a setting that is misspelt": {"services": {"billing": {"settings": {"BOOKING_WAIT": 3}}}},
    "a route to nowhere": {"entrance": {"httpRoute": {"enabled": True}}},
    "brokers without a port": {"kafka": {"brokers": "kafka.example"}},
    "no database": {"postgresql": {"create": False}},
    "no broker": {"kafka": {"create": False}},
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED.keys())
def values_that_cannot_work_are_refused(values):
    with pytest.raises(helm_python.HelmError):
        chart.render(values)


def every_value_is_in_the_schema():
    values = chart.yaml.safe_load((chart.FOLDER / "values.yaml").read_text())
    schema = json.loads((chart.FOLDER / "values.schema.json").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}


def notes_tell_how_to_log_in():
    text = chart.notes()
    assert "get secret excursions-users" in text and "operator@excursions.example" in text
    assert "port-forward service/excursions-gateway" in text
    assert "https://shop.example/" in chart.notes(MATRIX["HTTPRoute"])
    assert "https://shop.example/" in chart.notes(MATRIX["Ingress"])
    assert "log-in" not in chart.notes({"only": "billing"})
