//! Resources held against the ARN formats that services have.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::code::Code;
use super::place::Item;
use super::report::Report;
use super::variable::{arn_fields, has_variable};
use crate::glob::{self, Token};
use crate::reference::{self, ResourceType, Service};

/// Services with resources of AWS's own, whose ARNs name no account; the formats do not say so.
const WITHOUT_ACCOUNT: &[&str] = &["resource-explorer-2", "ssm"];
/// Longer ARNs are not held against formats.
const MAX_LENGTH: usize = 2_048;

/// An ARN format, its parts after the service.
pub(super) struct Format {
    pub(super) resource_type: ResourceType,
    region: Field,
    account: Field,
    resource: Vec<Token>,
}

/// What stands in a field of an ARN format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Nothing.
    Empty,
    /// To be filled in.
    Open,
    /// `aws` or the like.
    Fixed,
}

impl Field {
    fn of(text: &str) -> Self {
        match text {
            "" => Self::Empty,
            "*" => Self::Open,
            _ => Self::Fixed,
        }
    }
}

/// An ARN as a policy writes it, split; variables are `*`.
pub(super) struct Written<'a> {
    pub(super) service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: Vec<Token>,
}

impl<'a> Written<'a> {
    /// `None` for what is no whole ARN, and for a service that is not written out.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let fields = arn_fields(text);
        let ["arn", _, service, region, account, resource] = *fields.as_slice() else {
            return None;
        };
        let is_plain = !service.contains(['*', '?']) && !has_variable(service);
        is_plain.then(|| Self {
            service,
            region,
            account,
            resource: tokens(resource),
        })
    }

    /// The formats that some ARN has which this one covers.
    pub(super) fn formats(&self) -> impl Iterator<Item = &'static Format> {
        let known = formats().get(self.service).map_or(&[][..], Vec::as_slice);
        known
            .iter()
            .filter(|format| glob::overlap(&self.resource, &format.resource))
    }
}

/// The text with `*` for variables; the escapes `${*}` and `${?}` too, which is wide enough here.
fn tokens(text: &str) -> Vec<Token> {
    let mut pattern = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        let Some((_, after)) = after.split_once('}') else {
            break;
        };
        pattern.push('*');
        rest = after;
    }
    pattern.push_str(rest);
    glob::tokens(&pattern)
}

fn formats() -> &'static HashMap<String, Vec<Format>> {
    static FORMATS: OnceLock<HashMap<String, Vec<Format>>> = OnceLock::new();
    FORMATS.get_or_init(|| {
        let mut found: HashMap<String, Vec<Format>> = HashMap::new();
        for resource_type in reference::services().flat_map(Service::resource_types) {
            let pattern = resource_type.pattern();
            let fields: Vec<&str> = pattern.splitn(6, ':').collect();
            if let [_, _, service, region, account, resource] = *fields.as_slice() {
                found.entry(service.to_owned()).or_default().push(Format {
                    resource_type,
                    region: Field::of(region),
                    account: Field::of(account),
                    resource: glob::tokens(resource),
                });
            }
        }
        found
    })
}

/// Whether this is a service by which ARNs go.
pub(super) fn is_known_service(service: &str) -> bool {
    formats().contains_key(service) || reference::service(service).is_some()
}

/// The ARN is in the general form.
pub(super) fn check(item: &Item<'_>, report: &mut Report) {
    let Some(arn) = Written::of(item.text) else {
        return;
    };
    if !formats().contains_key(arn.service) {
        return check_service(item, arn.service, report);
    }
    let fitting: Vec<&Format> = arn.formats().collect();
    if fitting.is_empty() {
        let told = "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN.";
        let help = format!("formats of {}: {}", arn.service, shown(arn.service));
        return report.add_with_help(Code::InvalidArnResource, &item.place, told, help);
    }
    check_region(item, &arn, &fitting, report);
    check_account(item, &arn, &fitting, report);
}

fn check_service(item: &Item<'_>, service: &str, report: &mut Report) {
    if is_known_service(service) || service.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return;
    }
    let known: Vec<&str> = formats().keys().map(String::as_str).collect();
    if let Some(near) = super::nearest::nearest(service, &known) {
        let told = format!("The service {service} does not exist. Use a valid service name.");
        let help = format!("did you mean `{near}`?");
        report.add_with_help(Code::InvalidService, &item.place, told, help);
    }
}

/// A few formats of a service.
fn shown(service: &str) -> String {
    const SHOWN: usize = 3;
    let known = formats().get(service).map_or(&[][..], Vec::as_slice);
    let arns: Vec<&str> = known
        .iter()
        .take(SHOWN)
        .map(|format| format.resource_type.arn())
        .collect();
    let rest = if known.len() > SHOWN { ", …" } else { "" };
    format!("{}{rest}", arns.join(", "))
}

fn check_region(item: &Item<'_>, arn: &Written<'_>, fitting: &[&Format], report: &mut Report) {
    let (service, region) = (arn.service, arn.region);
    let all = |wanted: fn(Field) -> bool| fitting.iter().all(|format| wanted(format.region));
    if region.is_empty() {
        if all(|field| field != Field::Empty) {
            let told = format!("Add a Region to the {service} resource ARN.");
            let help = "`*` stands for every region";
            report.add_with_help(Code::MissingArnRegion, &item.place, told, help);
        }
        return;
    }
    // IAM refuses even `*`.
    let is_open = region.contains(['*', '?']) || has_variable(region);
    if all(|field| field == Field::Empty) && (!is_open || service == "iam") {
        let told = format!(
            "The service {service} does not support specifying a Region in the resource ARN."
        );
        report.add(Code::ArnRegionNotAllowed, &item.place, told);
    } else if !is_open && !super::key_value::is_region(region) && all(|field| field == Field::Open)
    {
        let told = format!(
            "The Region {region} is not valid for this resource. Update the resource ARN to include a supported Region."
        );
        report.add(Code::InvalidArnRegion, &item.place, told);
    }
}

fn check_account(item: &Item<'_>, arn: &Written<'_>, fitting: &[&Format], report: &mut Report) {
    let account = arn.account;
    let all = |wanted: fn(Field) -> bool| fitting.iter().all(|format| wanted(format.account));
    let may_lack = WITHOUT_ACCOUNT.contains(&arn.service);
    if account.is_empty() && !may_lack && all(|field| field == Field::Open) {
        let name = item.text.splitn(6, ':').nth(5).unwrap_or_default();
        let told = format!(
            "The resource {name} in the arn is missing an account id. Please provide a 12 digit account id."
        );
        let help = "`*` stands for every account";
        report.add_with_help(Code::MissingArnAccount, &item.place, told, help);
    }
    let is_id = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if is_id && all(|field| field == Field::Empty) {
        let told = format!(
            "The service {} does not support specifying an account ID in the resource ARN.",
            arn.service
        );
        report.add(Code::ArnAccountNotAllowed, &item.place, told);
    }
}
