//! API servers as the port that token verification asks whether a token is still good.

use async_trait::async_trait;
use cluster::{ApiServer, ApiServerAt, Credential, TokenReviewClients};
use identity::sts::{
    NotReviewed, ReviewPlace, Reviewed, ReviewedAt, ShownCredential, TokenReviewer,
};

/// Asks the API servers that providers name.
#[derive(Default)]
pub(super) struct ApiServers(TokenReviewClients);

#[async_trait]
impl TokenReviewer for ApiServers {
    async fn review(
        &self,
        at: &ReviewedAt,
        token: &str,
        audiences: &[String],
    ) -> Result<Reviewed, NotReviewed> {
        let server = named(&at.place);
        let status = self.0.ask(at.fingerprint, &server, token, audiences).await;
        let status = status.map_err(|error| NotReviewed(error.to_string()))?;
        Ok(Reviewed {
            authenticated: status.authenticated,
            username: status.username,
            audiences: status.audiences,
            error: status.error,
        })
    }
}

fn named(place: &ReviewPlace) -> ApiServer {
    let ReviewPlace::ApiServer {
        server,
        tls_server_name,
        certificate_authority,
        credential,
    } = place
    else {
        return ApiServer::OwnPod;
    };
    ApiServer::Named(Box::new(ApiServerAt {
        url: server.clone(),
        tls_server_name: tls_server_name.clone(),
        authority: certificate_authority.clone(),
        credential: match credential {
            ShownCredential::BearerToken(token) => Credential::BearerToken(token.clone()),
            ShownCredential::ClientCertificate { certificate, key } => {
                Credential::ClientCertificate {
                    certificate: certificate.clone(),
                    key: key.clone(),
                }
            }
        },
    }))
}
