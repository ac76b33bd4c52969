//! MySQL's logins: `mysql_native_password`, `caching_sha2_password`, and passwords said over TLS.

use super::rsa::PublicKey;
use super::secrets::{random, sha1, sha256, xor};
use super::talk::{Fault, quoted};
use crate::lvs;

const NATIVE: &str = "mysql_native_password";
const CACHING: &str = "caching_sha2_password";
/// These want the password as it is.
const CLEAR: [&str; 2] = ["mysql_clear_password", "sha256_password"];

// Capabilities.
const LONG_PASSWORD: u32 = 1;
const CONNECT_WITH_DB: u32 = 1 << 3;
const PROTOCOL_41: u32 = 1 << 9;
const TLS: u32 = 1 << 11;
const TRANSACTIONS: u32 = 1 << 13;
const SECURE_CONNECTION: u32 = 1 << 15;
const PLUGIN_AUTH: u32 = 1 << 19;

const MAX_PACKET: u32 = 1 << 20;
/// utf8mb4_general_ci.
const CHARSET: u8 = 45;
/// Random bytes of the server's.
const SCRAMBLE: usize = 20;

/// What the server says first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    capabilities: u32,
    scramble: Vec<u8>,
    plugin: String,
}

impl Greeting {
    /// Of version 10; `None`: it is none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[10])?;
        let version_end = rest.iter().position(|byte| *byte == 0)?;
        // The connection's number, 8 bytes of scramble, and one of nothing.
        let rest = rest.get(version_end + 1 + 4..)?;
        let (first, rest) = rest.split_at_checked(8)?;
        // Capabilities, charset, status, capabilities, scramble's length, ten bytes of nothing.
        let (fixed, rest) = rest.get(1..)?.split_first_chunk::<18>()?;
        let capabilities = u32::from_le_bytes([fixed[0], fixed[1], fixed[5], fixed[6]]);
        let second_len = usize::from(fixed[7]).saturating_sub(8).max(13);
        let (second, rest) = rest.split_at_checked(second_len)?;
        let scramble = [first, second].concat().into_iter().take(SCRAMBLE).collect();
        let name_end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        let plugin = String::from_utf8_lossy(&rest[..name_end]).into_owned();
        let is_41 = capabilities & PROTOCOL_41 != 0 && capabilities & SECURE_CONNECTION != 0;
        is_41.then_some(Self { capabilities, scramble, plugin })
    }

    pub(super) fn speaks_tls(&self) -> bool {
        self.capabilities & TLS != 0
    }

    /// How every answer to it begins; alone it wishes for TLS. What is wished for must be the same before TLS and in it:
    /// MariaDB looks at the first only.
    pub(super) fn opening(&self, database: &str, is_secret: bool) -> Vec<u8> {
        let mut wanted = LONG_PASSWORD | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION;
        wanted |= self.capabilities & PLUGIN_AUTH;
        for (bit, is_wanted) in [(TLS, is_secret), (CONNECT_WITH_DB, !database.is_empty())] {
            wanted |= if is_wanted { bit } else { 0 };
        }
        [&wanted.to_le_bytes(), &MAX_PACKET.to_le_bytes(), &[CHARSET][..], &[0; 23]].concat()
    }
}

/// One login.
pub(super) struct Login<'a> {
    login: &'a lvs::Login,
    greeting: &'a Greeting,
    is_secret: bool,
    plugin: String,
    scramble: Vec<u8>,
    /// The server's key was asked for.
    wants_key: bool,
}

impl<'a> Login<'a> {
    pub(super) fn new(login: &'a lvs::Login, greeting: &'a Greeting, is_secret: bool) -> Self {
        // With a way that is not made here the server is offered another: it says then which the user has.
        let plugin = if greeting.plugin == CACHING { CACHING } else { NATIVE };
        Self {
            login,
            greeting,
            is_secret,
            plugin: plugin.into(),
            scramble: greeting.scramble.clone(),
            wants_key: false,
        }
    }

    /// The answer to the greeting.
    pub(super) fn response(&self, database: &str) -> Vec<u8> {
        let mut out = self.greeting.opening(database, self.is_secret);
        out.extend([self.login.name.as_bytes(), b"\0"].concat());
        let proof = self.proof();
        out.push(proof.len() as u8);
        out.extend(proof);
        if !database.is_empty() {
            out.extend([database.as_bytes(), b"\0"].concat());
        }
        if self.greeting.capabilities & PLUGIN_AUTH != 0 {
            out.extend([self.plugin.as_bytes(), b"\0"].concat());
        }
        out
    }

    /// That the password is known, for the two ways that do not say it; nothing for none.
    fn proof(&self) -> Vec<u8> {
        let password = self.login.password.as_bytes();
        if password.is_empty() {
            return Vec::new();
        }
        if self.plugin == CACHING {
            let once = sha256(&[password]);
            return xor(&once, &sha256(&[&sha256(&[&once]), &self.scramble]));
        }
        let once = sha1(&[password]);
        xor(&once, &sha1(&[&self.scramble, &sha1(&[&once])]))
    }

    /// The server wants another way, with another scramble.
    pub(super) fn switched(&mut self, request: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut parts = request.splitn(2, |byte| *byte == 0);
        let plugin = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let scramble = parts.next().unwrap_or_default();
        if plugin.is_empty() {
            return Err("the server wants a password of before version 4.1".into());
        } else if CLEAR.contains(&plugin.as_str()) {
            return match self.is_secret {
                true => Ok([self.login.password.as_bytes(), b"\0"].concat()),
                false => Err(format!("{plugin} is only made over TLS, which the server does not speak")),
            };
        } else if ![NATIVE, CACHING].contains(&plugin.as_str()) {
            return Err(format!("the user's login is by {}, which is not made here", quoted(&plugin)));
        }
        self.plugin = plugin;
        self.scramble = scramble.iter().copied().take(SCRAMBLE).collect();
        Ok(self.proof())
    }

    /// More of `caching_sha2_password`: `None`, nothing is to be said.
    pub(super) fn more(&mut self, data: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let clear = [self.login.password.as_bytes(), b"\0"].concat();
        match data {
            _ if self.plugin != CACHING => Err("more is wanted than there is to a login".into()),
            // Known from an earlier login.
            [3] => Ok(None),
            // Not known: the password itself is wanted.
            [4] if self.is_secret => Ok(Some(clear)),
            [4] if !self.wants_key => {
                self.wants_key = true;
                Ok(Some(vec![2]))
            }
            key if self.wants_key => {
                self.wants_key = false;
                let key = PublicKey::from_pem(&String::from_utf8_lossy(key))?;
                if self.scramble.is_empty() {
                    return Err("the server sent no scramble".into());
                }
                let scramble: Vec<u8> = self.scramble.iter().copied().cycle().take(clear.len()).collect();
                Ok(Some(key.encrypt(&xor(&clear, &scramble), &random()?)?))
            }
            _ => Err("no packet of caching_sha2_password".into()),
        }
    }
}
