"""Values that people set, by what they are for."""

from chart import SERVICES, SMALL

EXISTING = {
    "services": {
        "users": {"existingSecret": "users-keys", "database": {"existingSecret": "users-postgres", "key": "url"}},
        "billing": {"database": {"existingSecret": "billing-postgres", "key": "url"}},
        "excursions": {"database": {"existingSecret": "excursions-postgres", "key": "url"}},
        "orders": {"existingSecret": "orders-keys", "database": {"existingSecret": "orders-postgres", "key": "url"}},
        "notifications": {"database": {"existingSecret": "notifications-postgres", "key": "url"}},
    },
    "postgresql": {"create": False},
    "kafka": {"create": False, "brokers": "kafka-1.example:9094,kafka-2.example:9094"},
    "jaeger": {"create": False},
    "tracing": {"endpoint": "http://collector.observability:4318"},
    "networkPolicy": {"kafka": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]},
}

MATRIX = {
    "defaults": {},
    "small": SMALL,
    "existing database, broker, collector and secrets": EXISTING,
    "no operators and no traces": EXISTING | {"tracing": {"endpoint": ""}},
    "Hive Router": {"router": {"kind": "hive"}},
    "a router that is there already": {"router": {"url": "http://router.gateways:4000"}},
    "HTTPRoute": {
        "entrance": {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}], "hostnames": ["shop.example"]}}
    },
    "Ingress": {"entrance": {"ingress": {"enabled": True, "className": "traefik", "host": "shop.example", "tlsSecret": "tls"}}},
    "KEDA": {"defaults": {"autoscaling": {"lag": {"enabled": True}}}},
    "monitoring": {"monitoring": {"enabled": True, "labels": {"release": "kube-prometheus-stack"}}},
    "monitoring behind Hive Router": {"monitoring": {"enabled": True}, "router": {"kind": "hive"}},
    "audited": {"audit": {"schedule": "17 * * * *"}},
    "no network policies": {"networkPolicy": {"enabled": False}},
    "another name": {"fullnameOverride": "trips"},
    "everything that a pod can be told": {
        "image": {"repository": "registry.example/excursions", "digest": "sha256:" + "0" * 64},
        "imagePullSecrets": [{"name": "registry"}],
        "defaults": {
            "settings": {"RUST_LOG": "debug", "BOOKING_WAIT_MS": 1500, "GRAPHQL_INTROSPECTION": False},
            "podAnnotations": {"example.com/team": "booking"},
            "podLabels": {"team": "booking"},
            "nodeSelector": {"kubernetes.io/arch": "amd64"},
            "tolerations": [{"key": "spot", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "priorityClassName": "high",
            "extraEgress": [{"to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}], "ports": [{"port": 443}]}],
            "extraIngress": [{"from": [{"podSelector": {"matchLabels": {"app": "debug"}}}]}],
        },
        "postgresql": {"storageClass": "fast"},
        "kafka": {"storageClass": "fast", "version": "4.3.1"},
    },
} | {f"only {name}": {"only": name} for name in [*SERVICES, "gateway", "router", "platform"]}
