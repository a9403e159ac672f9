"""What is installed, and what each component is."""

import base64
import re

import pytest

import chart
from chart import SERVICES
from matrix import EXISTING, MATRIX

PARTS = [*SERVICES, "gateway", "router", "platform"]
PER_SERVICE = {
    "Deployment", "Service", "ServiceAccount", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy",
    "ServiceMonitor", "Cluster", "Job", "Pod",
}
MONITORED = {"monitoring": {"enabled": True}, "audit": {"schedule": "17 * * * *"}}


@pytest.mark.parametrize("service", SERVICES)
def a_service_alone_is_all_that_it_needs_and_nothing_else(service):
    objects = chart.render(MONITORED | {"only": service})
    assert {each["kind"] for each in objects} - {"Secret"} == PER_SERVICE
    components = {chart.component(each["metadata"]["labels"]) for each in objects}
    assert components == {service, f"{service}-migrate", "test"}


def parts_one_by_one_are_the_whole():
    def identities(values):
        # Who asks whether all is ready depends on what is there to ask.
        return sorted(each for each in map(chart.identity, chart.render(MONITORED | values)) if "-test" not in each)

    assert sorted(each for part in PARTS for each in identities({"only": part})) == identities({})


def a_service_without_operators_needs_none():
    groups = {each["apiVersion"].split("/")[0] for each in chart.render(MATRIX["no operators and no traces"])}
    assert groups == {"v1", "apps", "autoscaling", "batch", "networking.k8s.io", "policy"}


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def pods_are_restricted(values):
    for each in chart.with_pods(chart.render(values)):
        _, pod = chart.pod_of(each)
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False, "a service's name would make settings"
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]
            assert re.search(r"(:v?[0-9]|@sha256:)", container["image"])
        for volume in pod.get("volumes", []):
            assert volume.keys() - {"name"} <= {"emptyDir", "configMap", "secret"}


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def what_an_object_names_is_there(values):
    objects = chart.render(values)
    there = {(each["kind"], each["metadata"]["name"]) for each in objects}
    for each in chart.with_pods(objects):
        labels, pod = chart.pod_of(each)
        # A job of an upgrade runs before the upgrade's objects: it finds those of the release before.
        assert ("ServiceAccount", pod["serviceAccountName"]) in there
        for volume in pod.get("volumes", []):
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in there
        for container in pod["containers"]:
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            assert mounted == {volume["name"] for volume in pod.get("volumes", [])}
    for service in chart.of_kind(objects, "Service"):
        [target] = [
            each for each in chart.of_kind(objects, "Deployment")
            if service["spec"]["selector"].items() <= chart.pod_of(each)[0].items()
        ]
        ports = {port["name"] for port in chart.pod_of(target)[1]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for each in chart.of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        assert ("Deployment", each["spec"]["scaleTargetRef"]["name"]) in there


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def nothing_secret_stands_in_clear(values):
    objects = chart.render(values)
    for each in chart.with_pods(objects):
        for container in chart.pod_of(each)[1]["containers"]:
            for variable in container.get("env", []):
                secret = re.search("PASSWORD$|DATABASE_URL$|TOKEN$|SECRET", variable["name"])
                assert not secret or "secretKeyRef" in variable["valueFrom"], variable["name"]
    for each in objects:
        if each["kind"] != "Secret":
            assert "PRIVATE KEY" not in str(each), chart.identity(each)


def secrets_are_made_only_where_none_are_named():
    made = {each["metadata"]["name"]: each for each in chart.of_kind(chart.render(), "Secret")}
    assert made.keys() == {"excursions-users", "excursions-orders"}
    assert not chart.of_kind(chart.render(EXISTING), "Secret")
    for each in made.values():
        assert each["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        for name, data in each["data"].items():
            text = base64.b64decode(data).decode()
            if name.endswith(".pem"):
                key = base64.b64decode(text.splitlines()[1])
                assert key.startswith(bytes.fromhex("302e020100300506032b6570")), "an Ed25519 key in PKCS#8"
            else:
                assert len(text) == 24


def what_is_named_is_used():
    objects = chart.render(EXISTING)
    users = chart.pod_of(chart.named(objects, "Deployment", "excursions-users"))[1]
    secrets = [volume["secret"]["secretName"] for volume in users["volumes"] if "secret" in volume]
    references = {
        variable["name"]: variable["valueFrom"]["secretKeyRef"]
        for variable in users["containers"][0]["env"] if "valueFrom" in variable
    }
    assert secrets == ["users-keys"]
    assert references == {
        "USERS_DATABASE_URL": {"name": "users-postgres", "key": "url"},
        "OPERATOR_PASSWORD": {"name": "users-keys", "key": "operator-password"},
    }


def probes_ask_what_the_binary_answers():
    sources = "".join(
        (chart.CLONE / path).read_text() for path in ["subgraphs/service/src/http.rs", "supergraph/src/gateway.rs"]
    )
    answered = set(re.findall(r'route\("(/health/[a-z]+)"', sources))
    assert answered == {"/health/live", "/health/ready"}
    for each in chart.of_kind(chart.render(), "Deployment"):
        labels, pod = chart.pod_of(each)
        [container] = pod["containers"]
        paths = {container[kind]["httpGet"]["path"] for kind in ["startupProbe", "livenessProbe", "readinessProbe"]}
        if chart.component(labels) in [*SERVICES, "gateway"]:
            assert paths == answered
            assert container["livenessProbe"]["httpGet"]["path"] == "/health/live", "a database away restarts nobody"


def a_release_comes_without_a_gap():
    for each in chart.of_kind(chart.render(), "Deployment"):
        labels, pod = chart.pod_of(each)
        if chart.component(labels) == "jaeger":
            continue
        assert each["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] >= 15 + pause, "what is in flight gets its time"
        assert "replicas" not in each["spec"], "the autoscaler's"
