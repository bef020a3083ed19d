//! Percent-encoding as Signature V4 has it: unreserved characters stay, everything else becomes
//! `%XX` in upper case.

use crate::AuthFault;

/// Appends `bytes` encoded; `keep` names characters left alone beside the unreserved ones.
pub(crate) fn encode_into(out: &mut Vec<u8>, bytes: &[u8], keep: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.contains(&byte) {
            out.push(byte);
        } else {
            out.extend([b'%', hex_digit(byte >> 4), hex_digit(byte & 0xf)]);
        }
    }
}

/// `bytes` encoded, slashes too.
pub(crate) fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    encode_into(&mut out, bytes, b"");
    out
}

/// Undoes the escapes; a `+` becomes `plus`. Errors with AWS's texts.
pub(crate) fn decode(text: &[u8], plus: u8) -> Result<Vec<u8>, AuthFault> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'%' => {
                let (byte, tail) = decode_escape(tail)?;
                out.push(byte);
                rest = tail;
            }
            b'+' => out.push(plus),
            other => out.push(other),
        }
    }
    Ok(out)
}

fn decode_escape(text: &[u8]) -> Result<(u8, &[u8]), AuthFault> {
    let Some((&[high, low], rest)) = text.split_first_chunk::<2>() else {
        let text = "Incomplete trailing escape % sequence".to_owned();
        return Err(AuthFault::MalformedQuery(text));
    };
    let (Some(high_nibble), Some(low_nibble)) = (nibble(high), nibble(low)) else {
        let shown: String = [high, low].into_iter().map(char::from).collect();
        let text = format!("Illegal hex character in escape % pattern: %{shown}");
        return Err(AuthFault::MalformedQuery(text));
    };
    Ok((high_nibble << 4 | low_nibble, rest))
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'A' + nibble - 10,
    }
}
