//! What a watch keeps right.

/// Something that is kept in step with the objects of one kind.
///
/// A watch begins with `begin`, `listed` for each object there is and `finish`; then `applied` and
/// `deleted` as things change, until it has to begin again. What was known before `begin` stays
/// until `finish` shows that it is gone.
pub(crate) trait Index<K>: Send + Sync {
    /// A list of all objects begins.
    fn begin(&self);

    /// An object of the list.
    fn listed(&self, object: &K);

    /// The list is complete.
    fn finish(&self);

    /// An object is new or has changed.
    fn applied(&self, object: &K);

    /// An object is gone.
    fn deleted(&self, object: &K);
}
