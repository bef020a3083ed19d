//! The patterns of string members, compiled when the code is generated.

use std::collections::BTreeSet;

/// A pattern that a whole text must match.
#[derive(Debug)]
pub struct Pattern {
    /// As the model writes it; this is what error texts quote.
    pub source: &'static str,
    /// What it means.
    pub node: Node,
}

/// One part of a pattern.
#[derive(Debug)]
pub enum Node {
    /// The empty text.
    Empty,
    /// One character of these inclusive, ascending ranges.
    Class(&'static [(char, char)]),
    /// One part after the other.
    Concat(&'static [Node]),
    /// One of the parts.
    Alternation(&'static [Node]),
    /// A part repeated.
    Repeat {
        /// What is repeated.
        node: &'static Node,
        /// How often at least.
        min: usize,
        /// How often at most.
        max: Option<usize>,
    },
}

impl Pattern {
    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        if let Node::Repeat {
            node: Node::Class(ranges),
            min,
            max: None,
        } = &self.node
        {
            return text.chars().count() >= *min && text.chars().all(|c| contains(ranges, c));
        }
        let text: Vec<char> = text.chars().collect();
        self.node
            .ends(&text, &BTreeSet::from([0]))
            .contains(&text.len())
    }
}

impl Node {
    /// Every position where this part may end, given where it may start. Sets of positions, not
    /// backtracking, keep the work polynomial whatever the text.
    fn ends(&self, text: &[char], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        match self {
            Self::Empty => starts.clone(),
            Self::Class(ranges) => starts
                .iter()
                .filter(|&&at| text.get(at).is_some_and(|&c| contains(ranges, c)))
                .map(|at| at + 1)
                .collect(),
            Self::Concat(parts) => parts
                .iter()
                .fold(starts.clone(), |starts, part| part.ends(text, &starts)),
            Self::Alternation(parts) => parts
                .iter()
                .flat_map(|part| part.ends(text, starts))
                .collect(),
            Self::Repeat { node, min, max } => repeat(node, *min, *max, text, starts),
        }
    }
}

fn repeat(
    node: &Node,
    min: usize,
    max: Option<usize>,
    text: &[char],
    starts: &BTreeSet<usize>,
) -> BTreeSet<usize> {
    let mut current = starts.clone();
    for _ in 0..min {
        current = node.ends(text, &current);
    }
    let mut reached = current.clone();
    let mut round = min;
    while !current.is_empty() && max.is_none_or(|max| round < max) {
        current = node
            .ends(text, &current)
            .difference(&reached)
            .copied()
            .collect();
        reached.extend(&current);
        round += 1;
    }
    reached
}

fn contains(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|&(first, _)| first <= c);
    after
        .checked_sub(1)
        .and_then(|at| ranges.get(at))
        .is_some_and(|&(_, last)| c <= last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: Node = Node::Class(&[('a', 'c'), ('x', 'z')]);
    const DASHED: Node = Node::Repeat {
        node: &Node::Concat(&[
            Node::Repeat {
                node: &LETTERS,
                min: 1,
                max: None,
            },
            Node::Class(&[('-', '-')]),
        ]),
        min: 1,
        max: Some(2),
    };

    #[test]
    fn the_whole_text_must_match() {
        let letters = Pattern {
            source: "[a-cx-z]*",
            node: Node::Repeat {
                node: &LETTERS,
                min: 0,
                max: None,
            },
        };
        let dashed = Pattern {
            source: "([a-cx-z]+-){1,2}|q?",
            node: Node::Alternation(&[
                DASHED,
                Node::Repeat {
                    node: &Node::Class(&[('q', 'q')]),
                    min: 0,
                    max: Some(1),
                },
            ]),
        };
        let cases = [
            (&letters, "", true),
            (&letters, "abcxyz", true),
            (&letters, "abd", false),
            (&letters, "ab\n", false),
            (&dashed, "a-", true),
            (&dashed, "ab-xyz-", true),
            (&dashed, "a-b-c-", false),
            (&dashed, "a", false),
            (&dashed, "q", true),
            (&dashed, "", true),
            (&dashed, "qq", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                pattern.matches(text),
                expected,
                "{} on {text:?}",
                pattern.source
            );
        }
    }
}
