use super::world::{ALLOW, TRUST, World, lacks, refused, shows};

const DUPLICATE: &str = "Duplicate tag keys found.";
const DUPLICATE_FOLDED: &str =
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.";

fn tag(key: &'static str, value: &'static str) -> [(&'static str, &'static str); 2] {
    [("Tags.member.1.Key", key), ("Tags.member.1.Value", value)]
}

/// Sets, replaces, lists and removes tags of one kind of resource, named by `by`.
async fn check(
    world: &World,
    [set, unset, list]: [&'static str; 3],
    by: (&'static str, &str),
    folded: bool,
) {
    let with = |pairs: &[(&'static str, &'static str)]| {
        let mut form = vec![by];
        form.extend(pairs);
        form
    };
    let upper = "<Key>TEAM</Key><Value>red</Value>";
    let lower = "<Key>team</Key><Value>blue</Value>";
    let repeated = [
        tag("team", "1"),
        [("Tags.member.2.Key", "team"), ("Tags.member.2.Value", "2")],
    ];
    let reserved = "Tag keys beginning with aws: are reserved for system use.";
    let mut steps = vec![
        shows(set, &with(&tag("team", "blue")), &[]),
        shows(list, &[by], &[lower, "<IsTruncated>false</IsTruncated>"]),
        shows(set, &with(&tag("TEAM", "red")), &[]),
        shows(list, &[by], &[upper]),
        refused(
            set,
            &with(&repeated.concat()),
            400,
            "InvalidInput",
            if folded { DUPLICATE_FOLDED } else { DUPLICATE },
        ),
        refused(
            set,
            &with(&tag("aws:x", "1")),
            400,
            "InvalidInput",
            reserved,
        ),
    ];
    if folded {
        steps.push(lacks(list, &[by], lower));
        steps.push(shows(unset, &with(&[("TagKeys.member.1", "Team")]), &[]));
    } else {
        steps.push(shows(list, &[by], &[lower]));
        steps.push(shows(unset, &with(&[("TagKeys.member.1", "Team")]), &[]));
        steps.push(shows(list, &[by], &[upper, lower]));
        let both = [("TagKeys.member.1", "team"), ("TagKeys.member.2", "TEAM")];
        steps.push(shows(unset, &with(&both), &[]));
    }
    steps.push(lacks(list, &[by], "<Key>"));
    world.check(steps).await;
}

#[tokio::test]
async fn every_kind_of_resource_has_tags() {
    let world = World::new().await;
    world
        .check(vec![
            shows(
                "CreateRole",
                &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)],
                &[],
            ),
            shows("CreateUser", &[("UserName", "u")], &[]),
            shows(
                "CreatePolicy",
                &[("PolicyName", "p"), ("PolicyDocument", ALLOW)],
                &[],
            ),
            shows(
                "CreateOpenIDConnectProvider",
                &[("Url", "https://a.example")],
                &[],
            ),
        ])
        .await;
    let policy = "arn:aws:iam::123456789012:policy/p";
    let provider = "arn:aws:iam::123456789012:oidc-provider/a.example";
    let (r, u) = (("RoleName", "R"), ("UserName", "U"));
    check(&world, ["TagRole", "UntagRole", "ListRoleTags"], r, true).await;
    check(&world, ["TagUser", "UntagUser", "ListUserTags"], u, true).await;
    let operations = ["TagPolicy", "UntagPolicy", "ListPolicyTags"];
    check(&world, operations, ("PolicyArn", policy), false).await;
    let operations = [
        "TagOpenIDConnectProvider",
        "UntagOpenIDConnectProvider",
        "ListOpenIDConnectProviderTags",
    ];
    check(
        &world,
        operations,
        ("OpenIDConnectProviderArn", provider),
        false,
    )
    .await;
}

#[tokio::test]
async fn a_51st_tag_is_too_many() {
    let world = World::new().await;
    let keys: Vec<_> = (0..50)
        .flat_map(|n| {
            let member = n + 1;
            [
                (format!("Tags.member.{member}.Key"), format!("k{n}")),
                (format!("Tags.member.{member}.Value"), "v".to_owned()),
            ]
        })
        .collect();
    let mut form: Vec<_> = keys.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    form.push(("UserName", "u"));
    assert_eq!(world.call("CreateUser", &form).await.status, 200);
    let [key, value] = tag("one-more", "v");
    world
        .check(vec![
            refused(
                "TagUser",
                &[("UserName", "u"), key, value],
                409,
                "LimitExceeded",
                "The number of tags has reached the maximum limit.",
            ),
            shows(
                "TagUser",
                &[("UserName", "u"), ("Tags.member.1.Key", "K7"), value],
                &[],
            ),
            refused(
                "CreateUser",
                &[
                    ("UserName", "twice"),
                    ("Tags.member.1.Key", "a"),
                    ("Tags.member.1.Value", "1"),
                    ("Tags.member.2.Key", "A"),
                    ("Tags.member.2.Value", "2"),
                ],
                400,
                "InvalidInput",
                DUPLICATE_FOLDED,
            ),
        ])
        .await;
}
