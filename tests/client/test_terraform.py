"""Terraform: apply, a second plan that is empty, destroy."""

import json
import os
import subprocess

import pytest

from support.environment import clean
from support.names import fresh

CONFIGURATION = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "url" {}
variable "issuer" {}
variable "name" {}
provider "aws" {
  region                      = "us-east-1"
  skip_metadata_api_check     = true
  endpoints {
    sts            = var.url
    iam            = var.url
    secretsmanager = var.url
  }
}
data "aws_caller_identity" "me" {}
resource "aws_iam_openid_connect_provider" "cluster" {
  url             = var.issuer
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
  tags            = { made = "by terraform" }
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${replace(aws_iam_openid_connect_provider.cluster.url, "https://", "")}:sub"
      values   = ["system:serviceaccount:demo:app"]
    }
    condition {
      test     = "StringEquals"
      variable = "${replace(aws_iam_openid_connect_provider.cluster.url, "https://", "")}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "pod" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = { a = "1", b = "2" }
}
resource "aws_secretsmanager_secret" "secret" {
  name                    = var.name
  description             = "made by terraform"
  recovery_window_in_days = 0
  tags                    = { a = "1" }
}
resource "aws_secretsmanager_secret_version" "value" {
  secret_id     = aws_secretsmanager_secret.secret.id
  secret_string = "from terraform"
}
resource "aws_iam_policy" "read" {
  name   = var.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = ["secretsmanager:GetSecretValue"],
      Resource = aws_secretsmanager_secret.secret.arn
    }]
  })
}
resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.pod.name
  policy_arn = aws_iam_policy.read.arn
}
resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.pod.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:ListSecrets", Resource = "*" }]
  })
}
output "account" { value = data.aws_caller_identity.me.account_id }
output "role" { value = aws_iam_role.pod.arn }
"""


@pytest.fixture
def terraform(server, tmp_path):
    binary = os.environ.get("IRSA_TEST_TERRAFORM")
    if not binary:
        pytest.skip("left out: apply, second plan and destroy by Terraform "
                    "(IRSA_TEST_TERRAFORM names no terraform binary)")
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    environment = server.environment() | {
        name: os.environ[name] for name in os.environ if name.startswith("TF_")
    } | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    # Terraform 1.11 reads NO_PROXY and its own files; AWS's isolation stays as for every client.
    environment = clean() | environment

    def run(*arguments):
        return subprocess.run(
            [binary, f"-chdir={tmp_path}", *arguments], env=environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=170, check=False)

    return run


def test_apply_second_plan_destroy(server, world, terraform):
    done = terraform("init", "-no-color")
    assert done.returncode == 0, done.stderr
    cluster = fresh("terraform")
    # A provider of an issuer that is reached over https elsewhere: Terraform insists on https.
    issuer = f"https://{cluster}.example/id/A"
    variables = [f"-var=url={server.url}", f"-var=issuer={issuer}", f"-var=name={cluster}"]
    common = ["-no-color", "-input=false", *variables]
    done = terraform("apply", "-auto-approve", *common)
    assert done.returncode == 0, done.stderr
    outputs = json.loads(terraform("output", "-json").stdout)
    assert outputs["account"]["value"] == server.account
    assert outputs["role"]["value"] == f"arn:aws:iam::{server.account}:role/{cluster}"
    secrets = server.client("secretsmanager")
    assert secrets.get_secret_value(SecretId=cluster)["SecretString"] == "from terraform"
    done = terraform("plan", "-detailed-exitcode", *common)
    assert done.returncode == 0, f"the second plan is not empty:\n{done.stdout}{done.stderr}"
    done = terraform("destroy", "-auto-approve", *common)
    assert done.returncode == 0, done.stderr
    listed = server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert not any(cluster in one["Arn"] for one in listed)
