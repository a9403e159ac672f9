"""A release's life: installed, upgraded, rolled back, uninstalled, and taken up again."""

import json
import re
import time
from pathlib import Path

import helm_python
import pytest

import chart
import cluster
from chart import SERVICES

CRDS = [json.loads(file.read_text()) for file in Path(chart.__file__).with_name("schemas").glob("crds/*.json")]

# With an object of each kind that there is.
ALL = {
    "monitoring": {"enabled": True},
    "audit": {"schedule": "17 * * * *"},
    "entrance": {
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}], "hostnames": ["shop.example"]},
        "ingress": {"enabled": True, "host": "shop.example"},
    },
    "services": {"notifications": {"autoscaling": {"lag": {"enabled": True}}}},
}
KEPT = {"Secret", "Cluster", "Kafka", "KafkaNodePool", "KafkaTopic"}


@pytest.fixture(scope="session", autouse=True)
def custom_resources():
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for crd in CRDS:
        cluster.ask("POST", path, crd)
    for crd in CRDS:
        _until(lambda: _is_served(crd["spec"]))


@pytest.fixture
def namespace(request):
    """A namespace for each test, in which only what is restricted may run."""
    name = request.node.name.replace("_", "-")[:60].rstrip("-")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    return name


def _is_served(spec):
    try:
        served = cluster.ask("GET", f"/apis/{spec['group']}/{spec['versions'][0]['name']}")["resources"]
    except cluster.Refused:
        return False
    return spec["names"]["plural"] in [each["name"] for each in served]


def _until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "in time"
        time.sleep(0.1)


def _helm(namespace):
    return helm_python.Config(
        kube_apiserver=cluster.URL, kube_token=cluster.TOKEN, kube_insecure_skip_tls_verify=True, namespace=namespace
    )


def _manifest(release):
    return [each for each in chart.yaml.safe_load_all(release["manifest"]) if each]


def _objects(namespace):
    """All of ours that the server has."""
    kinds = {(each["apiVersion"], each["kind"]) for each in chart.render(ALL)}
    selector = "app.kubernetes.io/part-of=excursions"
    return [
        {"kind": kind} | each
        for api_version, kind in sorted(kinds)
        for each in cluster.found(api_version, kind, namespace, selector)
    ]


def _identities(objects):
    return sorted(map(chart.identity, objects))


def _image(namespace, service="billing"):
    path = cluster.collection("apps/v1", "Deployment", namespace)
    return cluster.ask("GET", f"{path}/excursions-{service}")["spec"]["template"]["spec"]["containers"][0]["image"]


def the_server_takes_every_object(namespace):
    with _helm(namespace) as helm:
        release = helm.install(chart.FOLDER, "excursions", ALL, namespace=namespace)
    wanted = _manifest(release)
    assert {each["kind"] for each in wanted} == {each["kind"] for each in chart.render(ALL)} - {"Pod"}
    assert _identities(_objects(namespace)) == _identities(wanted)
    for each in wanted:
        there = cluster.get(each, namespace)
        # Nothing of what was asked for was dropped on the way.
        assert each["spec"].keys() <= there["spec"].keys() if "spec" in each else True


def every_pod_is_restricted(namespace):
    with _helm(namespace) as helm:
        helm.install(chart.FOLDER, "excursions", ALL, namespace=namespace)
    pods = [
        {"metadata": {"name": each["metadata"]["name"], "labels": labels}, "spec": spec}
        for each in chart.with_pods(chart.render(ALL))
        for labels, spec in [chart.pod_of(each)]
    ]
    assert len(pods) == len(SERVICES) * 2 + len(["gateway", "router", "jaeger", "audit", "test"])
    path = f"/api/v1/namespaces/{namespace}/pods?dryRun=All"
    for pod in pods:
        cluster.ask("POST", path, pod)
    del pods[0]["spec"]["securityContext"]["seccompProfile"]
    with pytest.raises(cluster.Refused, match="violates PodSecurity"):
        cluster.ask("POST", path, pods[0])


def an_upgrade_migrates_first_and_a_rollback_goes_back(namespace):
    with _helm(namespace) as helm, cluster.jobs_succeed(namespace):
        helm.install(chart.FOLDER, "excursions", ALL, namespace=namespace)
        keys = {each["metadata"]["name"]: each["data"] for each in _objects(namespace) if each["kind"] == "Secret"}

        # The same once more: hooks of the names that the first jobs have.
        helm.upgrade(chart.FOLDER, "excursions", ALL, namespace=namespace, timeout=60)
        helm.upgrade(chart.FOLDER, "excursions", ALL | {"image": {"tag": "0.2.0"}}, namespace=namespace, timeout=60)
        assert _image(namespace) == "excursions:0.2.0"
        hooks = [each for each in helm.get_all("excursions")["hooks"] if "pre-upgrade" in each["events"]]
        assert len(hooks) == len(SERVICES)
        left = [each for each in _objects(namespace) if each["kind"] == "Job"]
        assert left == [], "hooks that succeeded are gone, and so are the first install's jobs"
        kept = {each["metadata"]["name"]: each["data"] for each in _objects(namespace) if each["kind"] == "Secret"}
        assert kept == keys, "an upgrade makes no new keys"

        helm.rollback("excursions", version=1, timeout=60)
        assert _image(namespace) == "excursions:0.1.0"
        assert len(helm.history("excursions")) == 4


def an_upgrade_whose_migration_fails_changes_nothing(namespace):
    with _helm(namespace) as helm:
        helm.install(chart.FOLDER, "excursions", ALL, namespace=namespace)
        # No job ever ends here.
        with pytest.raises(helm_python.HelmError):
            helm.upgrade(chart.FOLDER, "excursions", ALL | {"image": {"tag": "0.2.0"}}, namespace=namespace, timeout=3)
    assert _image(namespace) == "excursions:0.1.0"


def what_cannot_be_made_again_stays_and_is_taken_up(namespace):
    with _helm(namespace) as helm:
        first = _manifest(helm.install(chart.FOLDER, "excursions", ALL, namespace=namespace))
        helm.uninstall("excursions")
        _until(lambda: {each["kind"] for each in _objects(namespace)} <= KEPT)
        left = _objects(namespace)
        assert _identities(left) == _identities(each for each in first if each["kind"] in KEPT)
        uids = {each["metadata"]["uid"] for each in left}

        helm.install(chart.FOLDER, "excursions", ALL, namespace=namespace)
        assert uids <= {each["metadata"]["uid"] for each in _objects(namespace)}


def nothing_stays_where_nothing_is_to_be_kept(namespace):
    own_keys = {"users": {"existingSecret": "users-keys"}, "orders": {"existingSecret": "orders-keys"}}
    values = ALL | {"services": own_keys, "postgresql": {"keep": False}, "kafka": {"keep": False}}
    with _helm(namespace) as helm:
        helm.install(chart.FOLDER, "excursions", values, namespace=namespace)
        helm.uninstall("excursions")
    _until(lambda: _objects(namespace) == [])


def parts_are_installed_one_by_one(namespace):
    with _helm(namespace) as helm:
        for part in ["platform", *SERVICES, "router", "gateway"]:
            helm.install(chart.FOLDER, f"excursions-{part}", ALL | {"only": part}, namespace=namespace)
    assert _parts(_objects(namespace)) == _parts(chart.render(ALL))


def _parts(objects):
    """What there is, but for what each release has of its own: a policy for its test, and the hash of a job's labels."""
    there = [each for each in _identities(objects) if "-test" not in each]
    return [re.sub("^(Job .*)-[0-9a-f]{8}$", r"\1", each) for each in there]
