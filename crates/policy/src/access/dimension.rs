//! One thing that requests differ in: the caller, the action, the resource, a condition key.
//!
//! A dimension is a list of points that stands for everything a request can hold there: whatever it
//! holds, some point is treated alike by every statement in question. What a point is worth to a
//! statement is told by the evaluator itself; only that the points are complete is claimed here.

use std::collections::HashMap;

use super::bits::Bits;
use crate::document::Document;
use crate::request::Caller;
use crate::statement::Statement;

/// A statement and the document that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) document: &'a Document,
    pub(super) statement: &'a Statement,
}

/// What a request may hold in one dimension.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) value: Value,
    /// What must come out so or so beside the value for the point to be what it is.
    pub(super) hopes: Vec<Hope>,
}

/// What a request holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Who asks; none where policies name nobody.
    Caller(Option<Caller>),
    /// In lower case.
    Action(String),
    Resource(String),
    /// A key of the context.
    Key(String, State),
    /// Something that is not known how to write down.
    Unknown,
}

/// A condition key of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    One(String),
    Many(Vec<String>),
}

/// A pattern with variables, and whether a text is to fit it.
#[derive(Clone, Debug)]
pub(super) struct Hope {
    pub(super) pattern: String,
    pub(super) text: String,
    pub(super) fits: bool,
}

/// The points, and for each statement which of them it takes.
#[derive(Clone, Debug)]
pub(super) struct Dimension {
    pub(super) points: Vec<Point>,
    pub(super) members: Vec<Bits>,
}

/// Collects points; of those that all statements treat alike the plainest is kept.
pub(super) struct Collector {
    statements: usize,
    rows: Vec<Vec<bool>>,
    known: HashMap<Vec<bool>, usize>,
    points: Vec<Point>,
}

impl Collector {
    pub(super) fn new(statements: usize) -> Self {
        Self {
            statements,
            rows: Vec::new(),
            known: HashMap::new(),
            points: Vec::new(),
        }
    }

    /// `row` has for each statement whether it takes the point.
    pub(super) fn add(&mut self, point: Point, row: Vec<bool>) {
        let known = self.known.get(&row).and_then(|at| self.points.get_mut(*at));
        match known {
            Some(known) if point.is_better_than(known) => *known = point,
            Some(_) => {}
            None => {
                self.known.insert(row.clone(), self.points.len());
                self.rows.push(row);
                self.points.push(point);
            }
        }
    }

    pub(super) fn finish(self) -> Dimension {
        let takes = |row: &Vec<bool>, statement| row.get(statement).copied().unwrap_or(false);
        let members = (0..self.statements)
            .map(|statement| self.rows.iter().map(|row| takes(row, statement)).collect())
            .collect();
        Dimension {
            points: self.points,
            members,
        }
    }
}

impl Point {
    /// A point that is what it is, whatever else the request holds.
    pub(super) fn plain(value: Value) -> Self {
        Self {
            value,
            hopes: Vec::new(),
        }
    }

    /// Whether more is known of this one.
    fn is_better_than(&self, other: &Self) -> bool {
        let doubts = |point: &Self| (matches!(point.value, Value::Unknown), point.hopes.len());
        doubts(self) < doubts(other)
    }
}

/// All ways to answer so many questions.
pub(super) fn choices(count: usize) -> impl Iterator<Item = Vec<bool>> {
    let all = 1_usize << count.min(MAX_OPEN);
    (0..all).map(move |chosen| (0..count).map(|at| chosen >> at & 1 == 1).collect())
}

/// How many questions may stay open at one point.
pub(super) const MAX_OPEN: usize = 10;
