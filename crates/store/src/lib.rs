//! An ordered, transactional key-value port with revisions, watch and append-only streams; the in-memory engine; the contract suite.
