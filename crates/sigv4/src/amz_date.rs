//! Timestamps as Signature V4 writes them: ISO-8601 basic format, UTC, whole seconds.

use base::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

use crate::AuthFault;

const FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// `20150830T123600Z`.
pub(crate) fn format(timestamp: Timestamp) -> String {
    timestamp.strftime(FORMAT).to_string()
}

/// `20150830`, the first element of a credential scope.
pub(crate) fn format_day(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y%m%d").to_string()
}

/// Reads an `X-Amz-Date`.
pub(crate) fn parse(text: &str) -> Result<Timestamp, AuthFault> {
    basic(text).ok_or_else(|| not_a_date(text))
}

/// Reads a `Date` header, which is either the basic format or the HTTP date of RFC 9110 §5.6.7.
pub(crate) fn parse_http_date(text: &str) -> Result<Timestamp, AuthFault> {
    basic(text)
        .or_else(|| DateTimeParser::new().parse_timestamp(text).ok())
        .ok_or_else(|| not_a_date(text))
}

fn basic(text: &str) -> Option<Timestamp> {
    let shaped = text.len() == 16
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let civil = shaped.then(|| DateTime::strptime(FORMAT, text).ok())??;
    Offset::UTC.to_timestamp(civil).ok()
}

fn not_a_date(text: &str) -> AuthFault {
    AuthFault::Incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{text}'. \
         See http://en.wikipedia.org/wiki/ISO_8601"
    ))
}
