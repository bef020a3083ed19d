"""What the chart renders, for which values, and which it refuses."""

import re
import subprocess

import pytest
import yaml

from chart import CHART, DEPLOY, ROOT, SERVER, arguments, helm, notes, of_kind, pods, refusal, rendered, settings

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
COMPOSED = {
    "webhook.composeRoleArn.enabled": True, "webhook.composeRoleArn.accountId": "111122223333",
    "webhook.region": "eu-central-1",
}
EVERYTHING = SERVER | COMPOSED | {
    "endpoint.caBundle": CERTIFICATE, "endpoint.services": ["sts", "secretsmanager"], "image.pullSecrets": ["pull"],
    "webhook.configMap": True, "webhook.antiSpoof": True, "webhook.roleSessionName": True,
    "webhook.strictValidation": True, "webhook.disableEc2Metadata": True, "webhook.stsRegional": True,
    "webhook.tolerations": [{"operator": "Exists"}], "webhook.podAnnotations": {"a": "b"},
    "webhook.podLabels": {"team": "a"}, "webhook.priorityClassName": "high", "webhook.nodeSelector": {"a": "b"},
    "server.podLabels": {"team": "a"}, "server.podAnnotations": {"a": "b"}, "server.nodeSelector": {"a": "b"},
    "server.regions": ["us-east-1", "eu-central-1"], "server.allowIssuerCidrs": ["10.0.0.0/8:443"],
    "server.trustedProxies": ["10.0.0.0/8"], "server.tokenReview.enabled": True, "bootstrap.account": "111122223333", "persistence.storageClass": "fast",
    "persistence.annotations": {"a": "b"}, "serviceMonitor.enabled": True, "namespace.create": True,
    "serviceMonitor.labels": {"release": "prometheus"}, "serviceMonitor.rules.labels": {"release": "prometheus"},
    "networkPolicy.closeInstanceMetadata": ["team-a", "team-b"],
    "networkPolicy.metricsFrom": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}],
}
VALUES = {
    "defaults": {},
    "server": SERVER,
    "everything": EVERYTHING,
    "server alone": SERVER | {"webhook.enabled": False},
    "behind a proxy": {
        "server.enabled": True, "server.tls.plaintext": True, "rootKey.existingSecret": "k",
        "endpoint.url": "https://irsa.example", "bootstrap.enabled": False,
    },
    "cert-manager": {
        "server.enabled": True, "rootKey.existingSecret": "k", "endpoint.caSecret": "irsa-server-tls",
        "server.tls.issuerRef.name": "issuer", "webhook.tls.source": "certManager", "webhook.tls.issuerRef.name": "issuer",
    },
    "files": {
        "webhook.tls.source": "secret", "webhook.tls.existingSecret": "s", "webhook.tls.caBundle": CERTIFICATE,
        "webhook.failClosed": False, "image.digest": "sha256:" + "a" * 64,
    },
}

every = pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())


@every
def test_helm_finds_nothing_wrong(values):
    done = helm("lint", "--strict", CHART, *settings(values))
    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout


@every
def test_names_are_unique_and_labelled(values):
    objects = rendered(values, "--no-hooks")
    keys = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects]
    assert len(keys) == len(set(keys))
    for each in objects:
        if each["kind"] != "Namespace":
            labels = each["metadata"]["labels"]
            assert labels["app.kubernetes.io/part-of"] == "irsa"
            assert labels["app.kubernetes.io/component"]


@every
def test_pods_are_restricted(values):
    for owner, pod in pods(rendered(values)).items():
        assert pod["enableServiceLinks"] is False, owner
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True and security["runAsUser"] == 65532
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"] + pod.get("initContainers", []):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            assert container["resources"]["limits"]["memory"]
        for volume in pod.get("volumes", []):
            assert set(volume) - {"name"} <= {"persistentVolumeClaim", "secret", "configMap", "emptyDir"}


@every
def test_only_who_calls_the_api_server_has_a_token(values):
    asks = {"irsa-webhook": True, "irsa-init": True, "irsa-server": values.get("server.tokenReview.enabled", False)}
    for owner, pod in pods(rendered(values)).items():
        (expected,) = [asked for name, asked in asks.items() if owner.startswith(name)]
        assert pod["automountServiceAccountToken"] is expected, owner
    for account in of_kind(rendered(values), "ServiceAccount").values():
        assert account["automountServiceAccountToken"] is False


@every
def test_rights_name_their_objects_wherever_they_can(values):
    objects = rendered(values)
    cannot_be_named = {("serviceaccounts", "namespaces"): {"get", "list", "watch"}, ("pods",): {"list"}}
    for kind in ("Role", "ClusterRole"):
        for name, role in of_kind(objects, kind).items():
            for rule in role["rules"]:
                assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
                if rule.get("resourceNames"):
                    assert "create" not in rule["verbs"], f"{name}: RBAC cannot name what is not there"
                else:
                    allowed = cannot_be_named.get(tuple(rule["resources"]), {"create"})
                    assert set(rule["verbs"]) <= allowed, f"{name}: {rule}"


def test_what_is_not_asked_for_is_no_right():
    def resources(values):
        roles = [each for each in rendered(values) if each["kind"] in ("Role", "ClusterRole")]
        return {resource for role in roles for rule in role["rules"] for resource in rule["resources"]}

    assert "configmaps" not in resources({})
    assert "configmaps" in resources({"webhook.configMap": True})
    assert "configmaps" in resources({"endpoint.url": "https://irsa.example", "endpoint.caBundle": CERTIFICATE})
    assert "pods" in resources({})
    assert "pods" not in resources({"webhook.podAuditInterval": "0"})
    assert "mutatingwebhookconfigurations" not in resources(VALUES["cert-manager"])
    assert "secrets" not in resources(VALUES["files"])


def test_the_server_may_review_tokens_where_it_is_to_and_no_more():
    def rights(values):
        """Of the server's ServiceAccount, by role."""
        objects = rendered(values)
        roles = of_kind(objects, "ClusterRole") | of_kind(objects, "Role")
        server = {"kind": "ServiceAccount", "name": "irsa-server", "namespace": "irsa-system"}
        bindings = [each for each in objects if each["kind"] in ("ClusterRoleBinding", "RoleBinding")]
        bound = [each["roleRef"]["name"] for each in bindings if server in each["subjects"]]
        return {name: roles[name]["rules"] for name in bound}

    assert rights(SERVER) == {}
    asked = SERVER | {"server.tokenReview.enabled": True}
    assert rights(asked) == {"irsa-server-token-review": [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}]}
    (server,) = [pod for name, pod in pods(rendered(asked)).items() if name == "irsa-server"]
    assert server["serviceAccountName"] == "irsa-server"
    egress = of_kind(rendered(asked), "NetworkPolicy")["irsa-server"]["spec"]["egress"]
    ports = {port["port"] for rule in egress for port in rule["ports"]}
    assert {443, 6443} <= ports, "the API server is reached"


@pytest.mark.parametrize("values, told", [(SERVER, False), (SERVER | {"server.tokenReview.enabled": True}, True)])
def test_the_notes_say_how_the_server_is_made_to_ask(values, told, tmp_path):
    said = notes(values, tmp_path)
    assert "irsa 0.1.0 is installed" in said
    assert ("irsa provider set ARN --token-review --in-cluster" in said) is told


def entries(values):
    (configuration,) = of_kind(rendered(values, "--no-hooks"), "MutatingWebhookConfiguration").values()
    return configuration["webhooks"]


@every
def test_entries_of_the_webhook(values):
    if values.get("webhook.enabled") is False:
        return
    for entry in entries(values):
        assert entry["sideEffects"] == "NoneOnDryRun"
        assert entry["reinvocationPolicy"] == "IfNeeded"
        assert entry["timeoutSeconds"] == 3
        assert "config.mirror" in entry["matchConditions"][0]["expression"]
        enforced = entry["failurePolicy"] == "Fail"
        assert entry["clientConfig"]["service"]["path"] == ("/mutate-enforce" if enforced else "/mutate")
        # The webhook or cert-manager keeps it: an upgrade must not empty it.
        assert ("caBundle" in entry["clientConfig"]) is (values.get("webhook.tls.source") == "secret")


def admits(selector, labels):
    """Whether a selector selects labels, as Kubernetes does it."""
    for each in (selector or {}).get("matchExpressions", []):
        key, value = each["key"], labels.get(each["key"])
        holds = {
            "In": lambda: value in each["values"], "NotIn": lambda: value not in each["values"],
            "Exists": lambda: key in labels, "DoesNotExist": lambda: key not in labels,
        }[each["operator"]]()
        if not holds:
            return False
    return True


REQUIRE = {"eks.amazonaws.com/require-identity": "true"}
SKIP = {"eks.amazonaws.com/skip-pod-identity-webhook": ""}


@pytest.mark.parametrize("closed, namespace, labels, pod, expected", [
    (True, "team", REQUIRE, {}, ["Fail"]),
    (True, "team", REQUIRE, SKIP, ["Fail"]),
    (True, "team", REQUIRE, REQUIRE, ["Fail"]),
    (True, "team", {}, REQUIRE, ["Fail"]),
    (True, "team", {}, REQUIRE | SKIP, ["Fail"]),
    (True, "team", {}, {}, ["Ignore"]),
    (True, "team", {"eks.amazonaws.com/require-identity": "false"}, {}, ["Ignore"]),
    (True, "team", {}, SKIP, []),
    (True, "kube-system", {}, {}, ["Ignore"]),
    (True, "kube-system", REQUIRE, REQUIRE, ["Ignore"]),
    (True, "irsa-system", REQUIRE, {}, ["Ignore"]),
    (True, "irsa-system", {}, REQUIRE, ["Ignore"]),
    (False, "team", {}, {}, ["Ignore"]),
    (False, "team", REQUIRE, REQUIRE, ["Ignore"]),
    (False, "kube-system", {}, {}, ["Ignore"]),
    (False, "team", {}, SKIP, []),
])
def test_each_pod_meets_one_entry(closed, namespace, labels, pod, expected):
    labels = labels | {"kubernetes.io/metadata.name": namespace}
    found = [
        entry["failurePolicy"] for entry in entries({"webhook.failClosed": closed})
        if admits(entry.get("namespaceSelector"), labels) and admits(entry.get("objectSelector"), pod)]
    assert found == expected


def test_labels_follow_the_prefix_of_the_annotations():
    selectors = str([entry.get("namespaceSelector") for entry in entries({"webhook.annotationPrefix": "id.example"})])
    assert "id.example/require-identity" in selectors
    assert "eks.amazonaws.com" not in selectors


def test_an_uninstall_removes_the_configuration_first():
    hooks = [each for each in rendered({}) if "helm.sh/hook" in each["metadata"].get("annotations", {})]
    (hook,) = hooks
    assert hook["kind"] == "MutatingWebhookConfiguration"
    assert hook["metadata"]["name"] == "irsa-webhook"
    assert hook["metadata"]["annotations"]["helm.sh/hook"] == "pre-delete"
    assert "before-hook-creation" in hook["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
    assert hook["webhooks"] == []


def test_instance_metadata_is_closed_where_asked_for():
    policies = [
        each for each in rendered({"networkPolicy.closeInstanceMetadata": ["team-a", "team-b"]})
        if each["metadata"]["name"] == "irsa-no-instance-metadata"]
    assert [each["metadata"]["namespace"] for each in policies] == ["team-a", "team-b"]
    for policy in policies:
        assert policy["spec"]["podSelector"] == {}
        assert policy["spec"]["policyTypes"] == ["Egress"]
        blocks = [peer["ipBlock"] for peer in policy["spec"]["egress"][0]["to"] if "ipBlock" in peer]
        assert {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]} in blocks
        assert {"namespaceSelector": {}} in policy["spec"]["egress"][0]["to"]


def test_our_own_pods_do_not_reach_instance_metadata():
    policies = of_kind(rendered(SERVER), "NetworkPolicy")
    assert set(policies) == {"irsa-webhook", "irsa-server", "irsa-init"}
    for policy in policies.values():
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        for rule in policy["spec"]["egress"]:
            open_to_all = "to" not in rule
            assert not open_to_all or {port["port"] for port in rule["ports"]} == {53}


@pytest.mark.parametrize("values, expected", [
    ({}, "irsa:0.1.0"),
    ({"image.repository": "r.example/irsa", "image.tag": "x"}, "r.example/irsa:x"),
    ({"image.digest": "sha256:" + "a" * 64, "image.tag": "x"}, "irsa@sha256:" + "a" * 64),
])
def test_images(values, expected):
    for pod in pods(rendered(SERVER | values)).values():
        assert pod["containers"][0]["image"] == expected


@pytest.mark.parametrize("values, owner, flags", [
    ({"webhook.stsRegional": True}, "irsa-webhook", ["--sts-regional-endpoint=true"]),
    ({"webhook.region": "eu-central-1"}, "irsa-webhook", ["--aws-default-region=eu-central-1"]),
    (COMPOSED, "irsa-webhook", ["--compose-role-arn=true", "--aws-account-id=111122223333"]),
    (SERVER, "irsa-webhook", ["--endpoint-url=https://irsa-server.irsa-system.svc"]),
    ({"endpoint.url": "https://irsa.example"}, "irsa-webhook", ["--endpoint-url=https://irsa.example"]),
    (EVERYTHING, "irsa-webhook", ["--endpoint-services=sts,secretsmanager", "--endpoint-ca=/etc/irsa/endpoint-ca/ca.crt"]),
    (SERVER, "irsa-server", ["--public-url=https://irsa-server.irsa-system.svc", "--tls-cert=/etc/irsa/tls/tls.crt"]),
    (VALUES["behind a proxy"], "irsa-server", ["--public-url=https://irsa.example", "--plaintext"]),
    (EVERYTHING, "irsa-server", ["--regions=us-east-1,eu-central-1", "--allow-issuer-cidr=10.0.0.0/8:443"]),
    (SERVER, "irsa-init", ["init", "--if-needed", "--credentials-secret=irsa-admin", "--region=us-east-1"]),
    (EVERYTHING, "irsa-init", ["--account=111122223333"]),
])
def test_values_become_flags(values, owner, flags):
    assert set(flags) <= set(arguments(rendered(values), owner))


def test_a_webhook_without_endpoint_leaves_pods_to_aws():
    assert not [word for word in arguments(rendered({}), "irsa-webhook") if word.startswith("--endpoint")]


def test_another_job_has_another_name():
    def job(values):
        (name,) = of_kind(rendered(SERVER | values), "Job")
        return name

    assert job({}) == job({"webhook.replicas": 3})
    assert job({}) != job({"image.tag": "next"})


def test_data_outlives_an_uninstall():
    objects = rendered(SERVER)
    keep = {"helm.sh/resource-policy": "keep"}
    assert of_kind(objects, "PersistentVolumeClaim")["irsa-server"]["metadata"]["annotations"] == keep
    assert of_kind(objects, "Secret")["irsa-admin"]["metadata"]["annotations"] == keep
    assert "data" not in of_kind(objects, "Secret")["irsa-admin"]
    taken = SERVER | {"persistence.existingClaim": "mine"}
    assert not of_kind(rendered(taken), "PersistentVolumeClaim")
    for name in ("irsa-server", "irsa-init"):
        (pod,) = [pod for owner, pod in pods(rendered(taken)).items() if owner.startswith(name)]
        assert {"name": "data", "persistentVolumeClaim": {"claimName": "mine"}} in pod["volumes"]


@pytest.mark.parametrize("values, told", [
    (SERVER | {"server.replicas": 2}, "server.replicas must be 1 with store.kind=sqlite"),
    ({"store.kind": "postgres"}, "store.kind=postgres is not served by this version"),
    (SERVER | {"store.existingSecret": "s"}, "store.existingSecret is the connection of store.kind=postgres"),
    ({"store.kind": "etcd"}, "/store/kind"),
    ({"server.enabled": True, "server.tls.existingSecret": "s"}, "create secret generic irsa-root-key"),
    ({"server.enabled": True, "rootKey.existingSecret": "k"}, "the server needs one of"),
    (SERVER | {"server.tls.plaintext": True}, "the server needs one of"),
    ({"webhook.enabled": False}, "nothing to install"),
    ({"server.tokenReview.enabled": True}, "server.tokenReview.enabled needs server.enabled"),
    (SERVER | {"server.tokenReview.enabled": "yes"}, "/server/tokenReview/enabled"),
    ({"endpoint.caBundle": CERTIFICATE}, "need endpoint.url or server.enabled"),
    (SERVER | {"endpoint.caBundle": CERTIFICATE, "endpoint.caSecret": "s"}, "exclude each other"),
    ({"endpoint.caBundle": "no PEM"}, "/endpoint/caBundle"),
    ({"endpoint.url": "irsa.example"}, "/endpoint/url"),
    ({"webhook.tls.source": "certManager"}, "needs webhook.tls.issuerRef.name"),
    ({"webhook.tls.source": "secret"}, "needs webhook.tls.existingSecret and webhook.tls.caBundle"),
    ({"webhook.tls.existingSecret": "s"}, "go with webhook.tls.source=secret"),
    ({"webhook.tls.source": "vault"}, "/webhook/tls/source"),
    ({"webhook.composeRoleArn.enabled": True}, "webhook.composeRoleArn needs its accountId"),
    ({"webhook.tokenExpiration": 599}, "/webhook/tokenExpiration"),
    ({"webhook.tokenExpiration": 86401}, "/webhook/tokenExpiration"),
    ({"webhook.replicas": 0}, "/webhook/replicas"),
    ({"webhook.failClosed": "yes"}, "/webhook/failClosed"),
    ({"webhook.region": "Frankfurt"}, "/webhook/region"),
    ({"webhook.faleClosed": True}, "faleClosed"),
    ({"bootstrap.account": "12345"}, "/bootstrap/account"),
    ({"bootstrap.region": ""}, "/bootstrap/region"),
    ({"image.digest": "latest"}, "/image/digest"),
    ({"persistence.size": "big"}, "/persistence/size"),
    ({"networkPolicy.egressPorts": [0]}, "/networkPolicy/egressPorts"),
    ({"serviceMonitor.rules.denialsFactor": 0}, "/serviceMonitor/rules/denialsFactor"),
])
def test_values_that_make_no_sense_are_refused(values, told):
    assert told in refusal(values)


def test_every_value_has_its_schema():
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    def check(value, schema, path):
        if isinstance(value, dict) and "properties" in schema:
            assert schema["additionalProperties"] is False, path
            assert set(value) == set(schema["properties"]) - {"global"} or path.endswith("issuerRef"), path
            for key, inner in value.items():
                check(inner, schema["properties"][key], f"{path}.{key}")

    check(values, schema, "")


def test_alerts_are_on_metrics_that_are_there():
    (rule,) = of_kind(rendered(EVERYTHING), "PrometheusRule").values()
    rules = [each for group in rule["spec"]["groups"] for each in group["rules"]]
    assert {each["alert"] for each in rules} >= {
        "IrsaWebhookCertificateNearItsEnd", "IrsaPodsWithoutIdentity", "IrsaDenialSpike", "IrsaSigningKeyOld",
        "IrsaStoreSlow"}
    source = "".join(path.read_text() for path in (ROOT / "crates").glob("*/src/**/*.rs"))
    names = {name for each in rules for name in re.findall(r"irsa_\w+", each["expr"])}
    assert names
    for name in names:
        # The server's registry adds prefix and ending itself.
        bare = re.sub(r"_(total|bucket)$", "", name.removeprefix("irsa_"))
        assert f'"{name}"' in source or f'"{bare}"' in source, name


def test_the_manifests_are_what_the_chart_renders():
    done = subprocess.run([DEPLOY / "manifests" / "render.sh", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
