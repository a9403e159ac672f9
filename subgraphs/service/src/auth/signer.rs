//! Signs tokens with an Ed25519 key (RFC 8037), and shows its public half as a JWK set (RFC 7517).

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
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
    Key(#[source] jsonwebtoken::errors::Error),
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

/// A private key under its id (RFC 7638 thumbprint), for one kind of token.
#[derive(Clone)]
pub struct Signer {
    kind: TokenKind,
    key: EncodingKey,
    key_id: String,
    public: Jwk,
}

impl Signer {
    /// Reads a key in PKCS#8 PEM.
    ///
    /// # Errors
    /// [`SignerError::Key`] where it is none.
    pub fn from_pem(kind: TokenKind, pem: &SecretString) -> Result<Self, SignerError> {
        let key = EncodingKey::from_ed_pem(pem.expose_secret().as_bytes()).map_err(SignerError::Key)?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA).map_err(SignerError::PublicKey)?;
        let key_id = public
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(SignerError::PublicKey)?;
        public.common.key_id = Some(key_id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            kind,
            key,
            key_id,
            public,
        })
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

    /// The public key, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet {
            keys: vec![self.public.clone()],
        }
    }
}

/// A new Ed25519 private key in PKCS#8 PEM.
///
/// # Errors
/// [`SignerError::Write`].
pub fn new_signing_key() -> Result<SecretString, SignerError> {
    let seed: [u8; 32] = rand::random();
    let pem = SigningKey::from_bytes(&seed)
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(SignerError::Write)?;
    Ok(SecretString::from(pem.to_string()))
}
