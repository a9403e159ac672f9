//! `excursions keygen`. A key that is there already is never replaced: tokens that it signed would stop to hold.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use service::auth::{SignerError, new_signing_key};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// None can be made.
    #[error(transparent)]
    Make(#[from] SignerError),
    /// The file cannot be written.
    #[error("{} cannot be written", file.display())]
    Write {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Prints a new key, or writes one into each file that is not there yet.
pub(crate) fn make(files: &[PathBuf]) -> Result<(), KeyError> {
    if files.is_empty() {
        print!("{}", new_signing_key()?.expose_secret());
    }
    for file in files {
        let key = new_signing_key()?;
        let created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file);
        let written = created.and_then(|mut opened| opened.write_all(key.expose_secret().as_bytes()));
        match written {
            Ok(()) => println!("{}: made", file.display()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => println!("{}: there", file.display()),
            Err(source) => {
                return Err(KeyError::Write {
                    file: file.clone(),
                    source,
                });
            }
        }
    }
    Ok(())
}
