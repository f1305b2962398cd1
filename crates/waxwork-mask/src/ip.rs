//! `internet.ip`: addresses of the documentation ranges, which no host has (RFC 5737, RFC 3849).

use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{CodeKey, Prf};
use crate::text::{Room, short_error};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use waxwork_copy::Inet;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// TEST-NET-1 to 3. The first has the shortest text.
const TEST_NETS: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];

/// Hosts of a /24 but its network and broadcast addresses.
const HOSTS: u64 = 254;

/// 2001:db8::/32.
const DOCUMENTATION: [u8; 4] = [0x20, 0x01, 0x0d, 0xb8];

/// Characters of the longest text of TEST-NET-1, of all three, and of a version 6 address.
const TEXT_CHARS: [usize; 3] = [11, 14, 39];

/// A network of version 6 keeps at least so many bits, so that there is another one.
const NETWORK_BITS_MIN: u8 = 48;

pub(crate) struct IpMask {
    prf: Prf,
    code: Option<CodeKey>,
    nets: u64,
    /// There is room for the text of version 6.
    long: bool,
}

impl IpMask {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let needed = TEXT_CHARS[if spec.injective { 2 } else { 0 }];
        if room.chars < needed {
            return Err(short_error(MaskKind::Ip, needed, room));
        }
        Ok(Self {
            prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::Text),
            code: spec.injective.then(|| keyring.code(&spec.domain, Kind::Text)),
            nets: if room.chars < TEXT_CHARS[1] { 1 } else { TEST_NETS.len() as u64 },
            long: room.chars >= TEXT_CHARS[2],
        })
    }

    /// Appends an address; whether of version 4 or 6 goes by the value's colons.
    pub(crate) fn write_text(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        let six = self.long && input.contains(&b':');
        let start = out.len();
        for next in [false, true] {
            write!(out, "{}", self.address(input, six, by, next)).expect("a Vec takes every write");
            if out[start..] != *input {
                return;
            }
            out.truncate(start);
        }
    }

    /// The address for an `inet`; its netmask stays where it can.
    pub(crate) fn inet(&self, value: Inet, by: Option<u64>, text: &mut Vec<u8>) -> Inet {
        write_inet(value, text);
        let six = value.address.is_ipv6();
        let masked = |next| {
            let address = self.address(text, six, by, next);
            Inet { address, bits: if address.is_ipv6() == six { value.bits } else { 128 } }
        };
        if masked(false) == value { masked(true) } else { masked(false) }
    }

    /// The network for a `cidr`, which has no bits to the right of its netmask.
    pub(crate) fn cidr(&self, value: Inet, by: Option<u64>, text: &mut Vec<u8>) -> Inet {
        let inet = self.inet(value, by, text);
        if self.code.is_some() {
            return Inet { bits: 128, ..inet };
        }
        let network = |inet: Inet| match inet.address {
            IpAddr::V4(address) => {
                let bits = inet.bits.clamp(24, 32);
                let address = u32::from(address) & (u32::MAX << (32 - bits));
                Inet { address: IpAddr::V4(address.into()), bits }
            }
            IpAddr::V6(address) => {
                let bits = inet.bits.clamp(NETWORK_BITS_MIN, 128);
                let address = u128::from(address) & (u128::MAX << (128 - bits));
                Inet { address: IpAddr::V6(address.into()), bits }
            }
        };
        let result = network(inet);
        if result == value { network(neighbour(inet)) } else { result }
    }

    fn address(&self, input: &[u8], six: bool, by: Option<u64>, next: bool) -> IpAddr {
        if let Some(key) = &self.code {
            let code = key.code(input).bytes();
            let mut bits = [0; 12];
            bits.copy_from_slice(&code[..12]);
            return documentation(bits);
        }
        let mut bits = self.prf.bits(input, by);
        if six {
            let words = [self.prf.pair(bits.0, 0), self.prf.pair(bits.0, 1) ^ u64::from(next)];
            let mut rest = [0; 12];
            rest[..8].copy_from_slice(&words[0].to_be_bytes());
            rest[8..].copy_from_slice(&words[1].to_be_bytes()[4..]);
            return documentation(rest);
        }
        let count = self.nets * HOSTS;
        let chosen = (bits.choose(count) + u64::from(next)) % count;
        let [a, b, c] = TEST_NETS[(chosen / HOSTS) as usize];
        IpAddr::V4(Ipv4Addr::new(a, b, c, (chosen % HOSTS) as u8 + 1))
    }
}

/// The same address in the next documentation network.
fn neighbour(inet: Inet) -> Inet {
    let address = match inet.address {
        IpAddr::V4(address) => {
            let [a, b, c, host] = address.octets();
            let at =
                TEST_NETS.iter().position(|net| *net == [a, b, c]).map_or(0, |at| (at + 1) % TEST_NETS.len());
            let [a, b, c] = TEST_NETS[at];
            IpAddr::V4(Ipv4Addr::new(a, b, c, host))
        }
        IpAddr::V6(address) => {
            let flipped = 1 << (128 - NETWORK_BITS_MIN);
            IpAddr::V6((u128::from(address) ^ flipped).into())
        }
    };
    Inet { address, ..inet }
}

fn documentation(rest: [u8; 12]) -> IpAddr {
    let mut octets = [0; 16];
    octets[..4].copy_from_slice(&DOCUMENTATION);
    octets[4..].copy_from_slice(&rest);
    IpAddr::V6(Ipv6Addr::from(octets))
}

/// The text that an `inet` is keyed by, so that a text column with the same addresses agrees.
fn write_inet(value: Inet, text: &mut Vec<u8>) {
    text.clear();
    let whole = if value.address.is_ipv6() { 128 } else { 32 };
    let written = if value.bits == whole {
        write!(text, "{}", value.address)
    } else {
        write!(text, "{}/{}", value.address, value.bits)
    };
    written.expect("a Vec takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};

    fn mask(injective: bool, chars: usize) -> IpMask {
        let spec = MaskSpec { injective, ..spec(MaskKind::Ip) };
        IpMask::compile(&keyring(), &spec, Room { chars, ascii: false }).unwrap()
    }

    fn reserved(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => TEST_NETS.iter().any(|net| address.octets().starts_with(net)),
            IpAddr::V6(address) => address.octets().starts_with(&DOCUMENTATION),
        }
    }

    fn inet(address: &str, bits: u8) -> Inet {
        Inet { address: address.parse().unwrap(), bits }
    }

    #[test]
    fn text_and_inet_agree_and_are_reserved() {
        let (mask, mut text) = (mask(false, usize::MAX), Vec::new());
        for address in ["10.1.2.3", "192.0.2.7", "2a01:4f8::1", "8.8.8.8"] {
            let whole = if address.contains(':') { 128 } else { 32 };
            let masked = mask.inet(inet(address, whole), None, &mut text).address;
            let mut out = Vec::new();
            mask.write_text(address.as_bytes(), None, &mut out);
            assert_eq!(masked.to_string().as_bytes(), out);
            assert!(reserved(masked) && masked.to_string() != address);
            assert_eq!(masked.is_ipv6(), address.contains(':'));
        }
    }

    #[test]
    fn all_reserved_addresses_are_moved() {
        let mut text = Vec::new();
        for [a, b, c] in TEST_NETS {
            for host in 0..=255 {
                let value = Inet { address: IpAddr::V4(Ipv4Addr::new(a, b, c, host)), bits: 32 };
                assert_ne!(mask(false, usize::MAX).inet(value, None, &mut text), value);
            }
            let net = Inet { address: IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), bits: 24 };
            let masked = mask(false, usize::MAX).cidr(net, None, &mut text);
            assert!(masked != net && masked.bits == 24 && reserved(masked.address));
        }
    }

    #[test]
    fn networks_have_no_host_bits() {
        let mut text = Vec::new();
        for value in
            [inet("10.0.0.0", 8), inet("10.20.30.128", 25), inet("2a01::", 16), inet("2001:db8::", 32)]
        {
            let masked = mask(false, usize::MAX).cidr(value, None, &mut text);
            let (bits, whole) = match masked.address {
                IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
                IpAddr::V6(address) => (u128::from(address), 128),
            };
            assert_eq!(bits & ((1u128 << (whole - masked.bits)) - 1), 0);
            assert!(reserved(masked.address) && masked != value);
        }
    }

    #[test]
    fn injective_addresses_are_distinct_and_long() {
        let (mask, mut text) = (mask(true, 39), Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        for host in 0..1000u32 {
            for bits in [24, 32] {
                let value = Inet { address: IpAddr::V4((0x0a00_0000 + host).into()), bits };
                let masked = mask.inet(value, None, &mut text);
                assert!(reserved(masked.address) && masked.bits == 128 && seen.insert(masked.address));
            }
        }
        let spec = MaskSpec { injective: true, ..spec(MaskKind::Ip) };
        assert!(IpMask::compile(&keyring(), &spec, Room { chars: 38, ascii: false }).is_err());
    }

    #[test]
    fn narrow_columns_take_narrow_addresses() {
        for (chars, input) in [(11, "255.255.255.255"), (38, "2a01::1"), (14, "10.0.0.1")] {
            let mut out = Vec::new();
            mask(false, chars).write_text(input.as_bytes(), None, &mut out);
            assert!(out.len() <= chars && !out.contains(&b':'));
        }
    }
}
