//! An issuer's keys, as its settings name them.

use super::{Signer, TokenKind};
use crate::config::{Environment, SettingError};

const SIGNING: &str = "the path of an Ed25519 private key in PKCS#8 PEM (`excursions keygen` makes one)";
const ACCEPTED: &str =
    "the paths of keys whose tokens hold too, path[,path]: the key before, or the next one";

/// The settings that name an issuer's keys.
#[derive(Clone, Copy, Debug)]
pub struct KeySettings {
    /// What the keys are for.
    pub kind: TokenKind,
    /// Names the file of the key that signs.
    pub signing: &'static str,
    /// Names the files of the keys that sign nothing here, and whose tokens hold.
    pub accepted: &'static str,
}

impl KeySettings {
    /// The signer that the settings ask for.
    ///
    /// # Errors
    /// The first setting that is missing, or that names a file without a key.
    pub fn signer(self, environment: &Environment) -> Result<Signer, SettingError> {
        let invalid = |name: &str, meaning, reason| SettingError::InvalidSecret {
            name: name.to_owned(),
            meaning,
            reason,
        };
        let pem = environment.secret_file(self.signing, SIGNING)?;
        let signer = Signer::from_pem(self.kind, &pem)
            .map_err(|error| invalid(self.signing, SIGNING, error.to_string()))?;
        let accepted = environment.secret_files(self.accepted, ACCEPTED)?;
        accepted.into_iter().try_fold(signer, |signer, (path, pem)| {
            signer
                .accepting(&pem)
                .map_err(|error| invalid(self.accepted, ACCEPTED, format!("{path}: {error}")))
        })
    }
}
