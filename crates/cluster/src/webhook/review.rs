//! Admission reviews: what the API server asks, and what it is answered.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::decision::{Case, Decision, Problem, Reason, Stage, Verdict};
use super::identity::Lookup;
use super::json_document::{self, Json};
use super::pod::{self, Container, ContainerList, Pod};
use super::settings::{Settings, Validation};
use super::terms::Terms;

const VERSIONS: [&str; 2] = [V1, "admission.k8s.io/v1beta1"];
const V1: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";
const EPHEMERAL_CONTAINERS: &str = "ephemeralcontainers";

/// API servers advise no longer warnings (`AdmissionResponse.warnings`).
const MAX_WARNING_CHARS: usize = 120;
/// More are counted: API servers cut all warnings of a request at 4,096 characters.
const MAX_WARNINGS: usize = 16;
/// More are counted.
const MAX_CAUSES: usize = 5;
/// One cause at most, in characters: names and values of a pod may be long.
const MAX_CAUSE_CHARS: usize = 300;

/// One question of the API server.
#[derive(Clone, Debug, PartialEq)]
pub struct Review<'b> {
    envelope: Envelope,
    namespace: String,
    scope: Scope,
    dry_run: bool,
    object: Json<'b>,
    old_object: Json<'b>,
    memory: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Envelope {
    version: &'static str,
    uid: String,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    NewPod,
    EphemeralContainers,
    /// As `OPERATION KIND`.
    Other(String),
}

/// The ServiceAccount on which an answer depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The ServiceAccount's name.
    pub service_account: &'a str,
}

/// A body that asks nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("bad content: {cause}")]
pub struct Unreadable {
    envelope: Envelope,
    cause: String,
}

impl Unreadable {
    /// A refusal; API servers treat one without their `uid` as a failure of the webhook.
    pub fn answer(&self) -> Vec<u8> {
        let status = Status {
            outcome: "Failure",
            message: self.to_string(),
            reason: "BadRequest",
            code: 400,
        };
        self.envelope.response(Response {
            uid: &self.envelope.uid,
            allowed: false,
            patch_type: None,
            patch: None,
            status: Some(status),
            warnings: Vec::new(),
            audit_annotations: None,
        })
    }
}

/// Reads, decides and answers at once, for callers that need not wait for `lookup`.
///
/// `earlier` draws a number from 0 to its argument, by which the life of a token may be shortened.
pub fn review(
    body: &[u8],
    settings: &Settings,
    terms: Terms,
    lookup: impl FnOnce(Subject<'_>) -> Lookup,
    earlier: impl FnOnce(i64) -> i64,
) -> Vec<u8> {
    let review = match Review::read(body) {
        Ok(review) => review,
        Err(unreadable) => return unreadable.answer(),
    };
    let found = review.subject().map(lookup);
    let found = found.unwrap_or(Lookup::NoRole(Vec::new()));
    let decision = review.decide(&found, terms, settings, earlier);
    review.answer(&decision)
}

impl<'b> Review<'b> {
    /// A body of the versions v1 and v1beta1.
    ///
    /// Refused are: text that is no JSON, has a name twice in one object or holds more values than
    /// any pod; other kinds and versions; a review without request or `uid`; the creation of a pod without object.
    pub fn read(body: &'b [u8]) -> Result<Self, Unreadable> {
        let mut envelope = Envelope {
            version: V1,
            uid: String::new(),
        };
        match Self::within(body, &mut envelope) {
            Ok(review) => Ok(review),
            Err(cause) => Err(Unreadable { envelope, cause }),
        }
    }

    fn within(body: &'b [u8], envelope: &mut Envelope) -> Result<Self, String> {
        let document = json_document::parse(body).map_err(|error| error.to_string())?;
        let (mut body, memory) = (document.root, document.memory);
        if body.text("kind") != Some(KIND) {
            return Err(format!("it is no {KIND}"));
        }
        let version = body.text("apiVersion");
        let known = VERSIONS.into_iter().find(|known| version == Some(known));
        envelope.version = known.ok_or("its apiVersion is neither v1 nor v1beta1")?;
        let mut request = body.take("request");
        if request.as_object().is_none() {
            return Err("the review has no request".to_owned());
        }
        let uid = request.text("uid").filter(|uid| !uid.is_empty());
        uid.ok_or("the request has no uid")?
            .clone_into(&mut envelope.uid);
        let namespace = match request.get("namespace") {
            None | Some(Json::Null) => "",
            Some(namespace) => namespace.as_str().ok_or("the namespace is no string")?,
        };
        let namespace = namespace.to_owned();
        let scope = Scope::of(&request);
        let dry_run = request.get("dryRun") == Some(&Json::Bool(true));
        let (object, old_object) = (request.take("object"), request.take("oldObject"));
        if object.is_null() && !matches!(scope, Scope::Other(_)) {
            return Err("the request has no object".to_owned());
        }
        Ok(Self {
            envelope: envelope.clone(),
            namespace,
            scope,
            dry_run,
            object,
            old_object,
            memory,
        })
    }

    /// What it takes beside the body, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// The namespace of the request, which decides on the terms.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Identifies the request in logs.
    pub fn uid(&self) -> &str {
        &self.envelope.uid
    }

    /// Whether nothing may be left behind: no Event, no record.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The pod's name, or the beginning of the one that it will get.
    pub fn pod_name(&self) -> &str {
        let metadata = self.object.get("metadata");
        let names = ["name", "generateName"].into_iter();
        let mut names = names.filter_map(|name| metadata?.text(name));
        names.find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// A label of the pod, for entries that pods opt into.
    pub fn pod_label(&self, name: &str) -> Option<&str> {
        self.object.at(&["metadata", "labels", name])?.as_str()
    }

    /// The ServiceAccount to look up; `None` where the answer depends on none.
    pub fn subject(&self) -> Option<Subject<'_>> {
        if matches!(self.scope, Scope::Other(_)) {
            return None;
        }
        if pod::is_mirror(&self.object) {
            return None;
        }
        Some(Subject {
            namespace: &self.namespace,
            service_account: pod::service_account(&self.object)?,
        })
    }

    /// What becomes of the pod. `lookup` is of the subject, and counts for nothing without one.
    ///
    /// In `kube-system` and the webhook's own namespace nothing is refused, whatever the terms.
    /// `earlier` draws a number from 0 to its argument, by which the life of a token may be
    /// shortened.
    pub fn decide(
        &self,
        lookup: &Lookup,
        terms: Terms,
        settings: &Settings,
        earlier: impl FnOnce(i64) -> i64,
    ) -> Decision {
        if let Scope::Other(what) = &self.scope {
            let problem = Problem::NotAPod(what.clone());
            return Decision::unchanged(Reason::NotAPod, vec![problem]);
        }
        let pod = match Pod::new(&self.object, &settings.annotation_prefix) {
            Ok(pod) => pod,
            Err(malformed) => {
                return Decision::refused(Reason::Malformed, vec![malformed.into()]);
            }
        };
        if pod::is_mirror(&self.object) {
            return Decision::unchanged(Reason::MirrorPod, Vec::new());
        }
        let Some(service_account) = pod::service_account(&self.object) else {
            return Decision::unchanged(Reason::NoRole, Vec::new());
        };
        let (terms, validation) = if settings.is_exempt(&self.namespace) {
            (terms.lenient(), Validation::Warn)
        } else {
            (terms, settings.validation)
        };
        let case = Case {
            pod: &pod,
            stage: self.stage(&pod),
            service_account: format!("{}/{service_account}", self.namespace),
            settings,
            terms,
        };
        case.decide(lookup, validation, earlier)
    }

    fn stage<'a>(&self, pod: &Pod<'a>) -> Stage<'a> {
        if self.scope != Scope::EphemeralContainers {
            return Stage::New;
        }
        let old = self.old_object.at(&["spec", "ephemeralContainers"]);
        let old = old.and_then(Json::as_array).into_iter().flatten();
        let old: HashSet<&str> = old.filter_map(|one| one.text("name")).collect();
        let containers = pod.all_containers(ContainerList::EphemeralContainers);
        let is_new = |container: &Container<'_>| !old.contains(container.name());
        Stage::Running(containers.into_iter().filter(is_new).collect())
    }

    /// The response. A patch comes with its type or not at all; warnings only in v1.
    pub fn answer(&self, decision: &Decision) -> Vec<u8> {
        let allowed = decision.verdict == Verdict::Allowed;
        let patch = allowed.then(|| encoded(decision)).flatten();
        let warnings = match self.envelope.version {
            V1 if allowed => warnings(&decision.problems),
            _ => Vec::new(),
        };
        self.envelope.response(Response {
            uid: &self.envelope.uid,
            allowed,
            patch_type: patch.as_ref().map(|_| "JSONPatch"),
            patch,
            status: (!allowed).then(|| Status {
                outcome: "Failure",
                message: causes(&decision.problems),
                reason: "Forbidden",
                code: 403,
            }),
            warnings,
            audit_annotations: Some(AuditAnnotations {
                decision: decision.reason.label(),
                role: decision.role_arn.as_deref(),
                problems: (!decision.problems.is_empty()).then(|| causes(&decision.problems)),
            }),
        })
    }
}

impl Scope {
    /// A request that does not say what it is about is taken for the creation of a pod, as AWS's
    /// webhook takes it.
    fn of(request: &Json<'_>) -> Self {
        let kind = request.get("kind").filter(|kind| !kind.is_null());
        let group = kind.and_then(|kind| kind.text("group")).unwrap_or_default();
        let name = kind.map_or(Some("Pod"), |kind| kind.text("kind"));
        let operation = request.text("operation").unwrap_or("CREATE");
        let subresource = request.text("subResource").unwrap_or_default();
        match (group, name, operation, subresource) {
            ("", Some("Pod"), "CREATE", "") => Self::NewPod,
            ("", Some("Pod"), "UPDATE", EPHEMERAL_CONTAINERS) => Self::EphemeralContainers,
            _ => Self::Other(format!("{operation} {}", name.unwrap_or("of nothing"))),
        }
    }
}

fn encoded(decision: &Decision) -> Option<String> {
    if decision.patch.is_empty() {
        return None;
    }
    Some(STANDARD.encode(decision.patch.to_json()))
}

fn warnings(problems: &[Problem]) -> Vec<String> {
    let shown = problems.iter().take(MAX_WARNINGS);
    let mut warnings: Vec<String> = shown
        .map(|problem| cut(&problem.to_string(), MAX_WARNING_CHARS))
        .collect();
    let more = problems.len().saturating_sub(MAX_WARNINGS);
    if more > 0 {
        warnings.push(format!("and {more} more like these"));
    }
    warnings
}

fn causes(problems: &[Problem]) -> String {
    let shown = problems.iter().take(MAX_CAUSES);
    let mut causes: Vec<String> = shown
        .map(|problem| cut(&problem.to_string(), MAX_CAUSE_CHARS))
        .collect();
    let more = problems.len().saturating_sub(MAX_CAUSES);
    if more > 0 {
        causes.push(format!("and {more} more"));
    }
    causes.join("; ")
}

/// At most so many characters, of which none moves the terminal that shows them.
fn cut(text: &str, chars: usize) -> String {
    let mut text: String = text
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect();
    if let Some((at, _)) = text.char_indices().nth(chars) {
        let last = text.get(..at).and_then(|kept| kept.char_indices().last());
        text.truncate(last.map_or(0, |(at, _)| at));
        text.push('…');
    }
    text
}

impl Envelope {
    fn response(&self, response: Response<'_>) -> Vec<u8> {
        let answer = Answer {
            api_version: self.version,
            kind: KIND,
            response,
        };
        // Strings, numbers and lists always serialise.
        serde_json::to_vec(&answer).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<AuditAnnotations<'a>>,
}

/// `metav1.Status`, as far as it is shown to people.
#[derive(Serialize)]
struct Status {
    #[serde(rename = "status")]
    outcome: &'static str,
    message: String,
    reason: &'static str,
    code: u16,
}

/// Beneath the webhook's name in the audit log.
#[derive(Serialize)]
struct AuditAnnotations<'a> {
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<String>,
}
