//! What libpq sets on its sockets and the driver does not: `TCP_NODELAY`, keepalives and `TCP_USER_TIMEOUT` (PostgreSQL
//! source, `fe-connect.c`, `connectNoDelay`, `useKeepalives`, `setTCPUserTimeout`).
//!
//! The driver hands out no socket. Without the first the few small messages of a COPY wait for the server's delayed
//! acknowledgement, about 40 ms a table; without the second a peer that is gone is noticed after hours. So a process
//! descriptor of our own gives a second descriptor of each of our sockets, and the options belong to the socket.

use crate::conninfo::{ConnInfo, Keepalives};
use rustix::net::sockopt::{
    set_socket_keepalive, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl, set_tcp_nodelay,
    set_tcp_user_timeout, socket_keepalive,
};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::os::fd::{OwnedFd, RawFd};

/// Sets them on every TCP socket of this process that has none yet. Where the kernel or a sandbox forbids the look, COPY
/// is slower, and a silent network is noticed by [`crate::life`] alone.
pub(crate) fn set_on_all(info: &ConnInfo) {
    let Ok(own) = pidfd_open(getpid(), PidfdFlags::empty()) else { return };
    for number in sockets() {
        if let Ok(socket) = pidfd_getfd(&own, number, PidfdGetfdFlags::empty()) {
            // A socket of another family has no such option.
            let _ = set_tcp_nodelay(&socket, true);
            if !socket_keepalive(&socket).unwrap_or(true) {
                // So it is with these; what the system does not take stays as it was.
                let _ = set_keepalives(&socket, info);
            }
        }
    }
}

fn set_keepalives(socket: &OwnedFd, info: &ConnInfo) -> rustix::io::Result<()> {
    if let Some(milliseconds) = info.user_timeout() {
        set_tcp_user_timeout(socket, milliseconds)?;
    }
    let Some(Keepalives { idle, interval, count }) = info.keepalives() else { return Ok(()) };
    set_tcp_keepidle(socket, idle)?;
    set_tcp_keepintvl(socket, interval)?;
    set_tcp_keepcnt(socket, count)?;
    set_socket_keepalive(socket, true)
}

/// Descriptors of this process that are sockets.
fn sockets() -> Vec<RawFd> {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return Vec::new() };
    let is_socket = |path: &std::path::Path| {
        std::fs::read_link(path).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    let sockets = entries.flatten().filter(|entry| is_socket(&entry.path()));
    sockets.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
