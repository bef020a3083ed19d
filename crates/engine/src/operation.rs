//! What an operation is, and the register of them.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use base::Fault;
use shapes::{FromValue, IntoValue, Value};

use crate::{Access, AuditFacts, Call, Permitted, Unit, View};

/// One AWS operation: all that the path needs to know of it.
pub trait Operation: Send + Sync + 'static {
    /// The decoded and checked input.
    type Input: FromValue + Send + Sync + 'static;
    /// The answer.
    type Output: IntoValue + Send + Sync + 'static;
    /// What `facts` found and `access` and `perform` use.
    type Facts: Send + Sync + 'static;

    /// Wire names, limits and errors.
    fn shape(&self) -> &'static shapes::Operation;

    /// Loads what the decision may look at, from the snapshot that `perform` will work on.
    /// A resource that does not exist is a fact, not an error: authorisation comes first.
    fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> impl Future<Output = Result<Self::Facts, Fault>> + Send;

    /// What the caller must be allowed to do. Pure.
    fn access(&self, input: &Self::Input, facts: &Self::Facts, call: &Call) -> Access;

    /// Semantic checks, existence and effect: one unit of work.
    fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> impl Future<Output = Result<Self::Output, Fault>> + Send;

    /// What the audit record shows beyond what the shapes tell; sensitive members never enter.
    fn audit(
        &self,
        _input: &Self::Input,
        _facts: Option<&Self::Facts>,
        _output: Option<&Self::Output>,
        _call: &Call,
    ) -> AuditFacts {
        AuditFacts::default()
    }
}

/// An operation with its types erased.
#[async_trait]
pub(crate) trait AnyOperation: Send + Sync {
    fn input(&self, value: Value) -> Result<Box<dyn Any + Send + Sync>, Fault>;
    async fn facts(
        &self,
        input: &Erased,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Box<Erased>, Fault>;
    fn access(&self, input: &Erased, facts: &Erased, call: &Call) -> Result<Access, Fault>;
    async fn perform(
        &self,
        input: &Erased,
        facts: &Erased,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Performed, Fault>;
    fn audit(&self, input: &Erased, facts: Option<&Erased>, call: &Call) -> AuditFacts;
}

pub(crate) type Erased = dyn Any + Send + Sync;

/// The answer of an operation and what the record shows of it.
pub(crate) struct Performed {
    pub(crate) output: Value,
    pub(crate) audit: AuditFacts,
}

struct Typed<O>(O);

fn typed<T: 'static>(value: &Erased) -> Result<&T, Fault> {
    value
        .downcast_ref()
        .ok_or_else(|| Fault::internal("an operation met another's types"))
}

#[async_trait]
impl<O: Operation> AnyOperation for Typed<O> {
    fn input(&self, value: Value) -> Result<Box<Erased>, Fault> {
        Ok(Box::new(O::Input::from_value(value)?))
    }

    async fn facts(
        &self,
        input: &Erased,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Box<Erased>, Fault> {
        Ok(Box::new(self.0.facts(typed(input)?, call, view).await?))
    }

    fn access(&self, input: &Erased, facts: &Erased, call: &Call) -> Result<Access, Fault> {
        Ok(self.0.access(typed(input)?, typed(facts)?, call))
    }

    async fn perform(
        &self,
        input: &Erased,
        facts: &Erased,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Performed, Fault> {
        let (input, facts) = (typed(input)?, typed(facts)?);
        let output = self.0.perform(input, facts, call, unit).await?;
        let audit = self.0.audit(input, Some(facts), Some(&output), call);
        Ok(Performed {
            output: output.into_value(),
            audit,
        })
    }

    fn audit(&self, input: &Erased, facts: Option<&Erased>, call: &Call) -> AuditFacts {
        let Ok(input) = typed(input) else {
            return AuditFacts::default();
        };
        let facts = facts.and_then(|facts| facts.downcast_ref());
        self.0.audit(input, facts, None, call)
    }
}

/// The operations that this server performs, by service and name.
#[derive(Default)]
pub struct Registry {
    services: HashMap<&'static str, HashMap<&'static str, Arc<dyn AnyOperation>>>,
}

impl Registry {
    /// Adds an operation; its shape tells the service.
    pub fn add(&mut self, operation: impl Operation) {
        let shape = operation.shape();
        self.services
            .entry(shape.service.name)
            .or_default()
            .insert(shape.name, Arc::new(Typed(operation)));
    }

    /// `service/Operation` of all that is served, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .services
            .iter()
            .flat_map(|(service, operations)| {
                operations
                    .keys()
                    .map(move |name| format!("{service}/{name}"))
            })
            .collect();
        names.sort();
        names
    }

    /// Operations that the shapes describe and nobody performs; empty in a whole server.
    pub fn missing(&self) -> Vec<String> {
        shapes::services()
            .iter()
            .flat_map(|service| {
                service
                    .operations
                    .iter()
                    .map(move |o| (service.name, o.name))
            })
            .filter(|(service, name)| self.find(service, name).is_none())
            .map(|(service, name)| format!("{service}/{name}"))
            .collect()
    }

    pub(crate) fn find(&self, service: &str, name: &str) -> Option<&Arc<dyn AnyOperation>> {
        self.services.get(service)?.get(name)
    }
}
