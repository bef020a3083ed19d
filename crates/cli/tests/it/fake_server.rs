//! A server that answers what it is told to and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `POST / HTTP/1.1`.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The operation, whichever protocol names it.
    pub(crate) fn operation(&self) -> String {
        let target = self.header("x-amz-target");
        let of_form = || {
            let action = self
                .body
                .split('&')
                .find_map(|pair| pair.strip_prefix("Action="));
            action.unwrap_or_default()
        };
        match target.split_once('.') {
            Some((_, operation)) => operation.to_owned(),
            None if self.line.starts_with("GET") => {
                self.line.split(' ').nth(1).unwrap_or_default().to_owned()
            }
            None => of_form().to_owned(),
        }
    }
}

/// Status and body of an answer.
pub(crate) type Answer = (u16, String);

/// Listens until the test ends.
pub(crate) struct FakeServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeServer {
    /// Answers each operation as `answer` says; it is given the server's own URL, too.
    pub(crate) fn start(
        answer: impl Fn(&str, &Asked) -> Answer + Send + Sync + 'static,
    ) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &memory, &format!("http://{address}"), &answer);
            }
        });
        FakeServer { address, asked }
    }

    /// Knows the caller, and answers the given operations; others are errors.
    pub(crate) fn with(answers: &'static [(&'static str, u16, &'static str)]) -> FakeServer {
        Self::start(move |_, asked| {
            let operation = asked.operation();
            if operation == "GetCallerIdentity" {
                return (200, CALLER_IDENTITY.to_owned());
            }
            let found = answers.iter().find(|(name, ..)| *name == operation);
            match found {
                Some((_, status, body)) => (*status, (*body).to_owned()),
                None => (
                    400,
                    format!("{{\"__type\":\"UnexpectedException\",\"message\":\"{operation}\"}}"),
                ),
            }
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Writes a kubeconfig that leads here, with the namespace `team`; its path.
    pub(crate) fn kubeconfig(&self, directory: &std::path::Path) -> String {
        let path = directory.join("kubeconfig");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             contexts: [{{name: c, context: {{cluster: k, user: u, namespace: team}}}}]\n\
             clusters: [{{name: k, cluster: {{server: \"{}\"}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n",
            self.url()
        );
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked().iter().map(Asked::operation).collect()
    }
}

pub(crate) const CALLER_IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/admin</Arn><UserId>AIDAEXAMPLE</UserId>\
    <Account>123456789012</Account></GetCallerIdentityResult>\
    <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

fn serve(
    stream: TcpStream,
    memory: &Mutex<Vec<Asked>>,
    url: &str,
    answer: &impl Fn(&str, &Asked) -> Answer,
) {
    let mut reader = BufReader::new(stream);
    let Some(asked) = read(&mut reader) else {
        return;
    };
    let (status, body) = answer(url, &asked);
    memory.lock().unwrap().push(asked);
    let _ = write!(
        reader.get_mut(),
        "HTTP/1.1 {status} X\r\nx-amzn-RequestId: req-1\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        line: lines.into_iter().next()?,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
