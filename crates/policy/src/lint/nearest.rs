//! What was probably meant.

/// Further apart is another word.
const MAX_DISTANCE: usize = 2;
/// Longer words are nobody's typo.
const MAX_LENGTH: usize = 64;

/// The known word that differs in case or by at most two letters; `None` when `word` itself is
/// known. Short words have too many neighbours and must be nearer.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&word) || word.len() > MAX_LENGTH {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let limit = match lower.len() {
        0..=2 => 0,
        3..=5 => 1,
        _ => MAX_DISTANCE,
    };
    let alike = known
        .iter()
        .filter(|candidate| candidate.len().abs_diff(lower.len()) <= limit);
    let near = alike.map(|candidate| {
        (
            distance(&lower, &candidate.to_ascii_lowercase()),
            *candidate,
        )
    });
    near.filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to change, add, drop or swap with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > MAX_DISTANCE {
        return MAX_DISTANCE + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut next = vec![at + 1];
        for (column, wanted) in other.iter().enumerate() {
            let cell =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut best = cell(&row, column) + usize::from(letter != wanted);
            best = best
                .min(cell(&row, column + 1) + 1)
                .min(cell(&next, column) + 1);
            let swapped = at > 0
                && column > 0
                && one.get(at - 1) == Some(wanted)
                && other.get(column - 1) == Some(letter);
            if swapped {
                best = best.min(cell(&before, column - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}
