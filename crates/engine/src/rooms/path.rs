//! The way of a request through the rooms.

use std::sync::Arc;

use base::{Fault, RequestId, Timestamp};
use shapes::Value;
use store::{Committed, Durability, StoreFault, Work};
use wire::Recognised;

use crate::call::{Call, Replay, Source};
use crate::metrics::Metrics;
use crate::operation::{AnyOperation, Registry};
use crate::principal::Principal;
use crate::rooms::arrive::{Arrival, MAX_BODY_BYTES, MAX_STS_BODY_BYTES};
use crate::rooms::perform::{self, Attempt};
use crate::rooms::prove::{self, Proven};
use crate::rooms::recognise;
use crate::rooms::record::{self, Stage};
use crate::rooms::{answer, strangers::Strangers};
use crate::server::Server;
use crate::unit::{Unit, store_fault};

/// How often a unit of work that conflicted runs again.
const MAX_ATTEMPTS: usize = 5;

/// Services that decide about the caller before they check the input's constraints (recorded from
/// AWS). What cannot be read at all is refused first by every service.
const DECIDED_BEFORE_CHECKED: [&str; 1] = ["secretsmanager"];

/// The server's inside: HTTP requests in, answers out.
pub struct Engine {
    server: Arc<Server>,
    registry: Registry,
    strangers: Strangers,
    metrics: Metrics,
}

/// How a walk ended, before it is encoded.
pub(crate) struct Ended {
    pub(crate) result: Result<Value, Fault>,
    pub(crate) recognised: Option<Recognised>,
    pub(crate) caller: Option<String>,
    /// The protocol to answer in when nothing was recognised.
    pub(crate) family: wire::Family,
}

impl Engine {
    /// Over what the server shares and the operations it performs.
    pub fn new(server: Arc<Server>, registry: Registry) -> Self {
        Self {
            server,
            registry,
            strangers: Strangers::default(),
            metrics: Metrics::default(),
        }
    }

    /// What the rooms share.
    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// The operations that are performed.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Walks one request through the rooms.
    pub async fn handle(&self, arrival: Arrival) -> wire::Outgoing {
        let request_id = RequestId::draw(&*self.server.entropy);
        let started = self.server.clock.now();
        self.metrics.began();
        let ended = self.walk(&request_id, started, &arrival).await;
        let finished = self.server.clock.now();
        record::log(&request_id, &ended, &arrival, started, finished);
        let (service, operation) = ended.recognised.as_ref().map_or(("-", "-"), |known| {
            (known.service.name, known.operation.name)
        });
        let seconds = finished.duration_since(started).as_secs_f64();
        let answer = answer::encode(&ended, &arrival, &request_id);
        self.metrics
            .ended(service, operation, answer.status, seconds);
        answer
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Encodes a refusal of a request that never became an arrival.
    pub fn refuse(&self, headers: &[(String, Vec<u8>)], fault: &Fault) -> wire::Outgoing {
        let request_id = RequestId::draw(&*self.server.entropy);
        let is_json = headers.iter().any(|(name, _)| name == "x-amz-target");
        let family = if is_json {
            wire::Family::Json
        } else {
            wire::Family::Query
        };
        tracing::info!(%request_id, status = fault.status(), code = fault.code(), "refused");
        let rendering = wire::Rendering::Native;
        wire::encode_fault(None, family, fault, request_id.as_str(), rendering)
    }

    async fn walk(&self, request_id: &RequestId, now: Timestamp, arrival: &Arrival) -> Ended {
        let recognised = match recognise::recognise(arrival) {
            Ok(recognised) => recognised,
            Err(unrecognised) => {
                let stage = Stage::Unrecognised;
                record::stranger(
                    &self.server,
                    request_id,
                    now,
                    arrival,
                    stage,
                    &unrecognised.fault,
                );
                return Ended {
                    result: Err(unrecognised.fault),
                    recognised: None,
                    caller: None,
                    family: unrecognised.family,
                };
            }
        };
        let family = recognised.family();
        let (result, caller) = self.recognised(request_id, now, arrival, &recognised).await;
        Ended {
            result,
            recognised: Some(recognised),
            caller,
            family,
        }
    }

    async fn recognised(
        &self,
        request_id: &RequestId,
        now: Timestamp,
        arrival: &Arrival,
        recognised: &Recognised,
    ) -> (Result<Value, Fault>, Option<String>) {
        let stranger = |fault: &Fault| {
            let stage = Stage::Recognised(recognised);
            record::stranger(&self.server, request_id, now, arrival, stage, fault);
        };
        let operation = match self.operation(arrival, recognised) {
            Ok(operation) => operation,
            Err(fault) => {
                stranger(&fault);
                return (Err(fault), None);
            }
        };
        let proven = if recognised.operation.no_auth {
            self.prove_web_identity(request_id, now, arrival, recognised)
                .await
        } else {
            prove::signature(&self.server, recognised.service, arrival)
                .await
                .map(|proven| (proven, None))
                .map_err(|unproven| {
                    let stage = Stage::Unproven(recognised, unproven.access_key_id.as_deref());
                    record::stranger(
                        &self.server,
                        request_id,
                        now,
                        arrival,
                        stage,
                        &unproven.fault,
                    );
                    unproven.fault
                })
        };
        let (mut proven, input) = match proven {
            Ok(proven) => proven,
            Err(fault) => return (Err(fault), None),
        };
        let unit = proven.unit.take();
        let call = self.call(request_id, now, arrival, recognised, proven);
        let caller = Some(call.principal.arn());
        let input =
            match input.map_or_else(|| decode(arrival, recognised), |input| Ok((input, None))) {
                Ok(input) => input,
                Err(fault) => {
                    drop(unit);
                    let nothing = Value::Structure(Vec::new());
                    let failed = Attempt::failed(fault);
                    return (Err(self.failed(&call, &nothing, failed).await), caller);
                }
            };
        (self.proven(&call, &**operation, input, unit).await, caller)
    }

    fn operation(
        &self,
        arrival: &Arrival,
        recognised: &Recognised,
    ) -> Result<&Arc<dyn AnyOperation>, Fault> {
        let limit = if recognised.service.name == "sts" {
            MAX_STS_BODY_BYTES
        } else {
            MAX_BODY_BYTES
        };
        if arrival.body.len() > limit {
            return Err(too_large(limit));
        }
        self.registry
            .find(recognised.service.name, recognised.operation.name)
            .ok_or_else(|| wire::not_served(recognised.service, recognised.operation.name))
    }

    /// For web identity calls the shape's constraints come before the proof, as on AWS.
    async fn prove_web_identity(
        &self,
        request_id: &RequestId,
        now: Timestamp,
        arrival: &Arrival,
        recognised: &Recognised,
    ) -> Result<(Proven, Option<Value>), Fault> {
        let stage = Stage::Recognised(recognised);
        let note = |fault: Fault| {
            record::stranger(&self.server, request_id, now, arrival, stage, &fault);
            fault
        };
        let ticket = self.strangers.admit(arrival.ip, now).await.map_err(note)?;
        let (input, broken) = decode(arrival, recognised).map_err(note)?;
        broken.map_or(Ok(()), |broken| Err(note(broken)))?;
        match prove::web_identity(&self.server, &input).await {
            Ok(proven) => {
                ticket.succeeded();
                Ok((proven, Some(input)))
            }
            Err(refusal) => {
                let Some(identity) = refusal.verified else {
                    return Err(note(refusal.fault));
                };
                ticket.succeeded();
                // WHY: the token is genuine, so whoever holds it leaves a durable record.
                let principal = Principal::WebIdentity(Box::new(identity));
                let proven = Proven {
                    principal,
                    region: None,
                    unit: None,
                };
                let call = self.call(request_id, now, arrival, recognised, proven);
                let mut attempt = Attempt::failed(refusal.fault);
                // WHY: no operation ran that could say so, and refusals are looked up by role.
                attempt.audit.role = asked_role(&input);
                Err(self.failed(&call, &input, attempt).await)
            }
        }
    }

    fn call(
        &self,
        request_id: &RequestId,
        now: Timestamp,
        arrival: &Arrival,
        recognised: &Recognised,
        proven: Proven,
    ) -> Call {
        let settings = &self.server.settings;
        let region = proven
            .region
            .or_else(|| {
                arrival
                    .host_region()
                    .filter(|region| settings.serves(region))
            })
            .unwrap_or_else(|| settings.home_region.clone());
        Call {
            request_id: request_id.clone(),
            service: recognised.service,
            operation: recognised.operation,
            account: proven
                .principal
                .account()
                .unwrap_or(settings.management_account),
            region,
            principal: proven.principal,
            source: Source {
                ip: arrival.ip,
                transport: arrival.transport,
                user_agent: arrival.header("user-agent").unwrap_or_default().to_owned(),
                host: arrival.header("host").unwrap_or_default().to_owned(),
            },
            now,
            entropy: Replay::over(Arc::clone(&self.server.entropy)),
            server: Arc::clone(&self.server),
        }
    }

    /// Runs the operation, on `first` and then on newer snapshots while it conflicts.
    async fn proven(
        &self,
        call: &Call,
        operation: &dyn AnyOperation,
        (input, broken): (Value, Option<Fault>),
        mut first: Option<Unit>,
    ) -> Result<Value, Fault> {
        let typed = match operation.input(input.clone()) {
            Ok(typed) => typed,
            Err(fault) => {
                // WHY: what breaks a constraint may have no typed form.
                let fault = broken.unwrap_or(fault);
                drop(first);
                return Err(self.failed(call, &input, Attempt::failed(fault)).await);
            }
        };
        for _ in 0..MAX_ATTEMPTS {
            call.entropy.rewind();
            let mut unit = match first.take() {
                Some(unit) => unit,
                None => self.server.unit().await?,
            };
            let attempt =
                perform::attempt(call, operation, &*typed, broken.as_ref(), &mut unit).await;
            if attempt.is_conflict() {
                continue;
            }
            if attempt.result.is_err() {
                // WHY: one snapshot at a time; the record of the failure takes its own.
                drop(unit);
                return Err(self.failed(call, &input, attempt).await);
            }
            record::succeeded(call, &input, &attempt, unit.work());
            let work = unit.into_work();
            let durability = self.durability(work.is_read_only());
            match self.commit(work, durability).await {
                Ok(_) => return attempt.result,
                Err(StoreFault::Conflict) => {}
                Err(fault) => return Err(store_fault(fault)),
            }
        }
        let contended = Fault::unavailable(format!("{MAX_ATTEMPTS} attempts conflicted"));
        Err(self.failed(call, &input, Attempt::failed(contended)).await)
    }

    /// Records a failure of a known caller; when that cannot be kept, the call ends in that.
    async fn failed(&self, call: &Call, input: &Value, attempt: Attempt) -> Fault {
        let fault = match &attempt.result {
            Err(fault) => fault.clone(),
            Ok(_) => Fault::internal("a success was recorded as a failure"),
        };
        match self.keep_failure(call, input, attempt, &fault).await {
            Ok(()) => fault,
            Err(unkept) => unkept,
        }
    }

    async fn keep_failure(
        &self,
        call: &Call,
        input: &Value,
        attempt: Attempt,
        fault: &Fault,
    ) -> Result<(), Fault> {
        let mut work = self.server.unit().await?.into_work();
        record::failed(call, input, attempt, fault, &mut work);
        if work.is_empty() {
            return Ok(());
        }
        let durability = self.durability(true);
        self.commit(work, durability).await.map_err(store_fault)?;
        Ok(())
    }

    async fn commit(&self, work: Work, durability: Durability) -> Result<Committed, StoreFault> {
        let started = self.server.clock.now();
        let outcome = self.server.store.commit(work, durability).await;
        let waited = self.server.clock.now().duration_since(started);
        self.metrics.committed(waited.as_secs_f64());
        outcome
    }

    fn durability(&self, read_only: bool) -> Durability {
        if read_only {
            self.server.settings.audit_sync
        } else {
            Durability::Disk
        }
    }
}

/// The role that a web identity call asks for.
fn asked_role(input: &Value) -> Option<String> {
    match input.member("RoleArn") {
        Some(Value::String(arn)) => Some(arn.clone()),
        _ => None,
    }
}

/// The input, and what is wrong with it where that is told only to who is allowed to call.
fn decode(arrival: &Arrival, recognised: &Recognised) -> Result<(Value, Option<Fault>), Fault> {
    let input = recognise::decode(arrival, recognised)?;
    match wire::validate(recognised.service, recognised.operation, &input) {
        Ok(()) => Ok((input, None)),
        Err(broken) if DECIDED_BEFORE_CHECKED.contains(&recognised.service.name) => {
            Ok((input, Some(broken)))
        }
        Err(broken) => Err(broken),
    }
}

fn too_large(limit: usize) -> Fault {
    Fault::new(
        "RequestEntityTooLarge",
        413,
        format!("The request body must not be larger than {limit} bytes."),
    )
}
