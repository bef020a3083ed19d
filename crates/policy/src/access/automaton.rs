//! Patterns as automata, side by side: one text for each way in which texts can fit some of them
//! and not the others.
//!
//! A text is read unit by unit (UTF-16, as `?` counts). The state is which places of which patterns
//! are reached. Only units that some reached place spells can tell patterns apart; all others
//! behave alike, so one of them stands for all. With every state visited, the texts found stand
//! for all texts.

use std::collections::{HashSet, VecDeque};

use super::budget::{Budget, Exhausted};

/// What one piece of a pattern takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    /// This unit.
    Unit(u16),
    /// This letter of ASCII, given in lower case, and all that lower-cases to it.
    Letter(u16),
    /// `?`
    One(Reach),
    /// `*`
    Any(Reach),
}

/// Where wildcards end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reach {
    /// Nowhere.
    Text,
    /// At the next colon.
    Segment,
}

/// Which texts there are at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// Any.
    Text,
    /// Names of actions in lower case, without blanks, commas and wildcards.
    Action,
}

const COLON: u16 = 0x3a;

/// `K`, which lower-cases to `k`.
const KELVIN: u16 = 0x212a;

/// Patterns side by side.
pub(super) struct Automaton<'p> {
    places: Vec<(usize, Option<Piece>)>,
    starts: Vec<u32>,
    patterns: &'p [Vec<Piece>],
}

type State = Vec<u32>;

impl<'p> Automaton<'p> {
    pub(super) fn new(patterns: &'p [Vec<Piece>]) -> Self {
        let mut places = Vec::new();
        let mut starts = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            starts.push(u32::try_from(places.len()).unwrap_or(u32::MAX));
            places.extend(pattern.iter().map(|piece| (index, Some(*piece))));
            places.push((index, None));
        }
        Self {
            places,
            starts,
            patterns,
        }
    }

    /// One text, a shortest, for each set of patterns that some text fits; only texts that fit the
    /// first `musts` patterns.
    pub(super) fn texts(
        &self,
        musts: usize,
        alphabet: Alphabet,
        budget: &mut Budget,
    ) -> Result<Vec<String>, Exhausted> {
        let start = self.settle(self.starts.clone());
        let mut nodes: Vec<Node> = vec![Node::START];
        let mut known: HashSet<(State, bool)> = HashSet::new();
        let mut front = VecDeque::from([(start.clone(), 0)]);
        known.insert((start, false));
        let mut signatures: HashSet<Vec<usize>> = HashSet::new();
        let mut texts = Vec::new();
        while let Some((state, at)) = front.pop_front() {
            let node = nodes.get(at).copied().unwrap_or(Node::START);
            let accepted = self.accepted(&state);
            let complete = (0..musts).all(|must| accepted.contains(&must));
            if complete && !node.is_split() && signatures.insert(accepted) {
                texts.push(text(&nodes, at));
            }
            let symbols = self.symbols(&state, node, alphabet);
            budget.spend((symbols.len() + 1) * (state.len() + 8))?;
            for unit in symbols {
                let next = self.step(&state, unit);
                if !self.has_all(&next, musts) {
                    continue;
                }
                let next_node = Node {
                    before: at,
                    unit: Some(unit),
                };
                let key = (next, next_node.is_split());
                if known.contains(&key) {
                    continue;
                }
                front.push_back((key.0.clone(), nodes.len()));
                known.insert(key);
                nodes.push(next_node);
            }
        }
        Ok(texts)
    }

    /// Whether the text fits the pattern at `index`.
    pub(super) fn fits(&self, index: usize, text: &str) -> bool {
        let mut state = self.settle(self.starts.clone());
        for unit in text.encode_utf16() {
            state = self.step(&state, unit);
        }
        self.accepted(&state).contains(&index)
    }

    fn place(&self, place: u32) -> (usize, Option<Piece>) {
        let at = usize::try_from(place).unwrap_or(usize::MAX);
        self.places.get(at).copied().unwrap_or((usize::MAX, None))
    }

    fn step(&self, state: &State, unit: u16) -> State {
        let mut next = Vec::with_capacity(state.len() + 4);
        for place in state {
            match self.place(*place).1 {
                Some(Piece::Any(reach)) if reaches(reach, unit) => next.push(*place),
                Some(Piece::One(reach)) if reaches(reach, unit) => next.push(place + 1),
                Some(Piece::Unit(wanted)) if wanted == unit => next.push(place + 1),
                Some(Piece::Letter(letter)) if spellings(letter).contains(&unit) => {
                    next.push(place + 1);
                }
                Some(_) | None => {}
            }
        }
        self.settle(next)
    }

    /// Adds what is reached without a unit, and leaves out what a later `*` of the same pattern
    /// makes needless.
    fn settle(&self, reached: Vec<u32>) -> State {
        let mut all = reached;
        let mut at = 0;
        while let Some(place) = all.get(at).copied() {
            if let Some(Piece::Any(_)) = self.place(place).1 {
                all.push(place + 1);
            }
            at += 1;
        }
        all.sort_unstable();
        all.dedup();
        let mut kept: Vec<u32> = Vec::with_capacity(all.len());
        let mut last_star: Option<usize> = None;
        for place in all.into_iter().rev() {
            let (pattern, piece) = self.place(place);
            if last_star == Some(pattern) {
                continue;
            }
            if let Some(Piece::Any(_)) = piece {
                last_star = Some(pattern);
            }
            kept.push(place);
        }
        kept.reverse();
        kept
    }

    fn accepted(&self, state: &State) -> Vec<usize> {
        let places = state.iter().map(|place| self.place(*place));
        places
            .filter(|(_, piece)| piece.is_none())
            .map(|(pattern, _)| pattern)
            .collect()
    }

    fn has_all(&self, state: &State, musts: usize) -> bool {
        let mut found = state.iter().map(|place| self.place(*place).0);
        (0..musts).all(|must| found.by_ref().any(|pattern| pattern == must))
    }

    /// The units that can make a difference here, and one for all the others.
    fn symbols(&self, state: &State, node: Node, alphabet: Alphabet) -> Vec<u16> {
        let mut symbols = Vec::new();
        for place in state {
            match self.place(*place).1 {
                Some(Piece::Unit(unit)) => symbols.push(unit),
                Some(Piece::Letter(letter)) => symbols.extend(spellings(letter)),
                Some(Piece::One(Reach::Segment) | Piece::Any(Reach::Segment)) => {
                    symbols.push(COLON);
                }
                Some(Piece::One(Reach::Text) | Piece::Any(Reach::Text)) | None => {}
            }
        }
        symbols.sort_unstable();
        symbols.dedup();
        let other = if node.is_split() {
            symbols.retain(|unit| is_low(*unit));
            (0xdc00..=0xdfff).find(|unit| !symbols.contains(unit))
        } else {
            symbols.retain(|unit| !is_low(*unit) && alphabet.has(*unit));
            alphabet.others().find(|unit| !symbols.contains(unit))
        };
        symbols.extend(other);
        symbols
    }

    /// How large the patterns are in all.
    pub(super) fn size(&self) -> usize {
        self.places.len() + self.patterns.len()
    }
}

/// How a text goes on from another.
#[derive(Clone, Copy)]
struct Node {
    before: usize,
    unit: Option<u16>,
}

impl Node {
    const START: Self = Self {
        before: 0,
        unit: None,
    };

    /// The text ends between the two halves of a supplementary character.
    fn is_split(self) -> bool {
        self.unit
            .is_some_and(|unit| (0xd800..=0xdbff).contains(&unit))
    }
}

fn text(nodes: &[Node], end: usize) -> String {
    let mut units = Vec::new();
    let mut at = end;
    while let Some(Node {
        before,
        unit: Some(unit),
    }) = nodes.get(at)
    {
        units.push(*unit);
        at = *before;
    }
    units.reverse();
    String::from_utf16_lossy(&units)
}

fn reaches(reach: Reach, unit: u16) -> bool {
    match reach {
        Reach::Text => true,
        Reach::Segment => unit != COLON,
    }
}

fn is_low(unit: u16) -> bool {
    (0xdc00..=0xdfff).contains(&unit)
}

fn spellings(letter: u16) -> Vec<u16> {
    let upper = match letter {
        0x61..=0x7a => letter - 0x20,
        other => other,
    };
    let mut all = vec![letter, upper];
    if letter == u16::from(b'k') {
        all.push(KELVIN);
    }
    all.dedup();
    all
}

impl Alphabet {
    fn has(self, unit: u16) -> bool {
        match self {
            Self::Text => true,
            Self::Action => {
                let graphic = (0x21..=0x7e).contains(&unit);
                let upper = (0x41..=0x5a).contains(&unit);
                graphic && !upper && ![0x2a, 0x2c, 0x3f].contains(&unit)
            }
        }
    }

    /// Units to choose from, no colon among them.
    fn others(self) -> impl Iterator<Item = u16> {
        let readable = (b'a'..=b'z').rev().chain(b'0'..=b'9').map(u16::from);
        let more = (0x21..=0x7e)
            .chain(0xa1..0xd800)
            .filter(|unit| *unit != COLON);
        let start = [u16::from(b'x')].into_iter().chain(readable);
        start.chain(more).filter(move |unit| self.has(*unit))
    }
}
