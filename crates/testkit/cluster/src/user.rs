//! PostgreSQL refuses root, so a server that root starts runs as somebody else.

use std::fs;
use std::os::unix::fs::MetadataExt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

const ROOT: u32 = 0;

/// Whom a server must run as: nobody else, unless we are root.
pub(crate) fn unprivileged() -> Result<Option<User>, String> {
    if own_uid()? != ROOT {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").map_err(|fault| format!("cannot read /etc/passwd: {fault}"))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| find(&passwd, name))
        .map(Some)
        .ok_or_else(|| "PostgreSQL refuses root, and this machine has neither a user postgres nor nobody".into())
}

pub(crate) fn own_uid() -> Result<u32, String> {
    fs::metadata("/proc/self").map(|facts| facts.uid()).map_err(|fault| format!("cannot read /proc/self: {fault}"))
}

fn find(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (login, _password) = (fields.next()?, fields.next()?);
        let user = User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? };
        (login == name && user.uid != ROOT).then_some(user)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nbroken\npostgres:x:101:104:PostgreSQL,,,:/var/lib:/bin/sh\n\
                          nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        assert_eq!(find(PASSWD, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(find(PASSWD, "nobody"), Some(User { uid: 65534, gid: 65534 }));
        assert_eq!(find(PASSWD, "post"), None);
    }

    #[test]
    fn nobody_becomes_root_by_another_name() {
        assert_eq!(find("postgres:x:0:0::/:/bin/sh\n", "postgres"), None);
    }
}
