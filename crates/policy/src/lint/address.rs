//! Address ranges.

use std::net::{IpAddr, Ipv4Addr};

use super::code::Code;
use super::place::Place;
use super::report::Report;
use super::view::ConditionView;
use crate::condition::{Operator, Sense, is_storable_network};
use crate::statement::Effect;

pub(super) fn check_value(operator: &Operator, text: &str, place: &Place, report: &mut Report) {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, prefix.parse::<u32>().ok()),
        None => (text, None),
    };
    match (address.parse::<IpAddr>(), prefix) {
        (Ok(IpAddr::V4(address)), Some(prefix)) if prefix <= 32 => {
            let network = u32::from(address) & u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            if network != u32::from(address) {
                let better = Ipv4Addr::from(network);
                let told = format!(
                    "The non-zero bits in the IP address after the masked bits are ignored. Replace address with {better}/{prefix}."
                );
                report.add(Code::ImproveIpRange, place, told);
            }
        }
        (Ok(IpAddr::V6(_)), _) if !is_storable_network(text) => {
            let told = format!(
                "nothing is in the range `{text}`: host bits of IPv6 are not ignored, and IPv4 addresses are compared as IPv4"
            );
            let help = "write the network's own address before the slash, and IPv4 ranges as IPv4";
            report.add_with_help(Code::IpRangeNeverMatches, place, told, help);
        }
        _ if is_storable_network(text) => {}
        _ => {
            let told = format!(
                "The condition operator {} is used with an invalid IP range value. Specify the IP range in standard CIDR format.",
                operator.text
            );
            report.add(Code::TypeMismatchIpRange, place, told);
        }
    }
}

/// `aws:SourceIp` is a public address; private ones stand in `aws:VpcSourceIp`.
pub(super) fn check_private(
    condition: &ConditionView<'_>,
    sense: Sense,
    effect: Option<Effect>,
    report: &mut Report,
) {
    if !condition.key.eq_ignore_ascii_case("aws:SourceIp") {
        return;
    }
    let private = condition.values.iter().filter(|(text, _)| is_private(text));
    let private: Vec<&Place> = private.map(|(_, place)| place).collect();
    let all = private.len() == condition.values.len();
    if let Some(first) = private.first() {
        let (code, told) = match (sense, all) {
            (Sense::Positive, true) => (
                Code::PrivateIpAddress,
                "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp include only private IP addresses and will not have the desired effect. Update the value to include only public IP addresses.",
            ),
            (Sense::Negated, true) => (
                Code::PrivateNotIpAddress,
                "The values for condition key aws:SourceIp include only private IP addresses and has no effect. aws:SourceIp works only for public IP address ranges. Update the value to include only public IP addresses.",
            ),
            (Sense::Positive, false) => (
                Code::PrivateIpAddressSubset,
                "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses will not have the desired effect. aws:SourceIp works only for public IP address ranges. To define permissions for private IP ranges, use aws:VpcSourceIp.",
            ),
            (Sense::Negated, false) => (
                Code::PrivateNotIpAddressSubset,
                "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses have no effect. aws:SourceIp works only for public IP address ranges. To define permissions for private IP ranges, use aws:VpcSourceIp.",
            ),
        };
        let help =
            "a server inside a private network sees private addresses; then this is as meant";
        report.add_with_help(code, first, told, help);
    }
    if effect == Some(Effect::Deny) && sense == Sense::Negated {
        let told = "aws:SourceIp is absent when the call comes through a VPC endpoint or from a service, and a negated condition on an absent key holds: this Deny then fires";
        let help = "add \"Bool\": {\"aws:ViaAWSService\": \"false\"} and name the endpoints under aws:SourceVpce";
        report.add_with_help(Code::SourceIpAbsent, &condition.operator_place, told, help);
    }
}

fn is_private(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_unique_local(),
        Err(_) => false,
    }
}
