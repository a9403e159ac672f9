"""The chart as Helm renders it."""

from pathlib import Path

import yaml
from helm_python import Chart

CLONE = Path(__file__).resolve().parents[2]
FOLDER = CLONE / "deploy/helm/excursions"
SMALL = yaml.safe_load((FOLDER.parent / "small.yaml").read_text())
SERVICES = ["users", "billing", "excursions", "orders", "notifications"]
NAMESPACE = "shop"


def render(values=None, upgrade=False, folder=FOLDER):
    """The objects that the values make."""
    files = Chart.load(folder).render(
        values or {}, name="excursions", namespace=NAMESPACE, is_install=not upgrade, is_upgrade=upgrade
    )
    texts = [text for path, text in sorted(files.items()) if not path.endswith("NOTES.txt")]
    return [each for text in texts for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]


def notes(values=None):
    """What Helm says after an install."""
    files = Chart.load(FOLDER).render(values or {}, name="excursions", namespace=NAMESPACE)
    return next(text for path, text in files.items() if path.endswith("NOTES.txt"))


def of_kind(objects, *kinds):
    return [each for each in objects if each["kind"] in kinds]


def named(objects, kind, name):
    [found] = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    return found


def identity(each):
    return f"{each['kind']} {each['metadata']['name']}"


def pod_of(each):
    """The pod of an object that has one: its labels, and its spec."""
    job = each["spec"]["jobTemplate"] if each["kind"] == "CronJob" else each
    template = each if each["kind"] == "Pod" else job["spec"]["template"]
    return template["metadata"]["labels"], template["spec"]


def with_pods(objects):
    return of_kind(objects, "Deployment", "Job", "CronJob", "Pod")


def component(labels):
    return labels["app.kubernetes.io/component"]
