//! Signs tokens with an Ed25519 key (RFC 8037), and shows its public half as a JWK set (RFC 7517).

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::TokenKind;

/// Why a key cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The text is no Ed25519 key.
    #[error("not an Ed25519 private key in PKCS#8 PEM; `excursions keygen` makes one")]
    Key(#[source] ed25519_dalek::pkcs8::Error),
    /// The public half cannot be written.
    #[error("the public key cannot be written as a JWK")]
    PublicKey(#[source] jsonwebtoken::errors::Error),
    /// A token cannot be signed.
    #[error("a token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// A new key cannot be written.
    #[error("a new key cannot be written as PEM")]
    Write(#[source] ed25519_dalek::pkcs8::Error),
}

/// A private key under its id (RFC 7638 thumbprint), for one kind of token, and the keys that are shown beside it: tokens
/// of theirs hold too, so that one key can follow another (docs/operations/keys.md).
#[derive(Clone)]
pub struct Signer {
    kind: TokenKind,
    key: EncodingKey,
    key_id: String,
    /// Its own public key, then those of the others; each once.
    shown: Vec<Jwk>,
}

impl Signer {
    /// Reads a key in PKCS#8 PEM, with or without its public half.
    ///
    /// # Errors
    /// [`SignerError::Key`] where it is none.
    pub fn from_pem(kind: TokenKind, pem: &SecretString) -> Result<Self, SignerError> {
        let key = read(pem)?;
        let (key_id, public) = public_half(&key)?;
        Ok(Self {
            kind,
            key,
            key_id,
            shown: vec![public],
        })
    }

    /// Shows another key beside its own, which signs nothing here: the one before it or the one that comes next.
    ///
    /// # Errors
    /// [`SignerError::Key`] where it is none.
    pub fn accepting(mut self, pem: &SecretString) -> Result<Self, SignerError> {
        let (_, public) = public_half(&read(pem)?)?;
        if !self.shown.contains(&public) {
            self.shown.push(public);
        }
        Ok(self)
    }

    /// Signs claims.
    ///
    /// # Errors
    /// [`SignerError::Sign`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignerError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id.clone());
        header.typ = Some(self.kind.header_type.to_owned());
        encode(&header, claims, &self.key).map_err(SignerError::Sign)
    }

    /// The public keys, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet {
            keys: self.shown.clone(),
        }
    }
}

fn read(pem: &SecretString) -> Result<EncodingKey, SignerError> {
    let key = SigningKey::from_pkcs8_pem(pem.expose_secret()).map_err(SignerError::Key)?;
    let der = private_half(&key).to_pkcs8_der().map_err(SignerError::Write)?;
    Ok(EncodingKey::from_ed_der(der.as_bytes()))
}

/// The public key, and its id.
fn public_half(key: &EncodingKey) -> Result<(String, Jwk), SignerError> {
    let mut public = Jwk::from_encoding_key(key, Algorithm::EdDSA).map_err(SignerError::PublicKey)?;
    let key_id = public
        .thumbprint(ThumbprintHash::SHA256)
        .map_err(SignerError::PublicKey)?;
    public.common.key_id = Some(key_id.clone());
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((key_id, public))
}

/// A new Ed25519 private key in PKCS#8 PEM.
///
/// # Errors
/// [`SignerError::Write`].
pub fn new_signing_key() -> Result<SecretString, SignerError> {
    let seed: [u8; 32] = rand::random();
    let pem = private_half(&SigningKey::from_bytes(&seed))
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(SignerError::Write)?;
    Ok(SecretString::from(pem.to_string()))
}

/// The key as version 1 of PKCS#8 has it, which is all that some readers take.
fn private_half(key: &SigningKey) -> KeypairBytes {
    KeypairBytes {
        secret_key: key.to_bytes(),
        public_key: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ACCESS;
    use super::*;

    #[test]
    fn new_key_signs() {
        let signer = Signer::from_pem(ACCESS, &new_signing_key().unwrap()).unwrap();
        let token = signer.sign(&serde_json::json!({ "sub": "ada" })).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(header.kid, signer.jwks().keys[0].common.key_id);
    }

    #[test]
    fn key_with_its_public_half_is_the_same_key() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let with = key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string();
        let without = private_half(&key)
            .to_pkcs8_pem(LineEnding::LF)
            .unwrap()
            .to_string();
        let read = |pem: String| Signer::from_pem(ACCESS, &pem.into()).unwrap();
        assert_ne!(with, without);
        assert_eq!(read(with).jwks(), read(without).jwks());
    }

    #[test]
    fn key_that_is_accepted_twice_is_shown_once() {
        let [own, other] = [(); 2].map(|()| new_signing_key().unwrap());
        let signer = Signer::from_pem(ACCESS, &own).unwrap();
        let accepting = signer.clone().accepting(&own).unwrap().accepting(&other).unwrap();
        let accepting = accepting.accepting(&other).unwrap();
        assert_eq!(accepting.jwks().keys.len(), 2);
        assert_eq!(accepting.jwks().keys[0], signer.jwks().keys[0]);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let refused = Signer::from_pem(ACCESS, &"-----BEGIN PRIVATE KEY-----".to_owned().into());
        assert!(matches!(refused, Err(SignerError::Key(_))));
    }
}
