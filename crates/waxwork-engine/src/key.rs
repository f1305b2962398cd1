//! Where the masking key comes from: a file, a command, the environment, or 256 random bits for one run (D5).

use crate::error::RunError;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;
use waxwork_core::report::exit;
use waxwork_core::rules::RuleFile;
use waxwork_mask::MaskKey;
use waxwork_pg::error::io_reason;
use zeroize::Zeroizing;

/// Longest key material that is read: 64 hex digits with room for line ends.
const KEY_BYTES_MAX: u64 = 80;

/// A key command asks a vault, or somebody at the terminal for a password.
const COMMAND_MAX: Duration = Duration::from_secs(120);

/// The run's key. `None` from the rule file and the command line: a random one, so that runs cannot be linked.
///
/// # Errors
/// Exit 2: the file is missing, not a key, or others can read it; the command fails; the variable is not set; a pack asks
/// for a random one.
pub async fn load(rules: &RuleFile, key_file: Option<&Path>) -> Result<MaskKey, RunError> {
    let source = &rules.key;
    let fixed =
        key_file.is_some() || source.file.is_some() || source.env.is_some() || source.command.is_some();
    if let Some(pack) = rules.policy.random_key().filter(|_| fixed) {
        return Err(refused(format!("pack {pack} asks for a random key, and the run has a fixed one"))
            .detail("Codes that a key repeats can be led back to people by whoever has the key.")
            .hint("Leave out [key] and --key-file: each run then makes a key of its own, and forgets it."));
    }
    if let Some(path) = key_file {
        return from_file(path);
    }
    match (&source.file, &source.env, &source.command) {
        (Some(path), ..) => from_file(Path::new(&path.value)),
        (_, Some(name), _) => from_env(&name.value),
        (.., Some(command)) => from_command(&command.value).await,
        (None, None, None) => random(),
    }
}

fn refused(message: String) -> RunError {
    RunError::new(exit::RULES, "key", message)
}

fn parse(bytes: &[u8], place: &str) -> Result<MaskKey, RunError> {
    MaskKey::parse(bytes).map_err(|_| {
        refused(format!("{place} does not hold a key"))
            .detail(format!("It holds {} bytes; a key is 32 bytes, or 64 hexadecimal digits.", bytes.len()))
            .hint("Make one with: waxwork key generate FILE")
    })
}

fn from_file(path: &Path) -> Result<MaskKey, RunError> {
    let shown = path.display();
    let missing = |error: std::io::Error| {
        refused(format!("could not open key file \"{shown}\": {}", io_reason(&error)))
            .hint("Make one with: waxwork key generate FILE")
    };
    // Opening a named pipe waits for a writer, which no signal would end.
    if !std::fs::metadata(path).map_err(missing)?.is_file() {
        return Err(refused(format!("key file \"{shown}\" is no regular file"))
            .hint("A key that a program gives is taken by [key] command."));
    }
    let file = File::open(path).map_err(missing)?;
    let mode = file.metadata().map_err(missing)?.mode();
    if mode & 0o077 != 0 {
        return Err(refused(format!("key file \"{shown}\" can be read by others"))
            .detail(format!("Its permissions are {:04o}.", mode & 0o7777))
            .hint(format!("Run: chmod 600 {shown}")));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES_MAX as usize));
    file.take(KEY_BYTES_MAX).read_to_end(&mut bytes).map_err(missing)?;
    parse(&bytes, &format!("key file \"{shown}\""))
}

fn from_env(name: &str) -> Result<MaskKey, RunError> {
    let text = Zeroizing::new(
        waxwork_pg::conninfo::environment::variable(name)
            .map_err(|_| refused(format!("environment variable \"{name}\" of [key] env is not set")))?,
    );
    parse(text.as_bytes(), &format!("environment variable \"{name}\""))
}

async fn from_command(command: &[String]) -> Result<MaskKey, RunError> {
    let program = command.first().map(String::as_str).unwrap_or_default();
    let failed = |why: String| refused(format!("key command \"{program}\" failed: {why}"));
    let mut asked = tokio::process::Command::new(program);
    for (name, value) in waxwork_pg::conninfo::environment::unsealed_authorities() {
        match value {
            Some(value) => asked.env(name, value),
            None => asked.env_remove(name),
        };
    }
    // Not in a process group of its own: it could not ask at the terminal then.
    let output = asked
        .args(command.iter().skip(1))
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_MAX, output)
        .await
        .map_err(|_| failed(format!("no end within {} s", COMMAND_MAX.as_secs())))?
        .map_err(|error| failed(io_reason(&error)))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    let bytes = Zeroizing::new(output.stdout);
    parse(&bytes, &format!("output of key command \"{program}\""))
}

fn random_bytes() -> Result<Zeroizing<[u8; 32]>, RunError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut())
        .map_err(|_| RunError::new(exit::FAILED, "key", "the system gave no random bytes"))?;
    Ok(bytes)
}

fn random() -> Result<MaskKey, RunError> {
    Ok(MaskKey::from_bytes(*random_bytes()?))
}

/// Sixteen hex digits for a name that nobody else has.
pub(crate) fn random_suffix() -> Result<String, RunError> {
    Ok(random_bytes()?[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a new key as 64 hex digits to a file of mode 0600 that must not exist.
///
/// # Errors
/// Exit 2: the file exists or cannot be written.
pub fn generate(path: &Path) -> Result<(), RunError> {
    let bytes = random_bytes()?;
    let digits: Zeroizing<String> =
        Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n");
    let failed = |error: std::io::Error| {
        refused(format!("could not create key file \"{}\": {}", path.display(), io_reason(&error)))
    };
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(digits.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}
