"""Who may talk to whom, computed from the network policies as Kubernetes applies them."""

import itertools

import pytest

import chart
from chart import SERVICES
from matrix import EXISTING, MATRIX

# Everything that goes between pods of ours, and why.
EDGES = {
    **{(service, key): "keys that tokens are signed with" for service in SERVICES for key in ["users", "orders"]},
    **{("router", service): "queries and mutations" for service in SERVICES},
    **{("test", component): "is it ready" for component in [*SERVICES, "gateway"]},
    **{(component, "jaeger"): "spans" for component in [*SERVICES, "gateway", "router"]},
    ("gateway", "router"): "queries and mutations",
    ("gateway", "notifications"): "subscriptions",
    ("orders", "billing"): "steps of sagas",
    ("orders", "excursions"): "steps of sagas",
}
STORES = {
    **{(service, f"{service}-db"): "its rows" for service in SERVICES},
    **{(f"{service}-migrate", f"{service}-db"): "its schema" for service in SERVICES},
}


def _pods(objects):
    """Labels of a pod of each kind, those of operators among them, by component."""
    pods = {}
    for each in chart.with_pods(objects):
        labels, pod = chart.pod_of(each)
        ports = {port["containerPort"] for container in pod["containers"] for port in container.get("ports", [])}
        pods[chart.component(labels)] = (labels, ports)
    for service in SERVICES:
        pods[f"{service}-db"] = ({"cnpg.io/cluster": f"excursions-{service}-db"}, {5432, 8000, 9187})
    # Strimzi hands its object's part-of label on to its pods.
    kafka = {"strimzi.io/cluster": "excursions-kafka", "strimzi.io/kind": "Kafka", "app.kubernetes.io/part-of": "excursions"}
    pods["kafka"] = (kafka, {9092})
    pods["stranger"] = ({"app": "stranger"}, {80})
    return pods


def _selects(selector, labels):
    def holds(expression):
        assert expression["operator"] == "DoesNotExist"
        return expression["key"] not in labels

    wanted = selector.get("matchLabels", {})
    return wanted.items() <= labels.items() and all(map(holds, selector.get("matchExpressions", [])))


def _allows(policies, direction, of, other, port):
    """Whether policies let a pod have traffic of a direction with another of the same namespace, on a port."""
    mine = [
        each["spec"] for each in policies
        if direction in each["spec"]["policyTypes"] and _selects(each["spec"]["podSelector"], of)
    ]
    if not mine:
        return True
    rules = [rule for spec in mine for rule in spec.get(direction.lower(), [])]
    return any(_rule_allows(rule, direction, other, port) for rule in rules)


def _rule_allows(rule, direction, other, port):
    if "ports" in rule and port not in [each["port"] for each in rule["ports"]]:
        return False
    peers = rule.get("from" if direction == "Ingress" else "to")
    # Selected by a namespace's name, a pod is in another namespace than ours.
    near = lambda peer: "podSelector" in peer and not peer.get("namespaceSelector")
    return not peers or any(near(peer) and _selects(peer["podSelector"], other) for peer in peers)


def _edges(objects, blocked_by):
    """The pairs of components that can talk on some port, as far as these directions go."""
    policies = chart.of_kind(objects, "NetworkPolicy")
    pods = _pods(objects)
    for (caller, (from_, _)), (callee, (to, ports)) in itertools.product(pods.items(), repeat=2):
        for port in ports:
            out = "Egress" not in blocked_by or _allows(policies, "Egress", from_, to, port)
            into = "Ingress" not in blocked_by or _allows(policies, "Ingress", to, from_, port)
            if out and into:
                yield caller, callee


def _of_ours(edges):
    operated = {"kafka", "stranger", *(f"{service}-db" for service in SERVICES)}
    return {(caller, callee) for caller, callee in edges if caller not in operated and callee not in operated}


def edges_are_those_that_are_named():
    edges = set(_edges(chart.render(), ["Egress", "Ingress"]))
    # The gateway is open to the world: only what may go out of a pod says who of ours comes.
    assert _of_ours(edges) == EDGES.keys()
    stores = {edge for edge in edges if edge[1].endswith("-db") and edge[0] != edge[1] and not edge[0].endswith("-db")}
    assert stores == STORES.keys()


def the_audit_reaches_all_databases_and_nothing_else():
    edges = set(_edges(chart.render(MATRIX["audited"]), ["Egress", "Ingress"]))
    reached = {callee for caller, callee in edges if caller == "audit"}
    assert reached == {f"{service}-db" for service in SERVICES}


def every_way_out_has_a_way_in():
    objects = chart.render()
    out, into = _of_ours(_edges(objects, ["Egress"])), _of_ours(_edges(objects, ["Ingress"]))
    assert out == EDGES.keys()
    into_the_gateway = {edge for edge in into if edge[1] == "gateway"}
    assert into - into_the_gateway == EDGES.keys() - into_the_gateway


def a_stranger_reaches_the_gateway_alone():
    edges = set(_edges(chart.render(), ["Egress", "Ingress"]))
    assert {callee for caller, callee in edges if caller == "stranger"} == {"gateway", "kafka", "stranger"}
    # Strimzi makes Kafka's policy, of the listener's peers.
    [kafka] = chart.of_kind(chart.render(), "Kafka")
    peers = kafka["spec"]["kafka"]["listeners"][0]["networkPolicyPeers"]
    allowed = {chart.component(peer["podSelector"]["matchLabels"]) for peer in peers}
    assert allowed == {*SERVICES, *(f"{service}-migrate" for service in SERVICES)}


def nothing_of_ours_is_open_by_default():
    objects = chart.render()
    policies = chart.of_kind(objects, "NetworkPolicy")
    deny = chart.named(objects, "NetworkPolicy", "excursions-default-deny")["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"] and not deny.keys() & {"ingress", "egress"}
    for each in chart.with_pods(objects):
        labels, _ = chart.pod_of(each)
        assert _selects(deny["podSelector"], labels), chart.identity(each)
        own = [policy for policy in policies if policy["spec"] != deny and _selects(policy["spec"]["podSelector"], labels)]
        assert len(own) == 1, chart.identity(each)
    for name, (labels, _) in _pods(objects).items():
        if name == "kafka" or name.endswith("-db"):
            assert not _selects(deny["podSelector"], labels), "operators' pods need Kubernetes' API"


def names_can_be_looked_up_by_all_that_call():
    for policy in chart.of_kind(chart.render(), "NetworkPolicy"):
        spec = policy["spec"]
        if "egress" in spec:
            assert {"port": 53, "protocol": "UDP"} in spec["egress"][0]["ports"], policy["metadata"]["name"]


@pytest.mark.parametrize("url, port", [("http://router.gateways:4000", 4000), ("http://router.gateways", 80)])
def a_router_elsewhere_is_reached(url, port):
    policy = chart.named(chart.render({"router": {"url": url}}), "NetworkPolicy", "excursions-gateway")
    assert {"ports": [{"port": port}]} in policy["spec"]["egress"]


@pytest.mark.parametrize("component", SERVICES)
def what_is_elsewhere_is_reached_on_its_port(component):
    policy = chart.named(chart.render(EXISTING), "NetworkPolicy", f"excursions-{component}")
    rules = {tuple(port["port"] for port in rule["ports"]): rule.get("to") for rule in policy["spec"]["egress"]}
    assert rules[(5432,)] is None, "wherever the database is"
    assert rules[(9094,)] == [{"ipBlock": {"cidr": "10.1.0.0/16"}}]
    assert rules[(4318,)] is None
