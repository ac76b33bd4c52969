//! Bytes: as text, or in hexadecimal.

use super::reader::{Reader, cut};
use super::{Value, keys};

impl Reader<'_, '_> {
    /// A text, or `{ hex = "0d 0a" }`.
    pub(super) fn bytes(&mut self, value: &Value<'_>) -> Option<Vec<u8>> {
        let bytes = self.masked_bytes(value)?;
        if let Some(mask) = value.get_ref().as_table().and_then(|table| table.get("mask")) {
            self.error(mask.span(), "there is no mask here");
        }
        Some(bytes.into_iter().map(|(byte, _)| byte).collect())
    }

    /// The same with masks: `{ hex = "0d 00", mask = "ff 0f" }`.
    pub(super) fn masked_bytes(&mut self, value: &Value<'_>) -> Option<Vec<(u8, u8)>> {
        if value.get_ref().as_str().is_some() {
            return self.text(value).map(|text| text.bytes().map(|byte| (byte, 0xff)).collect());
        }
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "a string, or a table with bytes");
            return None;
        };
        self.known(table, &[keys::BYTES]);
        let Some(hex) = table.get("hex") else {
            self.error_with_help(value.span(), "bytes are needed", "{ hex = \"0d 0a\" }");
            return None;
        };
        let bytes = self.hex(hex)?;
        let Some(mask) = table.get("mask") else {
            return Some(bytes.into_iter().map(|byte| (byte, 0xff)).collect());
        };
        let masks = self.hex(mask)?;
        if masks.len() != bytes.len() {
            self.error(mask.span(), format!("must have as many bytes as hex: {}", bytes.len()));
            return None;
        }
        Some(bytes.into_iter().zip(masks).collect())
    }

    fn hex(&mut self, value: &Value<'_>) -> Option<Vec<u8>> {
        let text = self.text(value)?;
        let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let bytes: Option<Vec<u8>> = digits
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(high)? << 4 | digit(low)?),
                _ => None,
            })
            .collect();
        if bytes.is_none() {
            let message = format!("`{}` are no bytes in hexadecimal", cut(text));
            self.error_with_help(value.span(), message, "two digits for each byte: \"0d 0a\"");
        }
        bytes
    }
}

/// Bytes as text, if they are text that everybody can read; otherwise in hexadecimal.
pub(super) fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    Some(text).filter(|text| text.chars().all(is_plain))
}

/// `0d 0a`.
pub(super) fn as_hex(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
