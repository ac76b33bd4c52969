//! A host's own `/etc`, `/var` and `/sbin`: files where the documents have them, and nothing written to the machine's.
//!
//! Each of the three is a directory of the lab with a link for everything that the machine has there, and with what the
//! how-to puts in. It is mounted in the host's mount namespace only.

use crate::director;
use crate::host::Host;
use crate::program;
use crate::sandbox::Refusal;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tools;

/// Where the machine's own directory is, seen from within the new one.
pub(super) const REAL: &str = ".real";

/// The root of a host: what the host sees as `/etc/x` is here `etc/x`.
pub struct Root(PathBuf);

impl Root {
    /// Makes the directories in `directory`, and mounts them on the host.
    ///
    /// # Errors
    /// No mount is allowed here; the directory cannot be written.
    pub fn new(host: &Host, directory: &Path, bin: &Path) -> Result<Self> {
        // Often a link to usr/sbin, sometimes to usr/bin.
        let sbin = fs::canonicalize("/sbin").context("/sbin")?;
        let places = [Path::new("/etc"), Path::new("/var"), &sbin];
        let program = std::env::current_exe().context("finding this program")?;
        let root = Self(directory.to_owned());
        for place in places {
            let here = root.at(place);
            fs::create_dir_all(here.join(REAL))?;
            for entry in fs::read_dir(place).with_context(|| place.display().to_string())? {
                let name = entry?.file_name();
                let is_ours = place == sbin && name.to_str().is_some_and(is_tool);
                if !is_ours {
                    symlink(Path::new(REAL).join(&name), here.join(&name))?;
                }
            }
        }
        for name in tools::NAMES {
            symlink(&program, root.at(&sbin).join(name))?;
        }
        for name in director::NAMES {
            symlink(bin.join(name), root.at(&sbin).join(name))?;
        }
        // The documents' sh is bash.
        let sh = root.at(&sbin).join("sh");
        if let Some(bash) = program::find("bash").filter(|_| !sh.is_symlink()) {
            symlink(bash, sh)?;
        }
        let mut command = Command::new(root.at(&sbin).join("lab-furnish"));
        command.arg(&root.0).args(places).stdin(Stdio::null()).stderr(Stdio::piped());
        let done = host.spawn(command)?.wait_with_output()?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
            bail!(Refusal::Failed("a host's own /etc, /var and /sbin", io::Error::other(said)));
        }
        // What scripts write there shall not follow a link out of the lab.
        fs::create_dir_all(root.at(Path::new("/home")))?;
        for directory in ["/var/log/httpd", "/var/www/html"] {
            root.own_directory(Path::new(directory))?;
        }
        Ok(root)
    }

    /// The place outside of the host of a path on it.
    pub fn at(&self, path: &Path) -> PathBuf {
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Writes a file on the host, at once and whole.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = Path::new(path);
        if let Some(directory) = path.parent() {
            self.own_directory(directory)?;
        }
        let (to, new) = (self.at(path), self.at(path).with_extension("new"));
        fs::write(&new, text).with_context(|| format!("writing {}", new.display()))?;
        Ok(fs::rename(new, to)?)
    }

    /// Makes the directory the host's own, where it was a link to the machine's.
    fn own_directory(&self, path: &Path) -> Result<()> {
        let mut here = self.0.clone();
        for part in path.strip_prefix("/")? {
            here.push(part);
            if here.is_symlink() {
                fs::remove_file(&here)?;
            }
            if !here.exists() {
                fs::create_dir(&here)?;
            }
        }
        Ok(())
    }
}

fn is_tool(name: &str) -> bool {
    tools::NAMES.contains(&name) || director::NAMES.contains(&name)
}

/// Run on the host: mounts what [`Root::new`] has made over the machine's own. First the machine's own directory is
/// mounted within the new one, so that links lead there.
///
/// # Errors
/// A mount is refused.
pub(super) fn mount(root: &Path, places: &[&str]) -> Result<()> {
    use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
    use rustix::mount::{mount_bind_recursive, mount_change, mount_remount, unmount};
    // Nobody else's namespace may see the machine's own directories below ours, which are removed at the end.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .context("mounts of our own")?;
    for place in places {
        let here = root.join(place.trim_start_matches('/'));
        let real = here.join(REAL);
        mount_bind_recursive(*place, &real).with_context(|| format!("mounting {place}"))?;
        // Where it may be: what the machine has there is to be read only. Not /var, where temporary files may be.
        if *place != "/var" {
            let _ = mount_remount(&real, MountFlags::BIND | MountFlags::RDONLY, "");
        }
        mount_bind_recursive(&here, *place).with_context(|| format!("mounting over {place}"))?;
        // From now on the machine's own is seen at /etc/.real only, and no longer below our directory.
        unmount(&real, UnmountFlags::DETACH).with_context(|| format!("unmounting {}", real.display()))?;
    }
    Ok(())
}
