//! The evaluators that are measured, each with a case prepared.

use std::hint::black_box;

use policy::compiled::{CompiledLayers, decide as decide_compiled};
use policy::decide;

use crate::case::Case;
use crate::fault::Fault;
use crate::time::nanoseconds;

/// What a case takes with each evaluator.
pub(crate) struct Times {
    /// In nanoseconds; none when an evaluator cannot answer.
    pub(crate) columns: Vec<Option<f64>>,
}

/// The columns' headings.
pub(crate) const NAMES: &[&str] = &[
    "compiled",
    "plain",
    #[cfg(feature = "peers")]
    "cedar-policy",
    #[cfg(feature = "peers")]
    "iam-rs",
];

/// Nanoseconds of one warm decision.
pub(crate) fn measure(case: &Case) -> Result<Times, Fault> {
    let columns = vec![
        Some(compiled(case)?),
        Some(plain(case)?),
        #[cfg(feature = "peers")]
        crate::cedar::measure(case)?,
        #[cfg(feature = "peers")]
        crate::iam_rs::measure(case)?,
    ];
    Ok(Times { columns })
}

fn compiled(case: &Case) -> Result<f64, Fault> {
    let prepared = case.prepare()?;
    let request = case.request(&prepared);
    let layers = CompiledLayers::compile(&prepared.layers);
    case.check("compiled", decide_compiled(&request, &layers).is_allowed())?;
    Ok(nanoseconds(|| {
        decide_compiled(black_box(&request), black_box(&layers))
    }))
}

fn plain(case: &Case) -> Result<f64, Fault> {
    let prepared = case.prepare()?;
    let request = case.request(&prepared);
    let layers = &prepared.layers;
    case.check("plain", decide(&request, layers).is_allowed())?;
    Ok(nanoseconds(|| {
        decide(black_box(&request), black_box(layers))
    }))
}
