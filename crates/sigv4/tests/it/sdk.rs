//! Requests signed by other SDKs: botocore, Go (both), Rust.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::request::{Request, Rules};

/// A request as an SDK signed it.
pub(crate) struct Signed {
    /// SDK, request and place of the signature, for failure messages.
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) service: String,
    pub(crate) region: String,
}

impl Signed {
    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules {
            service: &self.service,
            region: &self.region,
            ..Rules::suite()
        }
    }
}

#[test]
fn what_the_sdks_sign_we_accept() {
    let all = all();
    assert_eq!(all.len(), 18 + 3 * 24);
    for signed in all {
        let outcome = signed.request.check(&signed.rules()).map(drop);
        assert_eq!(outcome, Ok(()), "{}", signed.name);
    }
}

pub(crate) fn all() -> Vec<Signed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/sdk");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let file: Value =
            serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let sdk = &file["sdk"];
        all.extend(
            file["requests"]
                .as_array()
                .unwrap()
                .iter()
                .map(|case| parse(sdk, case)),
        );
    }
    all
}

fn parse(sdk: &Value, case: &Value) -> Signed {
    let text = |name: &str| case[name].as_str().unwrap().to_owned();
    let headers = case["headers"].as_array().unwrap().iter().map(|pair| {
        let value = pair[1].as_str().unwrap().as_bytes().to_vec();
        (pair[0].as_str().unwrap().to_owned(), value)
    });
    Signed {
        name: format!("{sdk} {} {}", case["name"], case["kind"]),
        request: Request {
            method: text("method"),
            path: text("path"),
            query: text("query"),
            headers: headers.collect(),
            body: text("body").into_bytes(),
        },
        service: text("service"),
        region: text("region"),
    }
}
