//! Says which server, account and caller this is.

use base::Fault;
use engine::{Access, Call, Mode, Operation, Permitted, Unit, View};
use shapes::irsa::{GetServerInfoInput, GetServerInfoOutput};

pub(crate) struct GetServerInfo;

impl Operation for GetServerInfo {
    type Input = GetServerInfoInput;
    type Output = GetServerInfoOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::GET_SERVER_INFO
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// As GetCallerIdentity: it tells callers nothing but where and who they are.
    fn access(&self, _: &Self::Input, (): &(), _: &Call) -> Access {
        Access::AnyCaller
    }

    async fn perform(
        &self,
        _: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let settings = &call.server.settings;
        Ok(GetServerInfoOutput {
            account_id: Some(call.account.to_string()),
            region: Some(call.region.to_string()),
            version: Some(settings.version.to_owned()),
            public_url: Some(settings.public_url.clone()),
            caller_arn: Some(call.principal.arn()),
            dev: Some(settings.mode == Mode::Dev),
        })
    }
}
