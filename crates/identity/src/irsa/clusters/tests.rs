//! Registered clusters, over the wire.

use engine::testing::{ACCOUNT, REGION, Response, Stage};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

const OTHER: &str = "210987654321";
const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;
const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const ENDPOINT: &str = "https://10.0.0.1:6443";

struct Clusters {
    stage: Stage,
    admin: Credentials,
}

impl Clusters {
    async fn new() -> Self {
        let stage = Stage::new(|registry| {
            crate::irsa::register(registry);
            crate::iam::register(registry);
        })
        .await;
        let admin = stage.user("admin", ADMIN);
        Self { stage, admin }
    }

    async fn ask(&self, operation: &str, input: Json) -> Response {
        let operation = format!("irsa.{operation}");
        self.stage.json(&self.admin, &operation, input).await
    }

    async fn register(&self, name: &str, more: Json) -> Response {
        self.ask("RegisterCluster", cluster(name, &more)).await
    }

    async fn registered(&self, name: &str, more: Json) -> Json {
        let answer = self.register(name, more).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["Cluster"].clone()
    }

    async fn refused(&self, name: &str, more: Json, code: &str, told: &str) {
        let answer = self.register(name, more).await;
        assert_eq!(answer.code().unwrap_or_default(), code, "{}", answer.text);
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
    }
}

fn cluster(name: &str, more: &Json) -> Json {
    let mut input = json!({ "Name": name, "IssuerUrl": ISSUER, "Endpoint": ENDPOINT });
    for (member, value) in more.as_object().unwrap() {
        input[member] = value.clone();
    }
    input
}

#[tokio::test]
async fn a_cluster_is_registered_changed_and_forgotten() {
    let clusters = Clusters::new().await;
    let made = clusters
        .registered("Demo_1", json!({ "Version": "1.36" }))
        .await;
    assert_eq!(
        made["Arn"],
        format!("arn:aws:eks:{REGION}:{ACCOUNT}:cluster/Demo_1")
    );
    assert_eq!(
        made["ProviderArn"],
        format!("arn:aws:iam::{ACCOUNT}:oidc-provider/kubernetes.default.svc.cluster.local")
    );
    let moved = json!({ "Endpoint": "https://[fd00::1]:6443", "Version": "1.37" });
    let changed = clusters.registered("Demo_1", moved).await;
    assert_eq!(changed["Endpoint"], "https://[fd00::1]:6443");
    assert_eq!(changed["CreatedAt"], made["CreatedAt"]);
    let name = json!({ "Name": "Demo_1" });
    let got = clusters.ask("GetCluster", name.clone()).await.json();
    assert_eq!(got["Cluster"], changed);
    let other = json!({ "IssuerUrl": "https://other.example" });
    clusters
        .refused("Demo_1", other, "ClusterAlreadyExistsException", ISSUER)
        .await;

    let gone = clusters.ask("DeregisterCluster", name.clone()).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    for operation in ["GetCluster", "DeregisterCluster"] {
        let answer = clusters.ask(operation, name.clone()).await;
        assert_eq!(answer.code().unwrap(), "ClusterNotFoundException");
    }
    clusters.registered("again", json!({})).await;
}

#[tokio::test]
async fn one_issuer_is_one_cluster_unless_said_otherwise() {
    let clusters = Clusters::new().await;
    clusters.registered("one", json!({})).await;
    let spelled = json!({ "IssuerUrl": format!("{ISSUER}:443") });
    let told = "--service-account-issuer";
    clusters
        .refused("two", spelled.clone(), "ConflictException", told)
        .await;
    let shared = json!({ "SharedIssuer": true });
    let two = clusters.registered("two", shared.clone()).await;
    assert_eq!(two["SharedWith"], json!([format!("{REGION}/one")]));

    let form = [("Url", ISSUER)];
    let create = "CreateOpenIDConnectProvider";
    let made = clusters
        .stage
        .query(&clusters.admin, "iam", create, &form)
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let key = jose::SigningKey::generate(jose::Algorithm::ES256).unwrap();
    let pin = json!({ "ProviderArn": two["ProviderArn"],
        "KeySet": jose::jwks_document([&key]) });
    let answer = clusters.ask("SetProviderKeys", pin.clone()).await;
    assert_eq!(answer.code().unwrap(), "ConflictException");
    assert!(answer.text.contains("one, two"), "{}", answer.text);

    clusters
        .ask("DeregisterCluster", json!({ "Name": "two" }))
        .await;
    let answer = clusters.ask("SetProviderKeys", pin).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = "pinned to it";
    clusters
        .refused("two", shared, "ConflictException", told)
        .await;
}

#[tokio::test]
async fn an_issuer_of_this_server_keeps_its_name() {
    let clusters = Clusters::new().await;
    let own = json!({ "Name": "demo", "KeyAlgorithm": "ES256" });
    let own = clusters.ask("CreateIssuer", own).await.json()["Issuer"].clone();
    let code = "ClusterAlreadyExistsException";
    clusters
        .refused("demo", json!({}), code, "choose another name")
        .await;
    let made = clusters
        .registered("demo", json!({ "IssuerUrl": own["Url"] }))
        .await;
    assert_eq!(made["IssuerUrl"], own["Url"]);
}

#[tokio::test]
async fn what_is_no_cluster_is_refused() {
    let clusters = Clusters::new().await;
    for (more, told) in [
        (json!({ "IssuerUrl": "ftp://a.example" }), "IssuerUrl"),
        (json!({ "IssuerUrl": "https://a.example?x" }), "IssuerUrl"),
        (json!({ "Endpoint": "http://a.example" }), "Endpoint"),
        (json!({ "Endpoint": "https://u:p@a.example" }), "Endpoint"),
        (json!({ "Endpoint": "https://" }), "Endpoint"),
        (json!({ "Endpoint": "https://a b" }), "Endpoint"),
        (json!({ "CertificateAuthority": "x" }), "no certificate"),
        (json!({ "Name": "-x" }), "name"),
        (json!({ "Version": "1 36" }), "version"),
    ] {
        clusters
            .refused("demo", more, "ValidationException", told)
            .await;
    }
}

#[tokio::test]
async fn clusters_page_by_page() {
    let clusters = Clusters::new().await;
    for name in ["c", "a", "b"] {
        let issuer = json!({ "IssuerUrl": format!("https://{name}.example") });
        clusters.registered(name, issuer).await;
    }
    let mut seen = Vec::new();
    let mut input = json!({ "MaxResults": 2 });
    loop {
        let page = clusters.ask("ListClusters", input.clone()).await.json();
        let names = page["Clusters"].as_array().unwrap().iter();
        seen.extend(names.map(|one| one["Name"].as_str().unwrap().to_owned()));
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen, ["a", "b", "c"]);
    let bad = clusters
        .ask("ListClusters", json!({ "NextToken": "x" }))
        .await;
    assert_eq!(bad.code().unwrap(), "ValidationException");
}

#[tokio::test]
async fn clusters_of_others_are_not_there_and_each_operation_is_a_permission() {
    let clusters = Clusters::new().await;
    clusters.registered("demo", json!({})).await;
    let eve = clusters.stage.user_of(OTHER, "eve", ADMIN);
    let name = json!({ "Name": "demo" });
    for operation in ["GetCluster", "DeregisterCluster"] {
        let operation = format!("irsa.{operation}");
        let answer = clusters.stage.json(&eve, &operation, name.clone()).await;
        assert_eq!(answer.code().unwrap(), "ClusterNotFoundException");
    }
    let same = cluster("demo", &json!({}));
    let answer = clusters
        .stage
        .json(&eve, "irsa.RegisterCluster", same.clone())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);

    let star =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let star = clusters.stage.user("star", star);
    for operation in [
        "GetCluster",
        "DeregisterCluster",
        "RegisterCluster",
        "ListClusters",
    ] {
        let operation = format!("irsa.{operation}");
        let answer = clusters.stage.json(&star, &operation, same.clone()).await;
        assert_eq!(
            answer.code().unwrap(),
            "AccessDeniedException",
            "{operation}"
        );
    }
}
