"""The Kubernetes manifests, as far as they can be checked without a cluster."""

import ipaddress
import json
import os
import re
import shutil
import subprocess

import pytest

from ingest.settings import Settings
from tests.deploy.plain_yaml import documents
from tests.e2e.fleet import ROOT
from workers.cli.later import COMMANDS
from workers.doctor.configuration import known_variables

FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
EVERYTHING = [one for name in FILES for one in documents((FOLDER / name).read_text())]
DEPLOYMENTS = {one["metadata"]["name"]: one for one in EVERYTHING if one["kind"] == "Deployment"}


def kinds(kind):
    return [one for one in EVERYTHING if one["kind"] == kind]


def container(name):
    (found,) = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
    return found


def test_nothing_is_left_out():
    """
    The kustomization lists every file but the one that needs KEDA.
    """
    (listed,) = documents((FOLDER / "kustomization.yaml").read_text())

    assert {*FILES} - {"kustomization.yaml", "autoscaling.yaml"} == {*listed["resources"]}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_deployment(name):
    """
    Each process runs a command of ours, as nobody, on a disk it cannot write, with time to drain.
    """
    one, inside = DEPLOYMENTS[name], container(name)
    pod = one["spec"]["template"]["spec"]

    assert ([name], True) == (inside["args"], name in COMMANDS)
    assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
    assert (True, False) == (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"])
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == inside["securityContext"]
    assert pod["terminationGracePeriodSeconds"] > Settings.model_fields["drain"].default.total_seconds() + 5
    assert inside["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_surroundings(name):
    """
    No service of the namespace turns up among the settings, and somebody buries orphaned children.
    """
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]

    assert (False, True) == (pod.get("enableServiceLinks"), pod.get("shareProcessNamespace"))


def test_every_process_may_be_disrupted_one_at_a_time():
    """
    There is a disruption budget for every deployment, and it matches its pods.
    """
    budgets = {one["metadata"]["name"]: one["spec"]["selector"]["matchLabels"] for one in kinds("PodDisruptionBudget")}

    assert {name: one["spec"]["selector"]["matchLabels"] for name, one in DEPLOYMENTS.items()} == budgets


def test_probes():
    """
    The process with a port is asked whether it lives and whether the store answers, and is reached by its service.
    """
    web = container("web")
    (service,) = kinds("Service")

    assert ("/healthz", "/readyz") == (
        web["livenessProbe"]["httpGet"]["path"],
        web["readinessProbe"]["httpGet"]["path"],
    )
    assert 8900 == web["ports"][0]["containerPort"]
    assert {"app": "copydesk", "process": "web"} == service["spec"]["selector"]


def test_settings():
    """
    What is set is a setting, and makes sense as such.
    """
    (settings,) = kinds("ConfigMap")

    assert {*settings["data"]} <= known_variables()


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "100.100.0.1", "fd00::1", "::1"],
)
def test_no_private_network(address):
    """
    Pods that fetch reach no private address, the cloud's metadata included; a node's cache of names answers at one.
    """
    asked = ipaddress.ip_address(address)
    blocks = [
        to["ipBlock"] for rule in kinds("NetworkPolicy")[0]["spec"]["egress"] for to in rule["to"] if "ipBlock" in to
    ]
    reached = [
        block
        for block in blocks
        if asked in ipaddress.ip_network(block["cidr"])
        and not any(asked in ipaddress.ip_network(one) for one in block.get("except", ()))
    ]

    assert [] == reached
    assert ["169.254.20.10/32", "0.0.0.0/0", "::/0"] == [block["cidr"] for block in blocks]


def test_names():
    """
    Names are asked for at their port, wherever in the cluster they are answered, and nothing else is asked there.
    """
    names = kinds("NetworkPolicy")[0]["spec"]["egress"][0]

    assert [("UDP", 53), ("TCP", 53)] == [(one["protocol"], one["port"]) for one in names["ports"]]


def test_scaling_stays():
    """
    Applying the files again does not undo what somebody, or KEDA, has scaled the workers to.
    """
    assert "replicas" not in DEPLOYMENTS["worker"]["spec"]


def test_the_public_internet_is_reached():
    """
    The ports that our settings allow are those that the policy lets out.
    """
    public = kinds("NetworkPolicy")[0]["spec"]["egress"][-1]

    assert list(Settings.model_fields["allowed_ports"].default) == [one["port"] for one in public["ports"]]


def test_autoscaling():
    """
    Workers are scaled by a metric that we have.
    """
    (scaled,) = kinds("ScaledObject")
    (trigger,) = scaled["spec"]["triggers"]
    (name,) = re.findall(r"copydesk_\w+", trigger["metadata"]["query"])

    source = (ROOT / "workers" / "metrics.py").read_text()
    assert ("worker", "prometheus") == (scaled["spec"]["scaleTargetRef"]["name"], trigger["type"])
    assert name in source or name.removeprefix("copydesk_") in source


def test_kubectl_understands_them():
    """
    kubectl's own reader takes every file, offline, and sees what our tests see.
    """
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("there is no kubectl")
    built = subprocess.run([program, "kustomize", str(FOLDER)], capture_output=True, text=True, check=True).stdout
    web = subprocess.run(
        [program, "label", "--local", "-f", str(FOLDER / "network.yaml"), "checked=yes", "-o", "json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KUBECONFIG": "/dev/null"},
    ).stdout

    assert {one["kind"] for one in EVERYTHING} - {"Kustomization", "ScaledObject"} == set(
        re.findall(r"(?m)^kind: (\w+)", built)
    )
    # One document after the other.
    seen = json.loads("[" + web.replace("}\n{", "},{") + "]")
    assert [one["spec"] for one in seen] == [one["spec"] for one in kinds("NetworkPolicy")]


def test_schemas_take_them():
    """
    The schemas of an old and a new Kubernetes take every file and know every field.
    """
    program = shutil.which("kubernetes-validate")
    if program is None:
        pytest.skip("there is no kubernetes-validate (pip install kubernetes-validate)")
    files = [str(FOLDER / name) for name in FILES if name not in ("kustomization.yaml", "autoscaling.yaml")]

    for version in ("1.25.0", "1.35.0"):
        done = subprocess.run(
            [program, "--strict", "--quiet", "-k", version, *files], capture_output=True, text=True, check=False
        )
        assert (0, "") == (done.returncode, done.stdout + done.stderr)
