//! Who calls: a verified signature or a verified web identity token, or nobody gets further.

use base::{AccessKeyId, Fault};
use shapes::Value;
use sigv4::{AuthFault, AuthKind, Family, Head, PathStyle, Presented, WINDOW};

use crate::ports::{KeyHolder, SessionCheck, WebIdentityRefusal};
use crate::principal::Principal;
use crate::rooms::arrive::Arrival;
use crate::server::Server;
use crate::unit::Unit;

/// The proven caller.
pub(crate) struct Proven {
    pub(crate) principal: Principal,
    /// The region that the scope names; `None` for unsigned calls.
    pub(crate) region: Option<base::Region>,
    /// The unit of work that read the caller's key. The first attempt goes on with it, so that it
    /// conflicts if the key is taken away meanwhile; `None` where keys of an issuer were fetched.
    pub(crate) unit: Option<Unit>,
}

/// Nobody was proven.
pub(crate) struct Unproven {
    pub(crate) fault: Fault,
    /// The key that the request names, for the operator.
    pub(crate) access_key_id: Option<String>,
}

impl From<Fault> for Unproven {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            access_key_id: None,
        }
    }
}

/// How the service's family words a refusal.
pub(crate) fn family(service: &shapes::Service) -> Family {
    match service.protocol {
        shapes::Protocol::Query => Family::Query,
        shapes::Protocol::Json10 | shapes::Protocol::Json11 => Family::Json,
        shapes::Protocol::RestJson => Family::RestJson,
    }
}

/// Verifies the signature of a signed call, in AWS's order of checks.
pub(crate) async fn signature(
    server: &Server,
    service: &shapes::Service,
    arrival: &Arrival,
) -> Result<Proven, Unproven> {
    let head = arrival.head();
    let family = family(service);
    let refuse = |fault: AuthFault| Unproven::from(fault.to_fault(family));
    let presented = sigv4::present(&head)
        .map_err(refuse)?
        .ok_or_else(|| refuse(AuthFault::MissingToken))?;
    verify(server, service, arrival, &head, &presented)
        .await
        .map_err(|refusal| {
            let fault = match refusal {
                Refusal::Auth(fault) => told(&fault, family, arrival, &presented),
                Refusal::Fault(fault) => fault,
            };
            Unproven {
                fault,
                access_key_id: Some(presented.access_key_id.clone()),
            }
        })
}

/// A refusal as its family words it; for the operator, a mismatch shows what we would have signed
/// (THREATS R12).
fn told(fault: &AuthFault, family: Family, arrival: &Arrival, presented: &Presented) -> Fault {
    let told = fault.to_fault(family);
    if fault.kind() != AuthKind::Mismatch {
        return told;
    }
    let payload = sigv4::sha256_hex(&arrival.body);
    let request = presented.canonical_request(&arrival.head(), PathStyle::Standard, &payload);
    told.with_internal(format!(
        "{fault}; canonical request as received:\n{request}"
    ))
}

enum Refusal {
    Auth(AuthFault),
    Fault(Fault),
}

impl From<AuthFault> for Refusal {
    fn from(fault: AuthFault) -> Self {
        Self::Auth(fault)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

async fn verify(
    server: &Server,
    service: &shapes::Service,
    arrival: &Arrival,
    head: &Head<'_>,
    presented: &Presented,
) -> Result<Proven, Refusal> {
    sigv4::check_repeated(head)?;
    presented.check_signed(head)?;
    check_content_type(service, arrival, presented)?;
    presented.check_time(server.clock.now(), WINDOW)?;
    let region = presented.scope.region.parse::<base::Region>().ok();
    let hosted = arrival.host_region();
    presented.check_scope(service.signing_name, |_| {
        region.as_ref().is_some_and(|region| {
            server.settings.serves(region) && hosted.as_ref().is_none_or(|at| at == region)
        })
    })?;

    let payload = sigv4::sha256_hex(&arrival.body);
    let mut unit = server.unit().await?;
    let holder = match holder(server, presented, &mut unit).await? {
        Found::Holder(holder) => holder,
        Found::Nobody => {
            return Err(presented
                .refuse_unknown(head, PathStyle::Standard, &payload)
                .into());
        }
        Found::Broken => {
            // WHY: the same HMACs as for a key that somebody has.
            let _ = presented.refuse_unknown(head, PathStyle::Standard, &payload);
            return Err(AuthFault::TokenInvalid.into());
        }
        Found::Expired => return Err(AuthFault::TokenExpired.into()),
    };
    presented.verify(head, PathStyle::Standard, &payload, &holder.secret)?;
    Ok(Proven {
        principal: holder.principal,
        region,
        unit: Some(unit),
    })
}

/// Refuses a signed Content-Type of another protocol; the route alone chose the parser, so an
/// unsigned or absent one changes nothing (THREATS R14).
fn check_content_type(
    service: &shapes::Service,
    arrival: &Arrival,
    presented: &Presented,
) -> Result<(), Fault> {
    let Some(content_type) = arrival.header("content-type") else {
        return Ok(());
    };
    if !presented.signs("content-type") || arrival.body.is_empty() {
        return Ok(());
    }
    let media = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_form = media == "application/x-www-form-urlencoded";
    let is_json = media == "application/json" || media.starts_with("application/x-amz-json-");
    let (code, foreign) = match service.protocol {
        shapes::Protocol::Query => ("InvalidContentType", is_json),
        shapes::Protocol::Json10 | shapes::Protocol::Json11 | shapes::Protocol::RestJson => {
            ("SerializationException", is_form)
        }
    };
    if foreign {
        let text = format!("The Content-Type is not one of this service: {media}");
        return Err(Fault::bad_request(code, text));
    }
    Ok(())
}

enum Found {
    Holder(Box<KeyHolder>),
    /// No such long-term key.
    Nobody,
    /// A session token that is none, or none where one belongs (THREATS R10).
    Broken,
    /// A session that is over.
    Expired,
}

async fn holder(server: &Server, presented: &Presented, unit: &mut Unit) -> Result<Found, Fault> {
    let Ok(access_key_id) = presented.access_key_id.parse::<AccessKeyId>() else {
        return Ok(Found::Nobody);
    };
    let mut view = unit.view();
    match (access_key_id.is_session(), &presented.session_token) {
        (true, Some(token)) => {
            match server
                .identities
                .session(server, &mut view, &access_key_id, token)
                .await?
            {
                SessionCheck::Live(holder) => Ok(Found::Holder(holder)),
                SessionCheck::Expired => Ok(Found::Expired),
                SessionCheck::Invalid => Ok(Found::Broken),
            }
        }
        (true, None) | (false, Some(_)) => Ok(Found::Broken),
        (false, None) => {
            let holder = server
                .identities
                .key_holder(server, &mut view, &access_key_id)
                .await?;
            Ok(holder.map_or(Found::Nobody, |holder| Found::Holder(Box::new(holder))))
        }
    }
}

/// Verifies the token of an unsigned AssumeRoleWithWebIdentity, whose shape was checked before.
pub(crate) async fn web_identity(
    server: &Server,
    input: &Value,
) -> Result<Proven, Box<WebIdentityRefusal>> {
    let (role_arn, token) = (text(input, "RoleArn"), text(input, "WebIdentityToken"));
    let identity = server.web_identity.verify(server, role_arn, token).await?;
    Ok(Proven {
        principal: Principal::WebIdentity(Box::new(identity)),
        region: None,
        unit: None,
    })
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    let Value::Structure(members) = input else {
        return "";
    };
    members
        .iter()
        .find(|(name, _)| *name == member)
        .and_then(|(_, value)| match value {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        })
        .unwrap_or_default()
}
