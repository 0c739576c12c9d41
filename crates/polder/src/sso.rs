//! Single sign-on, from what was set: reads the secret or the key, so that what is wrong with them is
//! said at the start. The issuer itself is asked when somebody first signs in: a wiki is there also
//! while its issuer is not.

use std::fs;
use std::path::Path;

use polder_web::oidc::jose::Signer;
use polder_web::oidc::{Oidc, Proof, Settings};

use crate::config;
use crate::stop::Stop;

/// `home` is the address of the wiki, as the issuer knows it.
pub fn open(set: &config::Oidc, home: &str) -> Result<Oidc, Stop> {
    let proof = match &set.proof {
        config::OidcProof::Secret(file) => match read("oidc_secret_file", file)?.trim() {
            "" => return Err(Stop::usage(format!("`oidc_secret_file`: {} is empty", file.display()))),
            secret => Proof::Secret(secret.to_owned()),
        },
        config::OidcProof::Key(file) => {
            let signer = Signer::parse(&read("oidc_key_file", file)?);
            Proof::Key(Box::new(
                signer.map_err(|why| Stop::usage(format!("`oidc_key_file`: {}: {why}", file.display())))?,
            ))
        }
    };
    let host = set.issuer.as_str().split('/').nth(2).unwrap_or_default();
    Ok(Oidc::new(Settings {
        issuer: set.issuer.clone(),
        client_id: set.client_id.clone(),
        proof,
        groups_claim: set.groups_claim.clone(),
        sign_up: set.sign_up,
        name: set.name.clone().unwrap_or_else(|| host.to_owned()),
        acr: set.acr.clone(),
        redirect: format!("{home}/-/oidc/callback"),
    }))
}

fn read(key: &str, file: &Path) -> Result<String, Stop> {
    fs::read_to_string(file)
        .map_err(|error| Stop::usage(format!("`{key}`: {} could not be read: {error}", file.display())))
}
