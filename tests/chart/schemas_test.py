"""Every object is one that Kubernetes and the operators take: each field known, each value of its type."""

import functools
import json
from pathlib import Path

import kubernetes_validate
import pytest
from jsonschema import Draft202012Validator

import chart
from matrix import MATRIX

KUBERNETES = ["1.30", "1.37"]
CRDS = [json.loads(file.read_text()) for file in Path(__file__).with_name("schemas").glob("crds/*.json")]


def _strict(schema):
    """A CRD's schema as JSON Schema that knows no field beside those that are named."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _strict(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields")
    if closed and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


@functools.cache
def _validator(api_version, kind):
    group, _, version = api_version.partition("/")
    for crd in CRDS:
        spec = crd["spec"]
        if (spec["group"], spec["versions"][0]["name"], spec["names"]["kind"]) == (group, version, kind):
            schema = _strict(spec["versions"][0]["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            return Draft202012Validator(schema)
    return None


@functools.cache
def _faults(text):
    """What is wrong with an object. Most are in many a render, and looked at once."""
    each = json.loads(text)
    custom = _validator(each["apiVersion"], each["kind"])
    if custom:
        return [f"{error.json_path}: {error.message}" for error in custom.iter_errors(each)]
    try:
        for version in KUBERNETES:
            kubernetes_validate.validate(each, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [error.message]
    return []


@pytest.mark.parametrize("upgrade", [False, True], ids=["install", "upgrade"])
@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def objects_are_what_kubernetes_takes(values, upgrade):
    for each in chart.render(values, upgrade):
        # Rendered without a cluster, keys are new each time.
        if each["kind"] == "Secret":
            each["data"] = dict.fromkeys(each["data"], "")
        assert _faults(json.dumps(each, sort_keys=True)) == [], chart.identity(each)


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def no_two_objects_have_one_name(values):
    objects = chart.render(values)
    names = [(each["apiVersion"], chart.identity(each)) for each in objects]
    assert len(names) == len(set(names))
    assert {each["metadata"]["namespace"] for each in objects} == {chart.NAMESPACE}


def a_field_that_nobody_knows_is_refused():
    [cluster] = chart.of_kind(chart.render({"only": "billing"}), "Cluster")
    cluster["spec"]["instanses"] = 3
    assert _faults(json.dumps(cluster))
    service = chart.of_kind(chart.render({"only": "billing"}), "Service")[0]
    service["spec"]["port"] = 1
    assert _faults(json.dumps(service))
