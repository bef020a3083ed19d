//! API servers as the port that token verification asks whether a token is still good.

use async_trait::async_trait;
use cluster::{ApiServer, ApiServerAt, Credential, NoAnswer, TokenReviewClients};
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
        let status = status.map_err(|error| NotReviewed(told(&at.place, &error)))?;
        Ok(Reviewed {
            authenticated: status.authenticated,
            username: status.username,
            audiences: status.audiences,
            error: status.error,
        })
    }
}

/// What the operator does about it, and what happened: in this order, for what a cluster says is
/// cut where it is long.
fn told(place: &ReviewPlace, error: &NoAnswer) -> String {
    match remedy(place, error) {
        Some(remedy) => format!("{remedy}: {error}"),
        None => error.to_string(),
    }
}

fn remedy(place: &ReviewPlace, error: &NoAnswer) -> Option<&'static str> {
    match (place, error) {
        (ReviewPlace::OwnPod, NoAnswer::Server(_) | NoAnswer::Status(401 | 403, _)) => Some(
            "let the server's ServiceAccount create tokenreviews \
             (server.tokenReview.enabled=true of the Helm chart)",
        ),
        (ReviewPlace::OwnPod, NoAnswer::Transport(_) | NoAnswer::Deadline) => Some(
            "let the server's pod reach the API server \
             (networkPolicy.egressPorts of the Helm chart names its port)",
        ),
        (ReviewPlace::ApiServer { .. }, NoAnswer::Status(401, _)) => {
            Some("set another credential (irsa provider set ARN --token-review)")
        }
        (ReviewPlace::ApiServer { .. }, NoAnswer::Status(403, _)) => Some(
            "let the credential's user create tokenreviews (ClusterRole system:auth-delegator)",
        ),
        (
            _,
            NoAnswer::Server(_)
            | NoAnswer::Transport(_)
            | NoAnswer::Deadline
            | NoAnswer::Status(..)
            | NoAnswer::Unreadable,
        ) => None,
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

#[cfg(test)]
mod tests {
    use base::Secret;

    use super::*;

    fn elsewhere() -> ReviewPlace {
        ReviewPlace::ApiServer {
            server: "https://k.example:6443".to_owned(),
            tls_server_name: None,
            certificate_authority: None,
            credential: ShownCredential::BearerToken(Secret::new("t".to_owned())),
        }
    }

    #[test]
    fn no_answer_says_what_to_do() {
        let refused = |status| NoAnswer::Status(status, "no".to_owned());
        for (place, error, expected) in [
            (
                ReviewPlace::OwnPod,
                refused(403),
                "server.tokenReview.enabled=true",
            ),
            (
                ReviewPlace::OwnPod,
                refused(401),
                "server.tokenReview.enabled=true",
            ),
            (
                ReviewPlace::OwnPod,
                NoAnswer::Deadline,
                "networkPolicy.egressPorts",
            ),
            (elsewhere(), refused(401), "set another credential"),
            (elsewhere(), refused(403), "system:auth-delegator"),
        ] {
            let told = told(&place, &error);
            let remedy = told.strip_suffix(&format!(": {error}")).unwrap();
            assert!(remedy.contains(expected), "{told}");
        }
        for (place, error) in [
            (ReviewPlace::OwnPod, refused(500)),
            (elsewhere(), NoAnswer::Unreadable),
            (elsewhere(), NoAnswer::Deadline),
        ] {
            assert_eq!(told(&place, &error), error.to_string());
        }
    }

    #[tokio::test]
    async fn a_server_that_is_in_no_pod_says_what_its_pod_needs() {
        let at = ReviewedAt {
            fingerprint: [0; 32],
            place: ReviewPlace::OwnPod,
        };
        let refused = ApiServers::default().review(&at, "token", &[]).await;
        let told = refused.unwrap_err().0;
        assert!(told.contains("server.tokenReview.enabled=true"), "{told}");
    }
}
