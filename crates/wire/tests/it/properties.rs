//! Whatever the bytes, nothing panics, and what was read is within its shape.

use crate::request::Request;
use proptest::prelude::*;

const HEADS: &[&str] = &[
    "",
    "Action=AssumeRole&Version=2011-06-15&",
    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/abcdef&",
    "Action=CreateRole&Version=2010-05-08&",
    "Action=CreateOpenIDConnectProvider&Version=2010-05-08&",
];
const TARGETS: &[&str] = &[
    "secretsmanager.CreateSecret",
    "secretsmanager.ListSecrets",
    "CloudTrail_20131101.LookupEvents",
    "Irsa_20261121.CreateToken",
];

proptest! {
    #[test]
    fn forms_never_panic(head in prop::sample::select(HEADS), body in prop::collection::vec(any::<u8>(), 0..300), query in "\\PC{0,60}") {
        let mut request = Request::form(head).with_query(&query);
        request.body.extend(body);
        let _ = request.read();
    }

    #[test]
    fn forms_of_likely_names_never_panic(pairs in prop::collection::vec(("(Tags|PolicyArns|ClientIDList|RoleArn|X)(\\.(member|entry|Key|Value|arn|[0-9]{1,12})){0,4}", "[a-z%+&=.0-9]{0,9}"), 0..12)) {
        let form: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        for head in HEADS {
            let _ = Request::form(&format!("{head}{}", form.join("&"))).read();
        }
    }

    #[test]
    fn json_never_panics(target in prop::sample::select(TARGETS), body in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut request = Request::json(target, "");
        request.body = body;
        let _ = request.read();
    }

    #[test]
    fn json_of_likely_members_never_panics(target in prop::sample::select(TARGETS), name in "(Name|Tags|SecretString|SecretBinary|MaxResults|StartTime|DurationSeconds|Audiences)", value in "(null|true|-?[0-9]{1,25}(\\.[0-9]{1,5})?(e[0-9]{1,3})?|\"[ -!#-\\[\\]-~é]{0,20}\"|\\[(null|\\{\"Key\":1\\}|\"x\")?\\]|\\{\\})") {
        let _ = Request::json(target, &format!("{{\"{name}\":{value}}}")).read();
    }

    #[test]
    fn paths_never_panic(path in "/[a-z%/{}+]{0,40}|/clusters/[ -~]{0,20}|\\PC{0,30}", query in "\\PC{0,40}") {
        let _ = Request::get(&path, &query).read();
    }
}
