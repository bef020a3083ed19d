//! Decodes an authorization message of the caller's account.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::sts::{DecodeAuthorizationMessageInput, DecodeAuthorizationMessageOutput};

use super::authorization_message::decode_message;

pub(crate) struct DecodeAuthorizationMessage;

impl Operation for DecodeAuthorizationMessage {
    type Input = DecodeAuthorizationMessageInput;
    type Output = DecodeAuthorizationMessageOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::sts::DECODE_AUTHORIZATION_MESSAGE
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new(
            "sts:DecodeAuthorizationMessage",
            "*",
            call.account,
        ))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let decoded = decode_message(&call.server, call.account, &input.encoded_message);
        let decoded = decoded.ok_or_else(|| {
            // The model's words for the error.
            Fault::bad_request(
                "InvalidAuthorizationMessageException",
                "The message passed to DecodeAuthorizationMessage was invalid.",
            )
        })?;
        Ok(DecodeAuthorizationMessageOutput {
            decoded_message: Some(decoded),
        })
    }
}
