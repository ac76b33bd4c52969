//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side, without channel binding.

use super::base64::{decode, encode};
use super::secrets::{hmac_sha256, pbkdf2_sha256, random, sha256, xor};
use super::talk::{Fault, quoted};
use std::num::NonZeroU32;

/// Its name.
pub(super) const NAME: &str = "SCRAM-SHA-256";

/// The server says how often the password is hashed; it shall not keep the director busy.
const MAX_ROUNDS: u32 = 200_000;

/// One login.
pub(super) struct Scram {
    password: String,
    nonce: String,
    /// What the server must say in the end.
    signature: Vec<u8>,
}

impl Scram {
    /// Begins one. The password is taken as it is: SASLprep is left out.
    pub(super) fn begin(password: &str) -> Result<Self, Fault> {
        Ok(Self::with_nonce(password, &encode(&random::<18>()?)))
    }

    fn with_nonce(password: &str, nonce: &str) -> Self {
        Self { password: password.to_owned(), nonce: nonce.to_owned(), signature: Vec::new() }
    }

    /// What the client says first. The name was told by other means.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.bare())
    }

    fn bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// What the client says to what the server says first.
    pub(super) fn prove(&mut self, server: &str) -> Result<String, Fault> {
        let bare = self.bare();
        self.prove_with(&bare, server)
    }

    fn prove_with(&mut self, bare: &str, server: &str) -> Result<String, Fault> {
        let field = |name: &str| server.split(',').find_map(|field| field.strip_prefix(name));
        let garbled = || format!("no SCRAM: {}", quoted(server));
        let nonce =
            field("r=").filter(|it| it.starts_with(&self.nonce) && *it != self.nonce).ok_or_else(garbled)?;
        let salt = field("s=").and_then(decode).ok_or_else(garbled)?;
        let rounds: NonZeroU32 = field("i=").and_then(|text| text.parse().ok()).ok_or_else(garbled)?;
        if rounds.get() > MAX_ROUNDS {
            return Err(format!("SCRAM with {rounds} rounds: more than {MAX_ROUNDS}"));
        }
        let salted = pbkdf2_sha256(self.password.as_bytes(), &salt, rounds);
        // biws: no channel binding, as was said first.
        let ours = format!("c=biws,r={nonce}");
        let all = format!("{bare},{server},{ours}");
        let client_key = hmac_sha256(&salted, b"Client Key");
        let proof = xor(&client_key, &hmac_sha256(&sha256(&[&client_key]), all.as_bytes()));
        self.signature = hmac_sha256(&hmac_sha256(&salted, b"Server Key"), all.as_bytes());
        Ok(format!("{ours},p={}", encode(&proof)))
    }

    /// Does the server know the password too?
    pub(super) fn verify(&self, server: &str) -> Result<(), Fault> {
        let said = server.strip_prefix("v=").and_then(decode);
        let is_right = !self.signature.is_empty() && said.as_ref() == Some(&self.signature);
        if is_right { Ok(()) } else { Err("the server does not know the password itself".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn begun() -> Scram {
        Scram::with_nonce("pencil", "rOprNGfwEbeRWgbNEkqO")
    }

    #[test]
    fn as_the_rfc_has_it() {
        // RFC 7677, section 3; there the name is said here.
        let mut scram = begun();
        let proof = scram.prove_with("n=user,r=rOprNGfwEbeRWgbNEkqO", FIRST).unwrap();
        assert_eq!(
            proof,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(scram.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
        assert!(scram.verify("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").is_err());
        assert_eq!(begun().first(), "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
    }

    #[test]
    fn servers_that_play_false_are_refused() {
        for server in [
            "",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
        ] {
            assert!(begun().prove(server).unwrap_err().starts_with("no SCRAM"), "{server}");
        }
        let busy = "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000";
        assert!(begun().prove(busy).unwrap_err().contains("rounds"));
        assert!(begun().verify("v=").is_err(), "nothing was proved before");
    }
}
