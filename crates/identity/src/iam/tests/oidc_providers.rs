use super::world::{World, lacks, refused, shows};

const ARN: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/x";
const MISSING: &str = "arn:aws:iam::123456789012:oidc-provider/none.example";
const PRINT: &str = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

#[tokio::test]
async fn providers_live_as_on_aws() {
    let arn = ("OpenIDConnectProviderArn", ARN);
    let missing = ("OpenIDConnectProviderArn", MISSING);
    let not_found = format!("OpenIDConnect Provider not found for arn {MISSING}");
    let member = |id: &str| format!("<member>{id}</member>");
    World::new()
        .await
        .check(vec![
            lacks("ListOpenIDConnectProviders", &[], "oidc-provider/"),
            // eksctl sends the port.
            shows(
                "CreateOpenIDConnectProvider",
                &[
                    ("Url", "https://oidc.example:443/id/x"),
                    ("ClientIDList.member.1", "sts.amazonaws.com"),
                    ("Tags.member.1.Key", "b"),
                    ("Tags.member.1.Value", "2"),
                    ("Tags.member.2.Key", "a"),
                    ("Tags.member.2.Value", "1"),
                ],
                &[&format!(
                    "<OpenIDConnectProviderArn>{ARN}</OpenIDConnectProviderArn>"
                )],
            ),
            refused(
                "CreateOpenIDConnectProvider",
                &[("Url", "https://oidc.example/id/x")],
                409,
                "EntityAlreadyExists",
                "Provider with url https://oidc.example/id/x already exists.",
            ),
            // A trailing slash and other case make another provider.
            shows(
                "CreateOpenIDConnectProvider",
                &[("Url", "https://oidc.example/id/x/")],
                &[],
            ),
            shows(
                "CreateOpenIDConnectProvider",
                &[("Url", "https://oidc.example/id/X")],
                &[],
            ),
            shows(
                "GetOpenIDConnectProvider",
                &[arn],
                &[
                    "<Url>oidc.example/id/x</Url>",
                    &member("sts.amazonaws.com"),
                    "<CreateDate>2026-11-21T12:00:00Z</CreateDate>",
                    "<member><Key>a</Key><Value>1</Value></member><member><Key>b</Key>",
                ],
            ),
            refused(
                "GetOpenIDConnectProvider",
                &[missing],
                404,
                "NoSuchEntity",
                &not_found,
            ),
            refused(
                "GetOpenIDConnectProvider",
                &[("OpenIDConnectProviderArn", "oidc.example/not-an-arn")],
                400,
                "ValidationError",
                "Invalid ARN:  Could not be parsed!",
            ),
            shows(
                "ListOpenIDConnectProviders",
                &[],
                &[ARN, &format!("{ARN}/")],
            ),
            shows(
                "AddClientIDToOpenIDConnectProvider",
                &[arn, ("ClientID", "two")],
                &[],
            ),
            shows(
                "AddClientIDToOpenIDConnectProvider",
                &[arn, ("ClientID", "two")],
                &[],
            ),
            shows(
                "GetOpenIDConnectProvider",
                &[arn],
                &[&format!(
                    "{}{}</ClientIDList>",
                    member("sts.amazonaws.com"),
                    member("two")
                )],
            ),
            shows(
                "RemoveClientIDFromOpenIDConnectProvider",
                &[arn, ("ClientID", "two")],
                &[],
            ),
            shows(
                "RemoveClientIDFromOpenIDConnectProvider",
                &[arn, ("ClientID", "two")],
                &[],
            ),
            lacks("GetOpenIDConnectProvider", &[arn], "two"),
            refused(
                "AddClientIDToOpenIDConnectProvider",
                &[missing, ("ClientID", "two")],
                404,
                "NoSuchEntity",
                &not_found,
            ),
            shows(
                "UpdateOpenIDConnectProviderThumbprint",
                &[arn, ("ThumbprintList.member.1", PRINT)],
                &[],
            ),
            shows("GetOpenIDConnectProvider", &[arn], &[&member(PRINT)]),
            shows("DeleteOpenIDConnectProvider", &[arn], &[]),
            refused(
                "DeleteOpenIDConnectProvider",
                &[arn],
                404,
                "NoSuchEntity",
                &format!("OpenId connect Provider {ARN} cannot be found."),
            ),
            lacks("ListOpenIDConnectProviders", &[], "id/x<"),
        ])
        .await;
}

#[tokio::test]
async fn bad_providers_are_refused() {
    let many_ids: Vec<_> = (1..=101)
        .map(|n| (format!("ClientIDList.member.{n}"), format!("client-{n}")))
        .collect();
    let six: Vec<_> = (1..=6)
        .map(|n| (format!("ThumbprintList.member.{n}"), PRINT.to_owned()))
        .collect();
    let not_hex = vec![("ThumbprintList.member.1".to_owned(), "z".repeat(40))];
    let url = |url: &str| vec![("Url".to_owned(), url.to_owned())];
    let good = || url("https://a.example");
    let too_many = "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100";
    let invalid_url = "Invalid Open ID Connect Provider URL";
    let world = World::new().await;
    for (form, code, text) in [
        (url("http://a.example"), "ValidationError", invalid_url),
        (url("https://a.example?x=1"), "ValidationError", invalid_url),
        (url("https://a.example/#x"), "ValidationError", invalid_url),
        ([good(), many_ids].concat(), "LimitExceeded", too_many),
        (
            [good(), six].concat(),
            "InvalidInput",
            "Thumbprint list must contain fewer than 5 entries.",
        ),
        (
            [good(), not_hex].concat(),
            "InvalidInput",
            "Thumbprints must be 40 hexadecimal digits.",
        ),
    ] {
        let form: Vec<_> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let answer = world.call("CreateOpenIDConnectProvider", &form).await;
        assert_eq!(answer.code().as_deref(), Some(code), "{}", answer.text);
        assert_eq!(answer.xml("Message"), Some(text));
    }
    let long = format!("https://{}.example", "a".repeat(255));
    let answer = world
        .call("CreateOpenIDConnectProvider", &[("Url", &long)])
        .await;
    assert_eq!(
        answer.code().as_deref(),
        Some("ValidationError"),
        "{}",
        answer.text
    );
    let answer = world.call("ListOpenIDConnectProviders", &[]).await;
    assert!(!answer.text.contains("oidc-provider/"), "{}", answer.text);
}
