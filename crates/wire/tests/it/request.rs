//! Requests for tests.

use shapes::Value;
use wire::Incoming;

/// A request that owns its parts.
#[derive(Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A form in the body.
    pub(crate) fn form(body: &str) -> Self {
        Self {
            method: "POST".into(),
            path: "/".into(),
            body: body.into(),
            ..Self::default()
        }
    }

    /// A form in the query string.
    pub(crate) fn get(path: &str, query: &str) -> Self {
        Self {
            method: "GET".into(),
            path: path.into(),
            query: query.into(),
            ..Self::default()
        }
    }

    /// JSON for a target.
    pub(crate) fn json(target: &str, body: &str) -> Self {
        let headers = vec![("X-Amz-Target".into(), target.into())];
        Self {
            headers,
            ..Self::form(body)
        }
    }

    pub(crate) fn at(self, path: &str) -> Self {
        Self {
            path: path.into(),
            ..self
        }
    }

    pub(crate) fn by(self, method: &str) -> Self {
        Self {
            method: method.into(),
            ..self
        }
    }

    pub(crate) fn with_query(self, query: &str) -> Self {
        Self {
            query: query.into(),
            ..self
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn incoming(&self) -> Incoming<'_> {
        Incoming {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// Recognised, decoded and validated; the code and text of what refuses it.
    pub(crate) fn read(&self) -> Result<Value, (String, u16, String)> {
        let told = |f: &base::Fault| (f.code().to_owned(), f.status(), f.message().to_owned());
        let recognised = wire::recognise(&self.incoming()).map_err(|u| told(&u.fault))?;
        let input = wire::decode(&recognised, &self.incoming()).map_err(|f| told(&f))?;
        wire::validate(recognised.service, recognised.operation, &input).map_err(|f| told(&f))?;
        Ok(input)
    }
}
