//! The credential: an access key id and the scope of its signature.

use base::Timestamp;

use crate::{AuthFault, amz_date};

/// The last element of every scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// For which day, region and service a signature is good, as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// The day, `YYYYMMDD`.
    pub date: String,
    /// The region, e.g. `us-east-1`.
    pub region: String,
    /// The signing name of the service, e.g. `sts`.
    pub service: String,
    /// `aws4_request` in all sound scopes.
    pub(crate) terminator: String,
}

impl Scope {
    pub(crate) fn joined(&self) -> String {
        [&*self.date, &self.region, &self.service, &self.terminator].join("/")
    }

    /// Whether it is of this service, one of these regions and the day of signing. AWS
    /// concatenates what is wrong, most texts with a blank at their end.
    pub(crate) fn check(
        &self,
        service: &str,
        regions: impl Fn(&str) -> bool,
        signed: Timestamp,
    ) -> Result<(), AuthFault> {
        let Self {
            date,
            region,
            service: scoped,
            terminator,
        } = self;
        let day = amz_date::format_day(signed);
        let texts = [
            (!regions(region)).then(|| {
                format!("Credential should be scoped to a valid region, not '{region}'. ")
            }),
            (scoped != service)
                .then(|| format!("Credential should be scoped to correct service: '{service}'. ")),
            (terminator != TERMINATOR).then(|| {
                format!(
                    "Credential should be scoped with a valid terminator: '{TERMINATOR}', \
                     not '{terminator}'. "
                )
            }),
            (*date != day).then(|| {
                format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of \
                     date from HTTP: '{date}' != '{day}', from '{}'.",
                    amz_date::format(signed)
                )
            }),
        ];
        let text: String = texts.into_iter().flatten().collect();
        if text.is_empty() {
            Ok(())
        } else {
            Err(AuthFault::Scope(text))
        }
    }
}

/// Splits `keyid/date/region/service/term`.
pub(crate) fn parse(credential: &str) -> Result<(String, Scope), AuthFault> {
    let elements: Vec<&str> = credential.split('/').collect();
    let Ok([key_id, date, region, service, terminator]) = <[&str; 5]>::try_from(elements) else {
        return Err(AuthFault::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, \
             e.g. keyid/date/region/service/term, got '{credential}'"
        )));
    };
    let scope = Scope {
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        terminator: terminator.to_owned(),
    };
    Ok((key_id.to_owned(), scope))
}
