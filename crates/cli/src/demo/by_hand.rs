//! The same by hand, with the AWS CLI and boto3.

use std::path::PathBuf;

/// Shell commands that work as they stand, in this order, in an empty directory.
pub(super) fn by_hand() -> String {
    match directory_of_irsa() {
        Some(directory) => format!("export PATH={}:$PATH\n{COMMANDS}", directory.display()),
        None => COMMANDS.to_owned(),
    }
}

/// Where this binary is, unless a shell would have to be told more than its plain name.
fn directory_of_irsa() -> Option<PathBuf> {
    let binary = std::env::current_exe().ok()?;
    let directory = binary.parent()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    let is_plain = directory.to_str()?.bytes().all(plain);
    is_plain.then(|| directory.to_owned())
}

const COMMANDS: &str = r#"irsa serve --dev -q --env-file irsa.env > /dev/null &
until [ -s irsa.env ]; do sleep 0.1; done; . ./irsa.env

irsa issuer create demo --register
ISSUER=$(aws eks describe-cluster --name demo --query cluster.identity.oidc.issuer --output text)
PROVIDER=$(aws iam list-open-id-connect-providers --query 'OpenIDConnectProviderList[0].Arn' --output text)
curl -s $ISSUER/.well-known/openid-configuration

SECRET=$(aws secretsmanager create-secret --name demo/app/password --secret-string open-sesame --query ARN --output text)
cat > read.json <<END
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
  "Action": "secretsmanager:GetSecretValue", "Resource": "$SECRET"}]}
END
cat > trust.json <<END
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
  "Principal": {"Federated": "$PROVIDER"}, "Action": "sts:AssumeRoleWithWebIdentity",
  "Condition": {"StringEquals": {"${ISSUER#*://}:sub": "system:serviceaccount:demo:app",
                                 "${ISSUER#*://}:aud": "sts.amazonaws.com"}}}]}
END
POLICY=$(aws iam create-policy --policy-name demo-app-read --policy-document file://read.json --query Policy.Arn --output text)
ROLE=$(aws iam create-role --role-name demo-app --assume-role-policy-document file://trust.json --query Role.Arn --output text)
aws iam attach-role-policy --role-name demo-app --policy-arn $POLICY

irsa token create --issuer demo --service-account demo/app --pod app-0 --output-file token
aws sts assume-role-with-web-identity --role-arn $ROLE --role-session-name app --web-identity-token file://token

irsa exec --issuer demo --service-account demo/app --role-arn $ROLE -- aws secretsmanager get-secret-value --secret-id demo/app/password
irsa exec --issuer demo --service-account demo/app --role-arn $ROLE -- python3 -c 'import boto3; print(boto3.client("secretsmanager").get_secret_value(SecretId="demo/app/password")["SecretString"])'

irsa exec --issuer demo --service-account demo/other --role-arn $ROLE -- aws sts get-caller-identity
irsa explain

aws secretsmanager create-secret --name demo/billing/password --secret-string not-for-app
irsa exec --issuer demo --service-account demo/app --role-arn $ROLE -- aws secretsmanager get-secret-value --secret-id demo/billing/password
irsa explain

aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity
irsa audit --service-account demo/app
kill $!
"#;
