//! Why a container has no identity that can be taken over.

use base::Escaped;

/// Why a container has no identity that can be taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoIdentity {
    /// The pod is not what an API server gives.
    #[error("the API server's answer is no whole pod")]
    Unread,
    /// The pod has no container of that name.
    #[error("the pod has no container `{}`; it has: {}", Escaped(.wanted), .known.join(", "))]
    NoContainer {
        /// The one asked for.
        wanted: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Its variables name none.
    #[error("container `{container}` has no identity: {}", why(.half.as_deref()))]
    NotSet {
        /// The container.
        container: String,
        /// The one variable that is there of two.
        half: Option<String>,
        /// Containers that have one.
        others: Vec<String>,
        /// Whether it takes variables as a whole from elsewhere, which is not looked at.
        has_env_from: bool,
    },
    /// A variable comes from something that is not read.
    #[error("{variable} comes from {place}, which is not read")]
    Elsewhere {
        /// The variable.
        variable: String,
        /// Such as `a Secret`.
        place: &'static str,
    },
    /// A path leads out of where it belongs (THREATS R66).
    #[error("the path `{}` leads upwards and is not followed", Escaped(.0))]
    Upwards(String),
    /// The container mounts nothing there.
    #[error("{variable} names `{}`, where the container mounts nothing", Escaped(.path))]
    NotMounted {
        /// The variable.
        variable: String,
        /// Its value.
        path: String,
    },
    /// Something else than a token is there.
    #[error(
        "{variable} names `{}`, which is no projected ServiceAccount token but a file of volume `{}`",
        Escaped(.path),
        Escaped(.volume)
    )]
    NoToken {
        /// The variable.
        variable: String,
        /// Its value.
        path: String,
        /// The volume that is mounted there.
        volume: String,
    },
}

fn why(half: Option<&str>) -> String {
    match half {
        Some(name) => format!("it has {name} but not what goes with it"),
        None => "neither AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE \
                 nor container credentials are set"
            .to_owned(),
    }
}
