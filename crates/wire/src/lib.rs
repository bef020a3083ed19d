//! AWS protocols: query, json 1.0/1.1, rest-json; error documents; constraint checking.
