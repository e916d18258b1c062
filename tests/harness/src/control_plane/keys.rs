use std::io;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Error, Result};

/// A random bearer token: the server is on loopback, where every user of the machine can reach it.
pub(super) fn token() -> Result<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|e| Error::io("making a token")(io::Error::other(e)))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A key pair for ServiceAccount tokens, each half in PEM.
pub(super) struct KeyPair {
    pub(super) private: String,
    pub(super) public: String,
}

pub(super) fn key_pair() -> Result<KeyPair> {
    let der = || {
        let private =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref())?;
        let public: PublicKeyX509Der = pair.public_key().as_der()?;
        Ok::<_, Unspecified>((
            pem("PRIVATE", private.as_ref()),
            pem("PUBLIC", public.as_ref()),
        ))
    };
    let (private, public) =
        der().map_err(|e| Error::io("making a key pair")(io::Error::other(e)))?;
    Ok(KeyPair { private, public })
}

fn pem(half: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {half} KEY-----\n{text}\n-----END {half} KEY-----\n")
}
