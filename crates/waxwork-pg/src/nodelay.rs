//! `TCP_NODELAY` on our connections, as libpq sets it (PostgreSQL source, `fe-connect.c`, `connectNoDelay`).
//!
//! The driver does not, and hands out no socket. Without it the few small messages of a COPY wait for the server's
//! delayed acknowledgement, about 40 ms a table. So a process descriptor of our own gives a second descriptor of each of
//! our sockets, and the option belongs to the socket.

use rustix::net::sockopt::set_tcp_nodelay;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::os::fd::RawFd;

/// Sets it on every TCP socket of this process. Where the kernel or a sandbox forbids the look, COPY is slower and
/// nothing else changes.
pub(crate) fn set_on_all_sockets() {
    let Ok(own) = pidfd_open(getpid(), PidfdFlags::empty()) else { return };
    for number in sockets() {
        if let Ok(socket) = pidfd_getfd(&own, number, PidfdGetfdFlags::empty()) {
            // A socket of another family has no such option.
            let _ = set_tcp_nodelay(&socket, true);
        }
    }
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
