//! The admission webhook from the body of a review to the bytes of its answer.

#![cfg_attr(
    test,
    expect(
        clippy::needless_pass_by_value,
        reason = "tables pass what `json!` makes"
    )
)]

#[cfg(test)]
mod enforced;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod ephemeral;
#[cfg(test)]
mod json_patch;
#[cfg(test)]
mod ours;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod precedence;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod serve;
