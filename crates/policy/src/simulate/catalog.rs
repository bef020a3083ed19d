//! What the simulator knows of actions: which it recognises, which resources they have, how ARNs of
//! their service are written, which ways of handling resources they have.

use crate::reference::{self, Action, ResourceType};

/// `service format`: how AWS's policy generator writes ARNs, as PyPI `policyuniverse` 1.5.1 collects
/// it. With several resources the simulator names this.
const ARN_FORMATS: &str = include_str!("arn_formats.txt");

/// `ResourceHandlingOption`s by action, as recorded.
const HANDLINGS: &[(&str, &[&str])] = &[
    ("cloudwatch:listtagsforresource", CLOUDWATCH),
    ("cloudwatch:tagresource", CLOUDWATCH),
    ("cloudwatch:untagresource", CLOUDWATCH),
    (
        "devicefarm:schedulerun",
        &[
            "Device Pool as filter",
            "Device Selection Configuration as filter",
        ],
    ),
    (
        "ec2:runinstances",
        &[
            "EC2-Classic-EBS",
            "EC2-Classic-InstanceStore",
            "EC2-VPC-EBS",
            "EC2-VPC-EBS-Subnet",
            "EC2-VPC-InstanceStore",
            "EC2-VPC-InstanceStore-Subnet",
        ],
    ),
];

const CLOUDWATCH: &[&str] = &[
    "CloudWatch-Alarm",
    "CloudWatch-AlarmMuteRule",
    "CloudWatch-Dashboard",
    "CloudWatch-Dataset",
    "CloudWatch-InsightRule",
    "CloudWatch-MetricStream",
    "CloudWatch-Service",
    "CloudWatch-ServiceLevelObjective",
];

/// Whether the simulator knows an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recognition {
    /// It does, in this very spelling.
    Known,
    /// It compares the text with the policies and no more.
    Unknown,
}

pub(super) fn recognition(action: &str) -> Recognition {
    match known(action) {
        Some(_) => Recognition::Known,
        None => Recognition::Unknown,
    }
}

/// Whether the resource is of a type that the action has. An action without resources has `*`
/// alone; what the simulator does not know fits everything.
pub(super) fn fits(action: &str, resource: &str) -> bool {
    let Some(known) = known(action).filter(|_| resource != "*") else {
        return true;
    };
    known
        .resource_types()
        .any(|used| used.resource_type.fits(resource) || is_s3_alike(used.resource_type, resource))
}

/// To the simulator buckets and objects are one type.
fn is_s3_alike(resource_type: ResourceType, resource: &str) -> bool {
    let classic = |arn: &str| arn.split(':').skip(2).take(3).eq(["s3", "", ""]);
    matches!(resource_type.name(), "bucket" | "object")
        && classic(resource_type.arn())
        && classic(resource)
}

/// The action of exactly this spelling.
fn known(action: &str) -> Option<Action> {
    reference::action(action).filter(|known| {
        action
            .strip_suffix(known.name())
            .and_then(|service| service.strip_suffix(':'))
            .is_some_and(|service| service == known.service().prefix())
    })
}

/// How ARNs of a service are written, in the partition `aws`.
pub(super) fn arn_format(service: &str) -> Option<&'static str> {
    ARN_FORMATS.lines().find_map(|line| {
        let (known, format) = line.split_once(' ')?;
        (known == service).then_some(format)
    })
}

pub(super) fn has_handling(action: &str, option: &str) -> bool {
    let action = action.to_ascii_lowercase();
    HANDLINGS
        .iter()
        .any(|(known, options)| *known == action && options.contains(&option))
}
