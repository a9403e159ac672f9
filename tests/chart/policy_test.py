"""The rendered objects against checkov's policies for Kubernetes."""

import json
import subprocess
import sys

import chart
from matrix import MATRIX

# Why a policy is not ours.
SKIPPED = {
    "CKV_K8S_11": "CPU limits would throttle what the node has to spare; requests share it out",
    "CKV_K8S_15": "tags and digests are fixed: there is nothing newer to pull under the same name",
    "CKV_K8S_43": "a digest is the installer's to give: image.digest",
    "CKV_K8S_35": "the database's URL and the first password come by the environment, as the binary reads them",
    "CKV_K8S_8": "jobs and tests end by themselves: nothing to probe, the pods that serve are held to it below",
    "CKV_K8S_9": "the same",
}


def _in_namespace(each, name):
    return each | {"metadata": each["metadata"] | {"namespace": name}}


def _checkov(objects, folder):
    file = folder / "rendered.yaml"
    file.write_text(chart.yaml.safe_dump_all(objects))
    command = [sys.executable, "-m", "checkov.main", "--file", file, "--framework", "kubernetes", "--output", "json",
               "--compact", "--quiet", "--soft-fail", "--skip-download", "--skip-check", ",".join(SKIPPED)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    report = json.loads(told)
    assert report["summary"]["parsing_errors"] == 0
    return report["summary"]["passed"], [
        f"{check['check_id']} {check['resource']}: {check['check_name']}" for check in report["results"]["failed_checks"]
    ]


def no_policy_is_broken(tmp_path):
    # In namespaces of their own: one name twice would be one object.
    objects = [_in_namespace(each, f"set-{number}")
               for number, values in enumerate(MATRIX.values()) for each in chart.render(values)]
    passed, failed = _checkov(objects, tmp_path)
    assert passed > 1_500
    assert failed == []


def a_broken_policy_is_found(tmp_path):
    objects = chart.of_kind(chart.render(), "Deployment")
    del chart.pod_of(objects[0])[1]["containers"][0]["securityContext"]
    _, failed = _checkov(objects, tmp_path)
    assert failed


def all_that_serves_is_probed():
    for each in chart.of_kind(chart.render(), "Deployment"):
        for container in chart.pod_of(each)[1]["containers"]:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
