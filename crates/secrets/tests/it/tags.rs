//! Tags over the wire.

use serde_json::{Value as Json, json};

use crate::scene::{Expected, Scene, answer, no_secret};

fn many(from: usize, to: usize) -> Json {
    (from..to)
        .map(|number| json!({"Key": format!("k{number}"), "Value": "v"}))
        .collect()
}

#[tokio::test]
async fn tags_come_and_go() {
    let scene = Scene::new().await;
    let like = |part| Expected::RefusalLike("InvalidParameterException", part);
    let tag = |tags: Json| json!({"SecretId": "s", "Tags": tags});
    let a = |value: &str| json!([{"Key": "a", "Value": value}]);
    scene
        .script(vec![
            ("TagResource", tag(a("1")), no_secret()),
            (
                "CreateSecret",
                json!({"Name": "s", "Tags": a("1")}),
                answer(json!({})),
            ),
            (
                "DescribeSecret",
                json!({"SecretId": "s"}),
                answer(json!({"Tags": a("1")})),
            ),
            ("TagResource", tag(a("2")), answer(json!({}))),
            (
                "DescribeSecret",
                json!({"SecretId": "s"}),
                answer(json!({"Tags": a("2")})),
            ),
            ("TagResource", tag(json!([{"Key": "b"}])), answer(json!({}))),
            (
                "UntagResource",
                json!({"SecretId": "s", "TagKeys": ["a", "missing"]}),
                answer(json!({})),
            ),
            (
                "DescribeSecret",
                json!({"SecretId": "s"}),
                answer(json!({"Tags": [{"Key": "b", "Value": ""}]})),
            ),
            ("TagResource", tag(many(0, 49)), answer(json!({}))),
            ("TagResource", tag(many(49, 50)), like("at most 50 tags")),
            (
                "TagResource",
                tag(json!([{"Key": "aws:x", "Value": ""}])),
                like("reserved"),
            ),
            (
                "TagResource",
                tag(json!([{"Key": "k1", "Value": "1"}, {"Key": "k1", "Value": "2"}])),
                like("more than once"),
            ),
            (
                "TagResource",
                tag(json!([{"Value": "1"}])),
                like("must have a Key"),
            ),
            (
                "TagResource",
                tag(json!([{"Key": "k".repeat(129), "Value": ""}])),
                Expected::RefusalLike("ValidationException", "128"),
            ),
            (
                "TagResource",
                tag(json!([{"Key": "k1", "Value": "v".repeat(257)}])),
                Expected::RefusalLike("ValidationException", "256"),
            ),
            (
                "CreateSecret",
                json!({"Name": "t", "Tags": many(0, 51)}),
                like("at most 50 tags"),
            ),
            ("DescribeSecret", json!({"SecretId": "t"}), no_secret()),
        ])
        .await;
}
