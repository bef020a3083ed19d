//! The shape of most of IAM's operations: one permission on one resource that must exist.

use std::future::Future;

use audit::ResourceName;
use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::{FromValue, IntoValue};

use super::resource::{Resource, check_on};
use super::trail;

/// An operation on one resource that must exist. [`Existing`] makes it an [`Operation`]: it finds
/// the resource, asks for `iam:NAME` on it, answers `NoSuchEntity` when it is missing.
pub(crate) trait OnResource: Send + Sync + 'static {
    /// The decoded and checked input.
    type Input: FromValue + Send + Sync + 'static;
    /// The answer.
    type Output: IntoValue + Send + Sync + 'static;
    /// What it works on.
    type Resource: Resource;

    /// Wire names, limits and errors.
    const SHAPE: &'static shapes::Operation;

    /// The name or ARN that the caller gives, or implies.
    fn named<'a>(input: &'a Self::Input, call: &'a Call) -> Result<&'a str, Fault>;

    /// Adds the condition keys of this operation.
    fn check(_input: &Self::Input, _found: Option<&Self::Resource>, check: Check) -> Check {
        check
    }

    /// What the call touches beside the resource, for the trail.
    fn beside(_input: &Self::Input, _output: Option<&Self::Output>) -> Vec<ResourceName> {
        Vec::new()
    }

    /// Nothing bears the name; some operations have words of their own for it.
    fn missing(_input: &Self::Input, named: &str) -> Fault {
        Self::Resource::missing(named)
    }

    /// Semantic checks and effect.
    fn perform(
        input: &Self::Input,
        resource: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> impl Future<Output = Result<Self::Output, Fault>> + Send;
}

/// Makes an [`OnResource`] an [`Operation`].
pub(crate) struct Existing<T>(pub(crate) T);

/// What an operation on a resource knows of it.
pub(crate) struct Found<R> {
    named: String,
    resource: Option<R>,
}

impl<T: OnResource> Operation for Existing<T> {
    type Input = T::Input;
    type Output = T::Output;
    type Facts = Found<T::Resource>;

    fn shape(&self) -> &'static shapes::Operation {
        T::SHAPE
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let named = T::named(input, call)?.to_owned();
        let resource = T::Resource::find(view, call.account, &named).await?;
        Ok(Found { named, resource })
    }

    fn access(&self, input: &Self::Input, found: &Self::Facts, call: &Call) -> Access {
        let resource = found.resource.as_ref();
        let check = check_on(T::SHAPE.name, &found.named, resource, call);
        Access::one(T::check(input, resource, check))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        found: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let missing = || T::missing(input, &found.named);
        let resource = found.resource.clone().ok_or_else(missing)?;
        T::perform(input, resource, call, unit).await
    }

    /// By the name that the caller gives, and by the ARN.
    fn audit(
        &self,
        input: &Self::Input,
        found: Option<&Self::Facts>,
        output: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let given = T::named(input, call).ok();
        let resource = found.and_then(|found| found.resource.as_ref());
        let names = [given, resource.map(Resource::arn)];
        trail::found_by(T::Resource::RESOURCE_TYPE, names, T::beside(input, output))
    }
}
