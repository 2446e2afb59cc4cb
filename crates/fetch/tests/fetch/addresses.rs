//! Which addresses are public, by a slow reading of the registries of its own: text, bit by bit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use deskside_fetch::is_public;
use proptest::prelude::*;
use proptest::sample::select;

const NOT_PUBLIC_V4: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 \
    172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 \
    192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";

/// Within `2000::/3`; nothing outside of it is public.
const NOT_PUBLIC_V6: &str = "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20";

/// Further ends of networks that are worth a visit.
const EDGES_V6: &str = "2000::/3 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 5f00::/16 fc00::/7 \
    fe80::/10 fec0::/10 ff00::/8 ::1/128 fd00:ec2::254/128";

#[test]
fn addresses_are_public_or_not() {
    let table: &[(&str, bool)] = &[
        ("1.1.1.1", true),
        ("9.255.255.255", true),
        ("11.0.0.0", true),
        ("10.0.0.0", false),
        ("10.255.255.255", false),
        ("100.63.255.255", true),
        ("100.64.0.1", false),
        ("100.100.100.200", false),
        ("100.127.255.255", false),
        ("100.128.0.0", true),
        ("127.0.0.1", false),
        ("127.255.255.254", false),
        ("168.63.129.15", true),
        ("168.63.129.16", false),
        ("169.254.169.254", false),
        ("169.254.170.2", false),
        ("172.15.255.255", true),
        ("172.16.0.1", false),
        ("172.31.255.255", false),
        ("172.32.0.0", true),
        ("192.0.0.192", false),
        ("192.0.1.0", true),
        ("192.168.1.1", false),
        ("198.17.255.255", true),
        ("198.18.0.1", false),
        ("198.19.255.255", false),
        ("223.255.255.255", true),
        ("224.0.0.1", false),
        ("240.0.0.1", false),
        ("255.255.255.255", false),
        ("0.0.0.0", false),
        ("0.1.2.3", false),
        ("::", false),
        ("::1", false),
        ("::2", false),
        ("::127.0.0.1", false),
        ("::8.8.8.8", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:169.254.169.254", false),
        ("::ffff:8.8.8.8", true),
        ("64:ff9b::7f00:1", false),
        ("64:ff9b::a9fe:a9fe", false),
        ("64:ff9b::8.8.8.8", true),
        ("64:ff9b:1::8.8.8.8", false),
        ("100::1", false),
        ("1fff:ffff::1", false),
        ("2001::1", false),
        ("2001:200::1", true),
        ("2001:db8::1", false),
        ("2002:7f00:1::", false),
        ("2606:4700:4700::1111", true),
        ("2a00:1450:4001::1", true),
        ("3fff:fff::1", false),
        ("3fff:1000::1", true),
        ("4000::1", false),
        ("5f00::1", false),
        ("fc00::1", false),
        ("fd00:ec2::254", false),
        ("fd20:ce::254", false),
        ("fe80::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
    ];
    for (address, expected) in table {
        assert_eq!(is_public(address.parse().unwrap()), *expected, "{address}");
    }
}

fn bits(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => format!("{:032b}", u32::from(four)),
        IpAddr::V6(six) => format!("{:0128b}", u128::from(six)),
    }
}

fn within(address: IpAddr, nets: &str) -> bool {
    nets.split_whitespace().any(|net| {
        let (base, length) = net.split_once('/').unwrap();
        let base = bits(base.parse().unwrap());
        base.len() == bits(address).len() && bits(address).starts_with(&base[..length.parse().unwrap()])
    })
}

fn oracle(address: IpAddr) -> bool {
    let four = |text: &str| oracle(Ipv4Addr::from(u32::from_str_radix(text, 2).unwrap()).into());
    match address {
        IpAddr::V4(_) => !within(address, NOT_PUBLIC_V4),
        IpAddr::V6(_) if within(address, "::ffff:0:0/96 64:ff9b::/96") => four(&bits(address)[96..]),
        IpAddr::V6(_) => within(address, "2000::/3") && !within(address, NOT_PUBLIC_V6),
    }
}

/// Anywhere, or in or right beside one of the networks.
fn near(nets: Vec<&'static str>) -> impl Strategy<Value = IpAddr> {
    (select(nets), any::<u128>(), 0..4_u32, any::<bool>()).prop_map(|(net, random, which, anywhere)| {
        let (base, length) = net.split_once('/').unwrap();
        let length: u32 = length.parse().unwrap();
        let place = |base: u128, width: u32| {
            let mask = u128::MAX.checked_shr(128 - (width - length)).unwrap_or(0);
            match which {
                _ if anywhere => random,
                0 => base,
                1 => base | mask,
                2 => base.wrapping_sub(1),
                _ => base | (random & mask),
            }
        };
        match base.parse().unwrap() {
            IpAddr::V4(four) => {
                let low = place(u32::from(four).into(), 32) & u128::from(u32::MAX);
                Ipv4Addr::from(u32::try_from(low).unwrap()).into()
            }
            IpAddr::V6(six) => Ipv6Addr::from(place(six.into(), 128)).into(),
        }
    })
}

fn nets(lists: &[&'static str]) -> Vec<&'static str> {
    lists.iter().flat_map(|list| list.split_whitespace()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn agrees_with_the_registries(address in near(nets(&[NOT_PUBLIC_V4, NOT_PUBLIC_V6, EDGES_V6]))) {
        prop_assert_eq!(is_public(address), oracle(address), "{}", address);
    }

    #[test]
    fn an_address_inside_another_is_what_it_is_by_itself(address in near(nets(&[NOT_PUBLIC_V4]))) {
        let IpAddr::V4(four) = address else { unreachable!() };
        let [a, b, c, d] = four.octets().map(u128::from);
        let inside = a << 24 | b << 16 | c << 8 | d;
        let mapped: IpAddr = four.to_ipv6_mapped().into();
        let nat64: IpAddr = Ipv6Addr::from(0x64_ff9b << 96 | inside).into();
        let compatible: IpAddr = Ipv6Addr::from(inside).into();
        let six_to_four: IpAddr = Ipv6Addr::from(0x2002 << 112 | inside << 80).into();
        prop_assert_eq!(is_public(mapped), is_public(address));
        prop_assert_eq!(is_public(nat64), is_public(address));
        prop_assert!(!is_public(compatible) && !is_public(six_to_four));
    }
}
