//! How many connections one address may hold: one stranger must not take every place in the hall.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::door::Door;
use crate::limit::network_of;

pub(super) struct Crowd {
    at_most: usize,
    inside: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of an address; its place is free again when it goes.
pub(super) struct Guest {
    crowd: Arc<Crowd>,
    network: Option<IpAddr>,
}

impl Crowd {
    pub(super) fn new(at_most: usize) -> Arc<Self> {
        Arc::new(Self { at_most, inside: Mutex::default() })
    }

    /// `None`: this address holds as many as it may. At the operator's door nobody is a stranger.
    pub(super) fn enter(self: &Arc<Self>, door: Door) -> Option<Guest> {
        let Door::Public(address) = door else {
            return Some(Guest { crowd: Arc::clone(self), network: None });
        };
        let network = network_of(address);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let count = inside.entry(network).or_default();
        if *count >= self.at_most {
            return None;
        }
        *count += 1;
        Some(Guest { crowd: Arc::clone(self), network: Some(network) })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut inside = self.crowd.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> Door {
        Door::Public(address.parse().unwrap())
    }

    #[test]
    fn i18_one_address_cannot_take_every_place() {
        let crowd = Crowd::new(2);
        let first = crowd.enter(public("192.0.2.1")).unwrap();
        let _second = crowd.enter(public("::ffff:192.0.2.1")).unwrap();
        assert!(crowd.enter(public("192.0.2.1")).is_none());
        assert!(crowd.enter(public("192.0.2.2")).is_some(), "others get in");
        assert!(crowd.enter(Door::Operator).is_some());
        drop(first);
        assert!(crowd.enter(public("192.0.2.1")).is_some(), "a place is free again");
    }

    #[test]
    fn i18_a_network_of_ipv6_addresses_is_one_and_nothing_is_kept_of_who_left() {
        let crowd = Crowd::new(1);
        let guest = crowd.enter(public("2001:db8::1")).unwrap();
        assert!(crowd.enter(public("2001:db8::ffff")).is_none());
        drop(guest);
        assert!(crowd.inside.lock().unwrap().is_empty());
    }
}
