//! The CloudTrail record model, sinks and look-up index.
