//! A step of the demo: what it does, and what came of it.

use std::pin::Pin;

use serde_json::{Map, Value, json};

use super::stage::Stage;
use super::wrong::Wrong;

/// One step. It goes wrong as soon as anything is not as it must be.
pub(super) struct Step {
    /// One word; what other steps and programs call it.
    pub(super) name: &'static str,
    /// Does it, and checks what came of it.
    pub(super) take: for<'s> fn(&'s mut Stage) -> Taking<'s>,
}

/// A step under way.
pub(super) type Taking<'s> = Pin<Box<dyn Future<Output = Result<Shown, Wrong>> + Send + 's>>;

/// What a step that went as it must has to show.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// One line: what is so now.
    pub(super) detail: String,
    /// What there is to see, for people: a title and lines below it.
    pub(super) sights: Vec<Sight>,
    /// The same for programs.
    pub(super) data: Map<String, Value>,
}

/// A title and lines below it.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) title: String,
    pub(super) text: String,
}

/// How a step came out.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The step.
    pub(super) name: &'static str,
    /// What it has to show, or what was not as it must be.
    pub(super) result: Result<Shown, Wrong>,
}

impl Shown {
    /// Shows this one line.
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::default()
        }
    }

    /// Adds something to see.
    #[must_use]
    pub(super) fn sight(mut self, title: impl Into<String>, text: impl Into<String>) -> Self {
        self.sights.push(Sight {
            title: title.into(),
            text: text.into(),
        });
        self
    }

    /// Adds a member for programs.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }
}

impl Outcome {
    /// Whether the step went as it must.
    pub(super) fn is_ok(&self) -> bool {
        self.result.is_ok()
    }

    /// Name, success, one line, and what the step shows.
    pub(super) fn value(&self) -> Value {
        let mut members = Map::new();
        members.insert("name".into(), json!(self.name));
        members.insert("ok".into(), json!(self.is_ok()));
        match &self.result {
            Ok(shown) => {
                members.insert("detail".into(), json!(shown.detail));
                members.extend(shown.data.clone());
            }
            Err(wrong) => {
                members.insert("detail".into(), json!(wrong.to_string()));
            }
        }
        Value::Object(members)
    }
}
