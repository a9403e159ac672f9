"""Databases, the broker, and how both come to what a version needs."""

import re

import chart
from chart import SERVICES
from matrix import MATRIX


def _of_code(name, path):
    return int(re.search(rf"\b{name}: \w+ = (\d+);", (chart.CLONE / path).read_text())[1])


def each_service_has_a_database_of_its_own():
    objects = chart.render()
    for service in SERVICES:
        cluster = chart.named(objects, "Cluster", f"excursions-{service}-db")
        assert cluster["spec"]["bootstrap"]["initdb"] == {"database": service, "owner": service}
        assert cluster["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def connections_suffice_for_all_replicas():
    most = chart.yaml.safe_load((chart.FOLDER / "values.yaml").read_text())
    pool = int(re.search(r'"DATABASE_POOL_SIZE",\s*"[^"]*",\s*(\d+)', (chart.CLONE / "subgraphs/service/src/config.rs").read_text())[1])
    [billing] = [each for each in chart.of_kind(chart.render(), "Deployment") if each["metadata"]["name"].endswith("billing")]
    surge = billing["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    # Relay, migrations and leases have connections of their own; three are kept for administrators.
    needed = (most["defaults"]["autoscaling"]["maxReplicas"] + surge) * (pool + 3) + 3 + 10
    assert needed <= most["postgresql"]["maxConnections"]


def migrations_come_before_the_pods_at_an_upgrade_and_beside_them_at_first():
    for upgrade in [False, True]:
        jobs = chart.of_kind(chart.render(upgrade=upgrade), "Job")
        assert len(jobs) == len(SERVICES)
        for job in jobs:
            annotations = job["metadata"].get("annotations", {})
            assert annotations.get("helm.sh/hook") == ("pre-upgrade" if upgrade else None)


def a_migration_knows_its_own_database_alone():
    for job in chart.of_kind(chart.render(), "Job"):
        [container] = chart.pod_of(job)[1]["containers"]
        _, service = container["args"]
        assert {variable["name"] for variable in container["env"]} == {f"{service.upper()}_DATABASE_URL", "KAFKA_BROKERS", "LOG_FORMAT"}


def another_image_is_another_job():
    def names(values):
        return {job["metadata"]["name"] for job in chart.of_kind(chart.render(values), "Job")}

    assert names({}) == names({})
    assert not names({}) & names({"image": {"tag": "0.2.0"}}), "what a job is cannot be changed"


def topics_are_those_that_the_binary_makes():
    topics = chart.of_kind(chart.render(), "KafkaTopic")
    text = (chart.CLONE / "subgraphs/service/src/events/topic.rs").read_text()
    published = set(re.findall(r'=> "(\w+\.events)"', text))
    assert {topic["metadata"]["name"] for topic in topics} == published | {f"{name}.dlq" for name in published}
    broker = "subgraphs/service/src/events/broker.rs"
    days = {False: _of_code("RETENTION_DAYS", broker), True: _of_code("DEAD_LETTER_RETENTION_DAYS", broker)}
    for topic in topics:
        spec = topic["spec"]
        assert spec["partitions"] == _of_code("PARTITIONS", "subgraphs/service/src/events/topic.rs")
        retention = days[topic["metadata"]["name"].endswith(".dlq")] * 24 * 3_600_000
        assert spec["config"] == {"retention.ms": str(retention)}
        assert topic["metadata"]["labels"]["strimzi.io/cluster"] == "excursions-kafka"


def large_numbers_stay_numbers():
    values = {"jaeger": {"maxTraces": 2_000_000}, "defaults": {"autoscaling": {"lag": {"enabled": True, "threshold": 1_000_000}}}}
    assert "e+0" not in str(chart.render(values))


def topics_have_as_many_copies_as_there_are_brokers_up_to_three():
    for replicas, copies in {1: 1, 2: 2, 3: 3, 5: 3}.items():
        objects = chart.render({"only": "platform", "kafka": {"replicas": replicas}})
        assert {topic["spec"]["replicas"] for topic in chart.of_kind(objects, "KafkaTopic")} == {copies}
        config = chart.named(objects, "Kafka", "excursions-kafka")["spec"]["kafka"]["config"]
        assert config["default.replication.factor"] == copies
        assert config["min.insync.replicas"] == min(2, copies)


def consumers_are_scaled_by_what_they_consume():
    objects = chart.of_kind(chart.render(MATRIX["KEDA"]), "ScaledObject")
    consumed = {
        each["spec"]["scaleTargetRef"]["name"]: {
            trigger["metadata"]["topic"] for trigger in each["spec"]["triggers"] if trigger["type"] == "kafka"
        }
        for each in objects
    }
    files = {"notifications": "src/application.rs", "billing": "src/lib.rs"}
    listed = {
        service: re.search(r"(?:const TOPICS[^=]*= |consume\([^;]*?&)\[(.*?)\]", (chart.CLONE / "subgraphs" / service / file).read_text())[1]
        for service, file in files.items()
    }
    assert consumed == {
        f"excursions-{service}": {f"{topic.lower()}.events" for topic in re.findall(r"Topic::(\w+)", topics)}
        for service, topics in listed.items()
    }
    partitions = _of_code("PARTITIONS", "subgraphs/service/src/events/topic.rs")
    assert all(each["spec"]["maxReplicaCount"] <= partitions for each in objects), "more would idle"
