//! Tokens, keys and the key cache through the crate's public face.

#[cfg(test)]
mod bad_tokens;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod issuing;
#[cfg(test)]
mod key_cache;
#[cfg(test)]
mod key_files;
#[cfg(test)]
mod key_sets;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recorded_keys;
#[cfg(test)]
mod signatures;
