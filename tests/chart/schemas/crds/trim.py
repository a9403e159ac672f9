"""Makes a CustomResourceDefinition small enough to keep: one version, no descriptions.

usage: trim.py VERSION < crd.yaml > crd.json
"""

import json
import sys

import yaml


def without_descriptions(node):
    if isinstance(node, list):
        return [without_descriptions(item) for item in node]
    if not isinstance(node, dict):
        return node
    # A property may be called "description": only texts are dropped.
    return {
        key: without_descriptions(value)
        for key, value in node.items()
        if not (key == "description" and isinstance(value, str))
    }


def trim(crd, version):
    spec = crd["spec"]
    wanted = next(each for each in spec["versions"] if each["name"] == version)
    kept = {key: wanted[key] for key in ("name", "schema", "subresources") if key in wanted}
    return {
        "apiVersion": crd["apiVersion"],
        "kind": crd["kind"],
        "metadata": {"name": crd["metadata"]["name"], "annotations": crd["metadata"].get("annotations", {})},
        "spec": {
            "group": spec["group"],
            "names": spec["names"],
            "scope": spec["scope"],
            "versions": [without_descriptions(kept) | {"served": True, "storage": True}],
        },
    }


if __name__ == "__main__":
    json.dump(trim(yaml.safe_load(sys.stdin), sys.argv[1]), sys.stdout, separators=(",", ":"), sort_keys=True)
    print()
