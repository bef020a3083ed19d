//! `irsa lint`

use serde_json::Value;

use crate::run::{Ran, irsa, ran, ran_with_stdin};

const CLEAN: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;
const WARNED: &str = "{\"Version\":\"2012-10-17\",\"Statement\":{\n\t\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/*\"}}";
const SUGGESTED: &str = r#"{"Version":"2012-10-17","Statement":{"Sid":"","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;
const SECURITY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}"#;
const REFUSED: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"b"}}"#;

fn linted(arguments: &[&str], text: &str) -> Ran {
    let mut all = vec!["lint"];
    all.extend(arguments);
    all.push("-");
    ran_with_stdin(&mut irsa(&all), text)
}

#[test]
fn status_is_1_from_the_chosen_gravity_on() {
    let kinds = [
        "error",
        "security-warning",
        "warning",
        "suggestion",
        "never",
    ];
    for (text, statuses) in [
        (CLEAN, [0, 0, 0, 0, 0]),
        (SUGGESTED, [0, 0, 0, 1, 0]),
        (WARNED, [0, 0, 1, 1, 0]),
        (SECURITY, [0, 1, 1, 1, 0]),
        (REFUSED, [1, 1, 1, 1, 0]),
        ("no JSON", [1, 1, 1, 1, 0]),
    ] {
        for (kind, status) in kinds.into_iter().zip(statuses) {
            let shown = linted(&["--fail-on", kind], text);
            assert_eq!(shown.code, Some(status), "{kind}: {shown:?}");
        }
        let shown = linted(&[], text);
        assert_eq!(shown.code, Some(statuses[1]), "{shown:?}");
        assert_eq!(shown.stderr, "");
    }
}

#[test]
fn people_see_the_place_underlined() {
    let shown = linted(&[], CLEAN);
    assert_eq!(shown.stdout, "✓ <stdin>: no findings (identity policy)\n");
    let shown = linted(&[], WARNED);
    let wanted = "\
warning[SERVICE_WIDE_ACTION]: `s3:*` grants every action of the service, also those to come
 --> <stdin>:2:28 Statement.Action
  |
2 |  \"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/*\"}}
  |                            ^^^^^^
help: name the needed actions: `s3:GetObject`, `s3:PutObject`, `s3:ListBucket`

· <stdin>: 1 warning (identity policy)
";
    assert_eq!(shown.stdout, wanted);
    // A long line is cut around the place, and nothing of it reaches the terminal as a command.
    let long = CLEAN.replace(
        "b/*",
        &format!("\u{9b}{}${{aws:username}}*", "x".repeat(500)),
    );
    let shown = linted(&["--type", "session"], &long);
    assert!(!shown.stdout.contains('\u{9b}'), "{shown:?}");
    assert!(shown.stdout.contains("(session policy)"), "{shown:?}");
    assert!(shown.stdout.contains("xxx${aws:username}*"), "{shown:?}");
    assert!(
        shown
            .stdout
            .lines()
            .filter(|line| line.contains('|'))
            .all(|line| line.chars().count() < 120)
    );
}

#[test]
fn programs_read_json_as_of_validate_policy() {
    let shown = linted(&["-o", "json"], SECURITY);
    let value: Value = serde_json::from_str(&shown.stdout).unwrap();
    let file = &value["Files"][0];
    assert_eq!(file["File"], "<stdin>");
    assert_eq!(file["PolicyType"], "identity");
    let found = &file["findings"][0];
    assert_eq!(found["findingType"], "SECURITY_WARNING");
    assert_eq!(found["issueCode"], "PASS_ROLE_WITH_STAR_IN_RESOURCE");
    assert!(
        found["learnMoreLink"]
            .as_str()
            .unwrap()
            .ends_with("-pass-role-with-star-in-resource")
    );
    let location = &found["locations"][0];
    assert_eq!(
        location["path"],
        serde_json::json!([{"value": "Statement"}, {"value": "Action"}])
    );
    let offset = SECURITY.find("\"iam:PassRole\"").unwrap();
    let start = serde_json::json!({"line": 1, "column": offset, "offset": offset});
    assert_eq!(location["span"]["start"], start);
    let shown = linted(&["-o", "json"], CLEAN);
    let value: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(value["Files"][0]["findings"], serde_json::json!([]));
    let shown = linted(&["-o", "yaml"], CLEAN);
    assert!(shown.stdout.contains("PolicyType: identity"), "{shown:?}");
}

#[test]
fn code_hosts_read_sarif() {
    let shown = linted(&["-o", "sarif"], WARNED);
    assert_eq!(shown.code, Some(0));
    let value: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(value["version"], "2.1.0");
    let run = &value["runs"][0];
    assert_eq!(
        run["tool"]["driver"]["rules"][0]["id"],
        "SERVICE_WIDE_ACTION"
    );
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "SERVICE_WIDE_ACTION");
    assert_eq!(result["ruleIndex"], 0);
    assert_eq!(result["level"], "warning");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    let wanted =
        serde_json::json!({"startLine": 2, "startColumn": 28, "endLine": 2, "endColumn": 34});
    assert_eq!(*region, wanted);
    let shown = ran(&mut irsa(&["version", "-o", "sarif"]));
    assert_eq!(shown.code, Some(2));
    assert!(shown.stderr.contains("for `irsa lint` only"), "{shown:?}");
}

#[test]
fn several_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (clean, warned) = (
        path("clean.json", CLEAN.as_bytes()),
        path("a b.json", WARNED.as_bytes()),
    );
    let shown = ran(&mut irsa(&["lint", &clean, &warned]));
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(
        shown.stdout.contains("clean.json: no findings"),
        "{shown:?}"
    );
    assert!(shown.stdout.contains("a b.json: 1 warning"), "{shown:?}");
    let shown = ran(&mut irsa(&["lint", "-o", "sarif", &clean, &warned]));
    assert!(shown.stdout.contains("/a%20b.json\""), "{shown:?}");
    for (name, status, told) in [
        ("/nowhere.json".to_owned(), 5, "/nowhere.json"),
        (
            path("latin1.json", b"{\"a\": \"\xe9\"}"),
            1,
            "not UTF-8 from byte 7 on",
        ),
    ] {
        let shown = ran(&mut irsa(&["lint", &name]));
        assert_eq!(shown.code, Some(status), "{shown:?}");
        assert!(shown.stderr.contains(told), "{shown:?}");
    }
    let long = path("long.json", &vec![b'['; 3_000_000]);
    let shown = ran(&mut irsa(&["lint", &long]));
    assert_eq!(shown.code, Some(1));
    assert!(
        shown.stdout.contains("POLICY_DOCUMENT_TOO_LONG"),
        "{shown:?}"
    );
    let shown = ran(&mut irsa(&["lint"]));
    assert_eq!(shown.code, Some(2), "{shown:?}");
}

#[test]
fn policies_of_organizations_and_endpoints_are_told_by_type() {
    let principal = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
    for (kind, code) in [
        ("scp", Some("SCP_SYNTAX_ERROR_PRINCIPAL")),
        ("service-control", Some("SCP_SYNTAX_ERROR_PRINCIPAL")),
        ("rcp", None),
        ("endpoint", None),
    ] {
        let shown = linted(&["--type", kind, "-o", "json"], principal);
        let told: Value = serde_json::from_str(&shown.stdout).unwrap();
        let findings = told["Files"][0]["findings"].as_array().unwrap();
        let found = code.map(|code| findings.iter().any(|one| one["issueCode"] == code));
        assert_ne!(found, Some(false), "{kind}: {shown:?}");
        assert_eq!(shown.code, Some(i32::from(code.is_some())), "{kind}");
    }
}
