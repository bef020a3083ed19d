//! Versions of a secret and the rules of their staging labels.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>

use base::{Fault, Timestamp};
use serde::{Deserialize, Serialize};

use super::refusal::limit_exceeded;

/// The label of the version that readers get.
pub(super) const CURRENT: &str = "AWSCURRENT";
/// The label of a version that is about to become the current one.
const PENDING: &str = "AWSPENDING";
/// The label of the version that was current before.
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// A version holds at most so many labels ("AWS Secrets Manager quotas").
const MAX_LABELS: usize = 20;
/// Versions without a label are removed beyond so many ("AWS Secrets Manager quotas").
const KEPT_VERSIONS: usize = 100;
/// … but not before they are a day old.
const MIN_AGE_SECS: i64 = 24 * 60 * 60;
/// What a secret may grow to when it is written faster than its versions age. AWS bounds this
/// too, without telling where.
const MAX_VERSIONS: usize = 1_000;

/// One version: its value lies in a row of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    /// The ClientRequestToken that made it.
    pub(super) id: String,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// Its labels; a version without any is deprecated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) labels: Vec<String>,
    /// The day, at midnight, of its last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accessed_on: Option<Timestamp>,
}

/// All versions of a secret, oldest first.
///
/// INVARIANT: a label is on one version at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Versions(Vec<Version>);

impl Versions {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Version> {
        self.0.iter()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Version> {
        self.0.iter().find(|version| version.id == id)
    }

    pub(super) fn by_id_mut(&mut self, id: &str) -> Option<&mut Version> {
        self.0.iter_mut().find(|version| version.id == id)
    }

    /// The version that holds the label.
    pub(super) fn labelled(&self, label: &str) -> Option<&Version> {
        self.0
            .iter()
            .find(|version| version.labels.iter().any(|held| held == label))
    }

    /// Adds a version with these labels, taking them from whichever version holds them. The first
    /// version becomes the current one whatever the labels. Answers the ids of versions that went
    /// out of keeping.
    pub(super) fn add(
        &mut self,
        id: &str,
        now: Timestamp,
        labels: &[String],
    ) -> Result<Vec<String>, Fault> {
        let first = self.is_empty();
        self.0.push(Version {
            id: id.to_owned(),
            created_at: now,
            labels: Vec::new(),
            accessed_on: None,
        });
        self.attach_all(labels, id)?;
        if first {
            self.attach(CURRENT, id)?;
        }
        let removed = self.trim(now);
        if self.0.len() > MAX_VERSIONS {
            return Err(limit_exceeded(format!(
                "The secret has more than {MAX_VERSIONS} versions that are younger than 24 hours \
                 or have a staging label. Write it less often."
            )));
        }
        Ok(removed)
    }

    /// Moves labels to a version; AWSCURRENT last, for it moves AWSPREVIOUS too.
    pub(super) fn attach_all(&mut self, labels: &[String], id: &str) -> Result<(), Fault> {
        let (current, others): (Vec<_>, Vec<_>) =
            labels.iter().partition(|label| *label == CURRENT);
        others
            .into_iter()
            .chain(current)
            .try_for_each(|label| self.attach(label, id))
    }

    /// Moves a label to a version. The one that loses AWSCURRENT becomes AWSPREVIOUS, and is
    /// pending no more (recorded from AWS).
    pub(super) fn attach(&mut self, label: &str, id: &str) -> Result<(), Fault> {
        let loser = self.labelled(label).map(|version| version.id.clone());
        if loser.as_deref() == Some(id) {
            return Ok(());
        }
        self.detach(label);
        if let Some(version) = self.by_id_mut(id) {
            version.labels.push(label.to_owned());
        }
        if let (CURRENT, Some(loser)) = (label, &loser) {
            if let Some(version) = self.by_id_mut(loser) {
                version.labels.retain(|held| held != PENDING);
            }
            self.attach(PREVIOUS, loser)?;
        }
        let crowded = self
            .0
            .iter()
            .any(|version| version.labels.len() > MAX_LABELS);
        if crowded {
            return Err(limit_exceeded(format!(
                "A secret version can have at most {MAX_LABELS} staging labels."
            )));
        }
        Ok(())
    }

    /// Takes a label from the version that holds it.
    pub(super) fn detach(&mut self, label: &str) {
        for version in &mut self.0 {
            version.labels.retain(|held| held != label);
        }
    }

    /// Drops the oldest deprecated versions beyond what is kept.
    fn trim(&mut self, now: Timestamp) -> Vec<String> {
        let mut excess = self.0.len().saturating_sub(KEPT_VERSIONS);
        let mut removed = Vec::new();
        self.0.retain(|version| {
            let age_secs = now.as_second() - version.created_at.as_second();
            let goes = excess > 0 && version.labels.is_empty() && age_secs >= MIN_AGE_SECS;
            if goes {
                excess -= 1;
                removed.push(version.id.clone());
            }
            !goes
        });
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn labels(versions: &Versions) -> Vec<(&str, Vec<&str>)> {
        versions
            .iter()
            .map(|version| {
                (
                    version.id.as_str(),
                    version.labels.iter().map(String::as_str).collect(),
                )
            })
            .collect()
    }

    fn with(added: &[(&str, &[&str])]) -> Versions {
        let mut versions = Versions::default();
        for (id, wanted) in added {
            let wanted: Vec<_> = wanted.iter().map(|label| (*label).to_owned()).collect();
            versions.add(id, at(0), &wanted).unwrap();
        }
        versions
    }

    #[test]
    fn labels_move_as_on_aws() {
        let check = |added: &[(&str, &[&str])], expected: &[(&str, Vec<&str>)]| {
            assert_eq!(labels(&with(added)), expected);
        };
        check(&[("1", &[CURRENT])], &[("1", vec![CURRENT])]);
        check(&[("1", &["blue"])], &[("1", vec!["blue", CURRENT])]);
        check(
            &[("1", &[CURRENT]), ("2", &[CURRENT])],
            &[("1", vec![PREVIOUS]), ("2", vec![CURRENT])],
        );
        check(
            &[("1", &[CURRENT]), ("2", &[CURRENT]), ("3", &[CURRENT])],
            &[("1", vec![]), ("2", vec![PREVIOUS]), ("3", vec![CURRENT])],
        );
        check(
            &[("1", &[CURRENT]), ("2", &["AWSPENDING"])],
            &[("1", vec![CURRENT]), ("2", vec!["AWSPENDING"])],
        );
        check(
            &[("1", &[CURRENT, PENDING]), ("2", &[CURRENT])],
            &[("1", vec![PREVIOUS]), ("2", vec![CURRENT])],
        );
        check(
            &[("1", &["blue"]), ("2", &["blue", CURRENT])],
            &[("1", vec![PREVIOUS]), ("2", vec!["blue", CURRENT])],
        );
    }

    #[test]
    fn going_back_swaps_current_and_previous() {
        let mut versions = with(&[("1", &[CURRENT]), ("2", &[CURRENT])]);
        versions.attach(CURRENT, "1").unwrap();
        assert_eq!(
            labels(&versions),
            [("1", vec![CURRENT]), ("2", vec![PREVIOUS])]
        );
        versions.attach(CURRENT, "1").unwrap();
        assert_eq!(
            labels(&versions),
            [("1", vec![CURRENT]), ("2", vec![PREVIOUS])]
        );
    }

    #[test]
    fn twenty_labels_and_no_more() {
        let mut versions = with(&[("1", &[CURRENT])]);
        for number in 1..MAX_LABELS {
            versions.attach(&format!("label{number}"), "1").unwrap();
        }
        let fault = versions.attach("one more", "1").unwrap_err();
        assert_eq!(fault.code(), "LimitExceededException");
    }

    #[test]
    fn old_deprecated_versions_go_young_ones_stay() {
        let mut versions = Versions::default();
        let current = [CURRENT.to_owned()];
        for number in 0..120 {
            assert!(
                versions
                    .add(&format!("v{number}"), at(number), &current)
                    .unwrap()
                    .is_empty()
            );
        }
        assert!(
            versions
                .add("young", at(MIN_AGE_SECS - 1), &current)
                .unwrap()
                .is_empty()
        );
        let removed = versions
            .add("last", at(MIN_AGE_SECS + 9), &current)
            .unwrap();
        let expected: Vec<_> = (0..10).map(|number| format!("v{number}")).collect();
        assert_eq!(removed, expected);
        let removed = versions
            .add("next", at(2 * MIN_AGE_SECS), &current)
            .unwrap();
        assert_eq!(
            (removed.len(), versions.iter().count()),
            (13, KEPT_VERSIONS)
        );
    }

    #[test]
    fn a_flood_of_versions_ends() {
        let mut versions = Versions::default();
        for number in 0..MAX_VERSIONS {
            versions.add(&format!("v{number}"), at(0), &[]).unwrap();
        }
        let fault = versions.add("one more", at(0), &[]).unwrap_err();
        assert_eq!(fault.code(), "LimitExceededException");
    }
}
