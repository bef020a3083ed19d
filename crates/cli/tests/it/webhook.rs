//! `irsa webhook` as a process: its flags, and a life without an API server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::run::{irsa, ran};

#[test]
fn flags_that_are_not_served_are_refused() {
    let files = ["--in-cluster=false", "--kube-api=http://127.0.0.1:1"];
    for (arguments, told) in [
        (&["--tls-min-version=1.1"][..], "1.2 or 1.3"),
        (
            &["--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA"],
            "TLS_ECDHE_RSA",
        ),
        (&["--in-cluster=maybe"], "must be true or false"),
        (&["--in-cluster", "false"], "unexpected argument"),
        (&["--resync-period=60"], "must be a duration"),
        (&["--log_dir=/tmp"], "--log_dir=/tmp is not served"),
        (
            &["--logtostderr=false"],
            "--logtostderr=false is not served",
        ),
        (&["--vmodule=a=4"], "--vmodule=a=4 is not served"),
        (&["--watch-container-credentials-config=x"], "absolute path"),
        (&["--endpoint-services=sts"], "needs --endpoint-url"),
        (&["--endpoint-ca=x"], "needs --endpoint-url"),
        (&["--aws-account-id=123456789012"], "--compose-role-arn"),
        (
            &["--compose-role-arn", "--aws-account-id=123456789012"],
            "--aws-default-region",
        ),
        (&["--live-read-rate=0"], "1..=10000"),
        (&["--kube-api=http://["], "no URL"),
    ] {
        let mut command = irsa(&["webhook"]);
        let name = |flag: &str| flag.get(..6).map(str::to_owned);
        let given = |flag: &&str| !arguments.iter().any(|known| name(known) == name(flag));
        command.args(files.iter().filter(|flag| given(flag)));
        let ran = ran(command.args(arguments));
        assert!(matches!(ran.code, Some(1 | 2)), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    let ran = ran(&mut irsa(&[
        "webhook",
        "--in-cluster=false",
        "--tls-cert=/nowhere/tls.crt",
        "--kube-api=http://127.0.0.1:1",
    ]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("/nowhere/tls.crt"), "{ran:?}");
    assert!(ran.stderr.contains("--tls-cert"), "{ran:?}");
}

#[test]
fn the_version_is_printed_as_by_awss_webhook() {
    let ran = ran(&mut irsa(&["webhook", "--version"]));
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.contains(env!("CARGO_PKG_VERSION")), "{ran:?}");
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn line_with(stderr: &mut BufReader<ChildStderr>, part: &str) -> String {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let read = stderr.read_line(&mut line).unwrap();
        assert_ne!(read, 0, "it ended: {said}");
        if line.contains(part) {
            return line;
        }
        said.push_str(&line);
    }
}

/// A failed test leaves nothing running.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn without_an_api_server_it_lives_is_not_ready_and_ends_when_told() {
    let mut command = irsa(&[
        "webhook",
        "--bind-address=127.0.0.1",
        "--port=0",
        "--metrics-port=0",
        "--kube-api=http://127.0.0.1:1",
        "--drain=0s",
        "--v=2",
        "--logtostderr",
    ]);
    // A Service named `irsa-webhook` makes such a variable; it is not a flag's.
    command.env("IRSA_WEBHOOK_PORT", "tcp://10.0.0.1:443");
    let mut child = Killed(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut stderr = BufReader::new(child.0.stderr.take().unwrap());
    let line = line_with(&mut stderr, "metrics on http://");
    let (_, metrics) = line.split_once("metrics on http://").unwrap();
    let address = metrics.trim().strip_suffix("/metrics").unwrap();
    assert!(ask(address, "/healthz").starts_with("HTTP/1.1 200"));
    line_with(&mut stderr, "certificate is not looked after");
    let ready = ask(address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(ready.contains("ServiceAccounts"), "{ready}");
    assert!(ready.contains("eks/pod-identity-webhook"), "{ready}");
    assert!(ask(address, "/metrics").contains("irsa_webhook_ready 0"));

    let pid = Pid::from_raw(i32::try_from(child.0.id()).unwrap());
    kill(pid, Signal::SIGTERM).unwrap();
    let began = Instant::now();
    let status = child.0.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10));
}
