//! `NextToken` and `Marker`: sealed, and bound to account, region, operation and filters
//! (THREATS R18).

use base::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Call;
use crate::seal::{Aad, Domain, Sealed};

/// The longest token that is looked at.
const MAX_TOKEN_CHARS: usize = 8_192;

impl Call {
    /// Seals a position in a listing. `filters` spells everything that the next page must share
    /// with this one.
    pub fn page_token(&self, position: &[u8], filters: &str) -> Result<String, Fault> {
        let sealed = self.server.seal.seal(
            Domain::Messages,
            self.page_place(filters),
            position,
            &*self.server.entropy,
        )?;
        Ok(URL_SAFE_NO_PAD.encode(sealed.as_bytes()))
    }

    /// The position in a token that this caller got for the same question; `None` for any other
    /// text. The operation answers with its service's own code.
    pub fn page_position(&self, token: &str, filters: &str) -> Option<Vec<u8>> {
        if token.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let sealed = Sealed::from_bytes(URL_SAFE_NO_PAD.decode(token).ok()?);
        let position = self
            .server
            .seal
            .open(Domain::Messages, self.page_place(filters), &sealed)
            .ok()?;
        Some(position.expose().clone())
    }

    fn page_place<'a>(&'a self, filters: &'a str) -> Aad<'a> {
        Aad {
            table: "page token",
            id: self.operation.name,
            object_version: filters,
            account: Some(self.account),
            region: self.region.as_str(),
        }
    }
}
