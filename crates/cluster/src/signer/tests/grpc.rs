//! A real gRPC client on a real socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper_util::rt::TokioIo;
use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::codegen::http::Uri;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::world::{ISSUER, LIFE_SECS, Mood, World, claims, mode, payload, verify};
use crate::signer::protocol::{
    FETCH_KEYS, FetchKeysRequest, FetchKeysResponse, METADATA, MetadataRequest, MetadataResponse,
    SIGN, SignJwtRequest, SignJwtResponse,
};
use crate::signer::{PublicKey, Signer, Socket, SocketFault, serve};

struct Served {
    world: World,
    signer: Arc<Signer>,
    path: PathBuf,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

impl Served {
    async fn start(world: World, allowed_uids: Vec<u32>) -> Self {
        let signer = Arc::new(world.open().unwrap());
        let _ = signer.step(Duration::ZERO).await;
        let path = world.root.path().join("run/signer.sock");
        let socket = Socket::bind(&path, allowed_uids).unwrap();
        let (stop, stopping) = watch::channel(false);
        let server = tokio::spawn(serve(Arc::clone(&signer), socket, stopping));
        Self {
            world,
            signer,
            path,
            stop,
            server,
        }
    }

    async fn dial(&self) -> Result<Channel, tonic::transport::Error> {
        let path = self.path.clone();
        Endpoint::from_static("http://localhost")
            .connect_with_connector(Dial(path))
            .await
    }

    async fn sign(&self, claims: &str) -> Result<SignJwtResponse, Status> {
        let claims = claims.to_owned();
        call(self.dial().await.unwrap(), SIGN, SignJwtRequest { claims }).await
    }

    async fn keys(&self) -> Result<FetchKeysResponse, Status> {
        call(self.dial().await.unwrap(), FETCH_KEYS, FetchKeysRequest {}).await
    }
}

#[derive(Clone)]
struct Dial(PathBuf);

impl tonic::codegen::Service<Uri> for Dial {
    type Response = TokioIo<UnixStream>;
    type Error = std::io::Error;
    type Future = tonic::codegen::BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = self.0.clone();
        Box::pin(async move { UnixStream::connect(path).await.map(TokioIo::new) })
    }
}

async fn call<Q, A>(channel: Channel, path: &'static str, message: Q) -> Result<A, Status>
where
    Q: prost::Message + Default + Send + Sync + 'static,
    A: prost::Message + Default + Send + Sync + 'static,
{
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    client
        .unary(
            Request::new(message),
            PathAndQuery::from_static(path),
            ProstCodec::<Q, A>::default(),
        )
        .await
        .map(tonic::Response::into_inner)
}

fn decoded(segment: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

#[tokio::test]
async fn the_three_calls() {
    for (algorithm, name) in [(Algorithm::ES256, "ES256"), (Algorithm::RS256, "RS256")] {
        let served = Served::start(World::new(algorithm), vec![own_uid()]).await;
        let channel = served.dial().await.unwrap();
        let metadata: MetadataResponse = call(channel.clone(), METADATA, MetadataRequest {})
            .await
            .unwrap();
        assert_eq!(metadata.max_token_expiration_seconds, LIFE_SECS);

        let fetched = served.keys().await.unwrap();
        assert_eq!(fetched.refresh_hint_seconds, 60);
        assert_eq!(fetched.data_timestamp.unwrap().seconds, served.world.now());
        let [key] = fetched.keys.as_slice() else {
            panic!("{:?}", fetched.keys)
        };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &key.key);
        assert_eq!(
            key.key_id,
            URL_SAFE_NO_PAD.encode(digest),
            "as kube-apiserver computes it"
        );
        assert!(!key.exclude_from_oidc_discovery);

        // Spaces, order and members stay as they were sent.
        let spaced = format!(
            r#"{{ "zz":1.50, "iss" : "{ISSUER}","aud" :["b"], "azp":"c","sub":"system:serviceaccount:n:a",
               "iat":{now}, "exp":{now}, "nbf":{now}}}"#,
            now = served.world.now()
        );
        let claims = URL_SAFE_NO_PAD.encode(spaced);
        let signed = served.sign(&claims).await.unwrap();
        let header = decoded(&signed.header);
        assert_eq!(
            header,
            json!({ "alg": name, "kid": key.key_id, "typ": "JWT" })
        );
        let token = format!("{}.{claims}.{}", signed.header, signed.signature);
        assert_eq!(served.world.verify(&token), Ok(()));
    }
}

#[tokio::test]
async fn no_signature_for_what_is_not_this_issuers() {
    let served = Served::start(World::new(Algorithm::ES256), vec![own_uid()]).await;
    let now = served.world.now();
    let mut foreign = claims(now, 600);
    foreign["iss"] = json!("https://irsa.example/id/other");
    let longest = payload(&claims(now, LIFE_SECS));
    for (claims, expected) in [
        (longest.clone(), None),
        (
            payload(&claims(now, LIFE_SECS + 1)),
            Some(Code::PermissionDenied),
        ),
        (payload(&foreign), Some(Code::PermissionDenied)),
        (format!("{longest}="), Some(Code::InvalidArgument)),
        (String::new(), Some(Code::InvalidArgument)),
        (payload(&json!([])), Some(Code::InvalidArgument)),
        ("A".repeat(30_000), Some(Code::InvalidArgument)),
        ("A".repeat(70_000), Some(Code::OutOfRange)),
    ] {
        let code = served.sign(&claims).await.err().map(|status| status.code());
        assert_eq!(code, expected, "{claims}");
    }
    let unknown: Result<SignJwtResponse, _> = call(
        served.dial().await.unwrap(),
        "/v1.ExternalJWTSigner/Export",
        FetchKeysRequest {},
    )
    .await;
    assert_eq!(unknown.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_question_for_the_keys_waits_for_the_first_publication() {
    let mut world = World::new(Algorithm::ES256);
    world.settings.patience = Duration::from_secs(60);
    world.mood(Mood::Unreachable);
    let served = Served::start(world, vec![own_uid()]).await;
    let publication = async {
        served.world.mood(Mood::Well);
        served.signer.step(Duration::ZERO).await.unwrap();
    };
    let (keys, ()) = tokio::join!(served.keys(), publication);
    assert_eq!(keys.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn without_a_published_key_the_answer_is_unavailable() {
    let world = World::new(Algorithm::ES256);
    world.mood(Mood::Unreachable);
    let served = Served::start(world, vec![own_uid()]).await;
    let claims = payload(&claims(served.world.now(), 600));
    assert_eq!(
        served.sign(&claims).await.unwrap_err().code(),
        Code::Unavailable
    );
    assert_eq!(served.keys().await.unwrap_err().code(), Code::Unavailable);
    served.world.mood(Mood::Well);
    served.signer.step(Duration::ZERO).await.unwrap();
    served.sign(&claims).await.unwrap();
}

#[tokio::test]
async fn keys_that_signed_before_verify_and_are_published() {
    let mut world = World::new(Algorithm::ES256);
    let old = SigningKey::generate(Algorithm::RS256).unwrap();
    world.settings.verify_only = vec![PublicKey {
        kid: old.kid().to_owned(),
        der: old.public_der().unwrap(),
        jwk: old.public_jwk(),
    }];
    let served = Served::start(world, vec![own_uid()]).await;
    let token = old.sign(&claims(served.world.now(), 600)).unwrap();
    assert_eq!(served.world.verify(&token), Ok(()));
    let fetched = served.keys().await.unwrap();
    assert_eq!(fetched.keys.len(), 2);
    assert_eq!(fetched.keys[1].key_id, old.kid());
}

#[tokio::test]
async fn rotation_under_load_fails_no_verifier() {
    let served = Served::start(World::new(Algorithm::ES256), vec![own_uid()]).await;
    let channel = served.dial().await.unwrap();
    let cached = |served: &Served| {
        let set = served.world.publisher.set.lock().unwrap();
        let keys: Vec<_> = set
            .iter()
            .flat_map(|set| &set.keys)
            .map(|key| key.key.jwk.clone())
            .collect();
        json!({ "keys": keys })
    };
    // A verifier that asks as seldom as it may.
    let (mut verifier, mut age) = (cached(&served), 0);
    served.signer.rotate().unwrap();
    let first = served.signer.keys()[1].kid.clone();
    for _ in 0..1_600 {
        served.world.clock.advance_millis(60_000);
        served.signer.step(Duration::from_secs(60)).await.unwrap();
        age += 60;
        if age >= 3_600 {
            (verifier, age) = (cached(&served), 0);
        }
        let claims = payload(&claims(served.world.now(), LIFE_SECS));
        let request = SignJwtRequest {
            claims: claims.clone(),
        };
        let signed: SignJwtResponse = call(channel.clone(), SIGN, request).await.unwrap();
        let token = format!("{}.{claims}.{}", signed.header, signed.signature);
        assert_eq!(verify(&verifier, &token, served.world.clock.now()), Ok(()));
    }
    assert_eq!(served.signer.keys().len(), 1);
    assert_ne!(served.signer.keys()[0].kid, first);
}

#[tokio::test]
async fn other_users_are_not_heard() {
    let served = Served::start(World::new(Algorithm::ES256), vec![own_uid() + 1]).await;
    let answer = match served.dial().await {
        Err(_) => return,
        Ok(channel) => {
            let claims = payload(&claims(served.world.now(), 600));
            call::<_, SignJwtResponse>(channel, SIGN, SignJwtRequest { claims }).await
        }
    };
    assert!(answer.is_err(), "signed for another user");
}

#[tokio::test]
async fn the_socket_is_ours_alone() {
    let served = Served::start(World::new(Algorithm::ES256), vec![own_uid()]).await;
    assert_eq!(mode(&served.path), 0o600);
    assert_eq!(mode(served.path.parent().unwrap()), 0o700);
    let second = Socket::bind(&served.path, vec![own_uid()]);
    assert!(matches!(second, Err(SocketFault::InUse(_))), "{second:?}");
    served
        .sign(&payload(&claims(served.world.now(), 600)))
        .await
        .unwrap();
    served.stop.send(true).unwrap();
    served.server.await.unwrap();
    assert!(!served.path.exists());
}

#[tokio::test]
async fn places_that_will_not_do() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let bind = |path: &Path| Socket::bind(path, vec![own_uid()]);
    for abstract_path in ["@irsa", "\0irsa"] {
        let fault = bind(Path::new(abstract_path)).unwrap_err();
        assert!(matches!(fault, SocketFault::Abstract(_)), "{fault}");
    }
    for path in ["", "/", "signer.sock", "./run/signer.sock"] {
        let fault = bind(Path::new(path)).unwrap_err();
        assert!(matches!(fault, SocketFault::Path(_)), "{path}: {fault}");
    }
    let path = root.path().join("run/signer.sock");
    // What a signer that was killed leaves behind.
    std::fs::create_dir(root.path().join("run")).unwrap();
    std::fs::set_permissions(path.parent().unwrap(), PermissionsExt::from_mode(0o700)).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    drop(bind(&path).unwrap());
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(bind(&path), Err(SocketFault::NotASocket(_))));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    std::fs::remove_file(&path).unwrap();
    std::fs::set_permissions(path.parent().unwrap(), PermissionsExt::from_mode(0o755)).unwrap();
    assert!(matches!(bind(&path), Err(SocketFault::Directory(_))));
}
