"""What Prometheus makes of the alerts, and of the metrics that they are on."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml

from chart import of_kind, rendered
from support.certificates import Authority
from support.environment import clean
from support.server import Server
from support.waiting import wait_until
from test_chart import EVERYTHING, SERVER

IRSA = os.environ.get("IRSA_BIN")
TESTS = Path(__file__).parent / "alerts.yaml"
# Two hours, in days.
SIGNING_KEY_DAYS = 2 / 24
# Names of AWS's webhook, which its users' dashboards know: they stay as they are.
AWS = ("pod_identity_webhook_", "http_request_")
KUBECONFIG = {
    "apiVersion": "v1", "kind": "Config", "current-context": "none",
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {"token": "none"}}],
}
REVIEW = {
    "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "u", "operation": "CREATE", "namespace": "demo", "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "object": {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app", "namespace": "demo"},
            "spec": {"serviceAccountName": "app", "containers": [{"name": "app", "image": "app"}]}},
    },
}

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool")
needs_irsa = pytest.mark.skipif(not IRSA, reason="IRSA_BIN is not set")


def promtool(*arguments, **more):
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, timeout=60, **more)


def groups(values):
    """The rules, as Prometheus itself reads them."""
    (rule,) = of_kind(rendered(values | {"serviceMonitor.enabled": True}), "PrometheusRule").values()
    return rule["spec"]


@needs_promtool
@pytest.mark.parametrize("values", [{}, SERVER, EVERYTHING, SERVER | {"webhook.enabled": False}])
def test_the_rules_are_rules(values, tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(groups(values)))
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", file)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_alerts_fire_when_they_should_and_are_quiet_else(tmp_path):
    rules = groups(SERVER | {"serviceMonitor.rules.signingKeyDays": SIGNING_KEY_DAYS})
    tested = yaml.safe_load(TESTS.read_text())["tests"]
    asked = [each for test in tested for each in test["alert_rule_test"]]
    alerts = {each["alert"] for group in rules["groups"] for each in group["rules"]}
    assert {each["alertname"] for each in asked} == alerts
    assert {each["alertname"] for each in asked if each.get("exp_alerts")} == alerts
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    shutil.copy(TESTS, tmp_path)
    done = promtool("test", "rules", TESTS.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def complaints(text):
    """What promtool does not like of metrics whose names are ours to choose."""
    done = promtool("check", "metrics", input=text)
    assert done.returncode in (0, 3), done.stderr
    return [line for line in done.stderr.splitlines() if not line.startswith(AWS)]


def names(text):
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))


def read(url, data=None, context=None):
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10, context=context) as response:
        return response.headers["Content-Type"], response.read().decode()


def free_ports():
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def webhook(tmp_path):
    """A webhook that has decided on a pod, in vain: it reaches no API server. Its metrics' URL."""
    authority = Authority(tmp_path)
    chain, key, _ = authority.write("webhook")
    kubeconfig, log = tmp_path / "kubeconfig", tmp_path / "webhook.log"
    kubeconfig.write_text(json.dumps(KUBECONFIG))
    port, metrics = free_ports()
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [IRSA, "webhook", "--in-cluster=false", f"--kubeconfig={kubeconfig}", "--bind-address=127.0.0.1",
             f"--port={port}", f"--metrics-port={metrics}", f"--tls-cert={chain}", f"--tls-key={key}"],
            env=clean(), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
    try:
        wait_until(lambda: process.poll() is not None or "answers reviews" in log.read_text(), "the webhook")
        assert process.poll() is None, log.read_text()
        context = ssl.create_default_context(cafile=str(authority.file))
        _, answer = read(f"https://127.0.0.1:{port}/mutate", json.dumps(REVIEW).encode(), context)
        assert json.loads(answer)["response"]["allowed"] is True
        yield f"http://127.0.0.1:{metrics}/metrics"
    finally:
        process.terminate()
        process.wait(30)


@needs_irsa
@needs_promtool
def test_metrics_of_the_webhook(webhook):
    kind, text = read(webhook)
    assert kind.startswith("text/plain; version=0.0.4")
    assert 'irsa_webhook_pods_admitted_without_identity_total{namespace="demo",' in text
    assert complaints(text) == []
    # Bounds as people write them.
    assert re.search(r'_duration_seconds_bucket\{le="0.00005"\}', text)


@needs_irsa
@needs_promtool
def test_metrics_of_the_server(tmp_path):
    server = Server(tmp_path / "server")
    try:
        server.irsa_ok("whoami")
        server.irsa_ok("issuer", "create", "demo")
        kind, text = read(f"{server.url}/-/metrics")
    finally:
        server.stop()
    assert kind.startswith("text/plain; version=0.0.4")
    assert complaints(text) == []
    asked = {name for group in groups(SERVER)["groups"] if group["name"] == "irsa-server"
             for rule in group["rules"] for name in re.findall(r"irsa_\w+", rule["expr"])}
    assert asked and {re.sub("_bucket$", "", name) for name in asked} <= names(text)


def test_labels_of_the_metrics_are_not_those_of_their_service():
    """The server's `service` is the one that was called, the webhook's `namespace` the pod's."""
    monitors = of_kind(rendered(SERVER | {"serviceMonitor.enabled": True}), "ServiceMonitor")
    assert set(monitors) == {"irsa-webhook", "irsa-server"}
    for monitor in monitors.values():
        assert [endpoint["honorLabels"] for endpoint in monitor["spec"]["endpoints"]] == [True]
