//! `inet` and `cidr`: family, netmask bits, a flag for cidr, length, address (PostgreSQL source, `network_send`).

use std::io::Write;
use std::net::IpAddr;

use crate::scan::Scan;
use crate::value::Inet;

/// Address families on the wire: AF_INET, and the number after it, whatever the platform's AF_INET6 is.
const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 3;

impl Inet {
    /// An address with netmask bits, unless they are more than it has.
    pub fn new(address: IpAddr, bits: u8) -> Option<Self> {
        (bits <= bits_max(&address)).then_some(Self { address, bits })
    }
}

/// Bits of an address.
fn bits_max(address: &IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// Reads the binary form.
pub(crate) fn from_binary(payload: &[u8]) -> Option<Inet> {
    let (&[family, bits, _cidr, length], address) = payload.split_first_chunk()?;
    if usize::from(length) != address.len() {
        return None;
    }
    let address = match family {
        FAMILY_V4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
        FAMILY_V6 => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
        _ => return None,
    };
    Inet::new(address, bits)
}

/// Writes the binary form.
pub(crate) fn to_binary(inet: &Inet, cidr: bool, out: &mut Vec<u8>) {
    match inet.address {
        IpAddr::V4(address) => {
            out.extend_from_slice(&[FAMILY_V4, inet.bits, u8::from(cidr), 4]);
            out.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.extend_from_slice(&[FAMILY_V6, inet.bits, u8::from(cidr), 16]);
            out.extend_from_slice(&address.octets());
        }
    }
}

/// Reads the text form, `address[/bits]`.
pub(crate) fn parse(text: &[u8]) -> Option<Inet> {
    let text = std::str::from_utf8(text).ok()?;
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let bits = match bits {
        Some(bits) => {
            let mut scan = Scan::new(bits.as_bytes());
            let number = scan.number().filter(|_| scan.is_empty())?;
            u8::try_from(number).ok()?
        }
        None => bits_max(&address),
    };
    Inet::new(address, bits)
}

/// Writes the text form; `inet` leaves out the bits of a whole address, `cidr` never does.
pub(crate) fn print(inet: &Inet, cidr: bool, out: &mut Vec<u8>) {
    write!(out, "{}", inet.address).expect("a Vec takes all bytes");
    if cidr || inet.bits != bits_max(&inet.address) {
        write!(out, "/{}", inet.bits).expect("a Vec takes all bytes");
    }
}
