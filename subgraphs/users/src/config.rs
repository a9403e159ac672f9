//! The settings of this service alone:
//!
//! - `USERS_SIGNING_KEY_FILE`: the key that signs access tokens; `USERS_ACCEPTED_KEY_FILES`: keys whose tokens hold too;
//! - `ACCESS_TOKEN_SECONDS`, `REFRESH_TOKEN_DAYS`: how long tokens live, 900 s and 30 days;
//! - `PASSWORD_HASH_MEMORY_KIB`, `PASSWORD_HASH_PASSES`, `PASSWORD_HASH_LANES`: Argon2id's parameters, by default what
//!   OWASP asks for at least (19 MiB, 2, 1); `PASSWORD_HASH_CONCURRENCY`: how many passwords at a time, by default a core each
//!   and no more than 4, since each keeps its memory;
//! - `OPERATOR_EMAIL`, `OPERATOR_PASSWORD`: the first operator; without the former there is none.

use std::num::{NonZeroU8, NonZeroU16, NonZeroU32, NonZeroUsize};

use argon2::Params;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use service::auth::{ACCESS, KeySettings, Signer};
use service::config::{Environment, SettingError};

use crate::email::EmailAddress;
use crate::password::Password;

const ACCESS_TOKEN_SECONDS: NonZeroU32 = NonZeroU32::new(900).unwrap();
const REFRESH_TOKEN_DAYS: NonZeroU16 = NonZeroU16::new(30).unwrap();
const PASSWORD_HASH_PASSES: NonZeroU32 = NonZeroU32::new(2).unwrap();
const MOST_PASSWORDS_AT_A_TIME: NonZeroUsize = NonZeroUsize::new(4).unwrap();

const KEYS: KeySettings = KeySettings {
    kind: ACCESS,
    signing: "USERS_SIGNING_KEY_FILE",
    accepted: "USERS_ACCEPTED_KEY_FILES",
};
const OPERATOR_PASSWORD: (&str, &str) = ("OPERATOR_PASSWORD", "the password of the first operator");

/// What this service is told.
pub struct UsersSettings {
    /// Signs access tokens.
    pub signer: Signer,
    /// How long an access token holds.
    pub access_token_lifetime: TimeDelta,
    /// How long a refresh token is good.
    pub refresh_token_lifetime: TimeDelta,
    /// How passwords are hashed.
    pub password_hashing: Params,
    /// How many passwords are hashed at a time.
    pub passwords_at_a_time: usize,
    /// Who to set up at the start.
    pub first_operator: Option<FirstOperator>,
}

/// The operator who is there before anybody registers.
#[derive(Clone, Debug)]
pub struct FirstOperator {
    /// The e-mail address to log in with.
    pub email: EmailAddress,
    /// The password at first.
    pub password: Password,
}

impl UsersSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first that is missing or wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let seconds = environment.or(
            "ACCESS_TOKEN_SECONDS",
            "how many seconds an access token holds",
            ACCESS_TOKEN_SECONDS,
        )?;
        let days = environment.or(
            "REFRESH_TOKEN_DAYS",
            "for how many days a session can be refreshed",
            REFRESH_TOKEN_DAYS,
        )?;
        Ok(Self {
            signer: KEYS.signer(environment)?,
            access_token_lifetime: TimeDelta::seconds(seconds.get().into()),
            refresh_token_lifetime: TimeDelta::days(days.get().into()),
            password_hashing: password_hashing(environment)?,
            passwords_at_a_time: environment
                .or(
                    "PASSWORD_HASH_CONCURRENCY",
                    "how many passwords are hashed at a time",
                    passwords_at_a_time(),
                )?
                .get(),
            first_operator: first_operator(environment)?,
        })
    }
}

fn passwords_at_a_time() -> NonZeroUsize {
    std::thread::available_parallelism()
        .map_or(NonZeroUsize::MIN, |cores| cores.min(MOST_PASSWORDS_AT_A_TIME))
}

fn password_hashing(environment: &Environment) -> Result<Params, SettingError> {
    let passes = environment.or(
        "PASSWORD_HASH_PASSES",
        "how many times Argon2 goes over its memory",
        PASSWORD_HASH_PASSES,
    )?;
    let lanes = environment.or(
        "PASSWORD_HASH_LANES",
        "into how many lanes Argon2 divides its memory",
        NonZeroU8::MIN,
    )?;
    let (name, meaning) = (
        "PASSWORD_HASH_MEMORY_KIB",
        "how much memory Argon2 needs for a password, at least 8 KiB a lane",
    );
    let memory = environment.or(name, meaning, Params::DEFAULT_M_COST)?;
    Params::new(memory, passes.get(), lanes.get().into(), None).map_err(|error| SettingError::Invalid {
        name: name.to_owned(),
        value: memory.to_string(),
        meaning,
        reason: error.to_string(),
    })
}

fn first_operator(environment: &Environment) -> Result<Option<FirstOperator>, SettingError> {
    let email = environment.optional("OPERATOR_EMAIL", "the e-mail address of the first operator")?;
    email
        .map(|email| {
            let (name, meaning) = OPERATOR_PASSWORD;
            let password = environment.secret(name, meaning)?;
            let password = password.expose_secret().parse();
            let password =
                password.map_err(
                    |error: crate::password::InvalidPassword| SettingError::InvalidSecret {
                        name: name.to_owned(),
                        meaning,
                        reason: error.to_string(),
                    },
                )?;
            Ok(FirstOperator { email, password })
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(read: impl Fn(&Environment) -> Result<(), SettingError>, settings: &[(&str, &str)]) -> String {
        let environment = Environment::from_pairs(settings.iter().copied());
        read(&environment).unwrap_err().to_string()
    }

    #[test]
    fn signing_key_is_needed() {
        let read = |environment: &Environment| UsersSettings::read(environment).map(drop);
        let missing = refused(read, &[]);
        assert!(
            missing.starts_with("USERS_SIGNING_KEY_FILE is not set"),
            "{missing}"
        );
        let no_key = refused(read, &[("USERS_SIGNING_KEY_FILE", "Cargo.toml")]);
        assert!(no_key.starts_with("USERS_SIGNING_KEY_FILE is wrong"), "{no_key}");
        assert!(no_key.contains("excursions keygen"), "{no_key}");
    }

    #[test]
    fn accepted_keys_are_shown_beside_the_one_that_signs() {
        let [signing, accepted] = ["signing", "accepted"].map(|name| {
            let file = std::env::temp_dir().join(format!("{}-{name}.pem", std::process::id()));
            std::fs::write(&file, service::auth::new_signing_key().unwrap().expose_secret()).unwrap();
            file.to_str().unwrap().to_owned()
        });
        let read = |list: &str| {
            let pairs = [
                ("USERS_SIGNING_KEY_FILE", signing.as_str()),
                ("USERS_ACCEPTED_KEY_FILES", list),
            ];
            UsersSettings::read(&Environment::from_pairs(pairs)).map(|settings| settings.signer.jwks())
        };
        assert_eq!(read("").unwrap().keys.len(), 1);
        // The key that signs may be listed, too: then only one setting changes when the keys change places.
        assert_eq!(read(&format!("{accepted}, {signing}")).unwrap().keys.len(), 2);
        let wrong = read(&format!("{accepted},Cargo.toml")).unwrap_err().to_string();
        assert!(wrong.starts_with("USERS_ACCEPTED_KEY_FILES is wrong"), "{wrong}");
        assert!(wrong.contains("Cargo.toml"), "{wrong}");
        for file in [signing.as_str(), accepted.as_str()] {
            std::fs::remove_file(file).unwrap();
        }
    }

    #[test]
    fn lifetimes_are_not_zero() {
        let read = |environment: &Environment| UsersSettings::read(environment).map(drop);
        for name in ["ACCESS_TOKEN_SECONDS", "REFRESH_TOKEN_DAYS"] {
            let error = refused(read, &[(name, "0")]);
            assert!(error.starts_with(&format!("{name}=\"0\" is wrong")), "{error}");
        }
    }

    #[test]
    fn password_hashing_is_what_owasp_asks_for_unless_told_otherwise() {
        let default = password_hashing(&Environment::from_pairs([])).unwrap();
        assert_eq!(
            (default.m_cost(), default.t_cost(), default.p_cost()),
            (19_456, 2, 1)
        );
        let read = |environment: &Environment| password_hashing(environment).map(drop);
        let too_little = refused(
            read,
            &[("PASSWORD_HASH_MEMORY_KIB", "8"), ("PASSWORD_HASH_LANES", "2")],
        );
        assert!(
            too_little.starts_with("PASSWORD_HASH_MEMORY_KIB=\"8\" is wrong"),
            "{too_little}"
        );
    }

    #[test]
    fn first_operator_needs_a_password_that_is_not_shown() {
        let read = |environment: &Environment| first_operator(environment).map(drop);
        assert!(first_operator(&Environment::from_pairs([])).unwrap().is_none());
        let operator = ("OPERATOR_EMAIL", "operator@example.com");
        let missing = refused(read, &[operator]);
        assert!(missing.starts_with("OPERATOR_PASSWORD is not set"), "{missing}");
        let short = refused(read, &[operator, ("OPERATOR_PASSWORD", "hunter2")]);
        assert!(short.contains("at least 8 characters"), "{short}");
        assert!(!short.contains("hunter2"), "{short}");
        let no_address = refused(read, &[("OPERATOR_EMAIL", "operator")]);
        assert!(
            no_address.starts_with("OPERATOR_EMAIL=\"operator\" is wrong"),
            "{no_address}"
        );
    }
}
