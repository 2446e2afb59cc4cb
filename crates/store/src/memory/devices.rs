//! Where people are signed in.

use async_trait::async_trait;
use deskside_proto::{
    DeviceId, ErrorCode, Millis, OrgRole, UserId,
    api::{AuditAction, Device},
};

use super::{
    MemoryStore,
    state::{KeptDevice, State},
};
use crate::{DeviceSeen, DeviceStore, DevicesOf, SecretHash, SignedInDevice, StoreError};

#[async_trait]
impl DeviceStore for MemoryStore {
    async fn signed_in(&self, token: SecretHash, now: Millis) -> Result<Option<SignedInDevice>, StoreError> {
        let state = self.state();
        let found = state.devices.get(&token).filter(|kept| kept.token.expires_at > now);
        Ok(found.map(|kept| SignedInDevice {
            user: kept.token.user,
            device: kept.token.device,
            last_seen_at: kept.last_seen_at,
            has_label: !kept.token.label.is_empty(),
        }))
    }

    async fn devices(
        &self,
        caller: UserId,
        whose: DevicesOf,
        now: Millis,
    ) -> Result<Option<Vec<Device>>, StoreError> {
        Ok(self.state().list_devices(caller, whose, now))
    }

    async fn revoke_device(
        &self,
        caller: UserId,
        whose: DevicesOf,
        device: DeviceId,
        at: Millis,
    ) -> Result<Result<SecretHash, ErrorCode>, StoreError> {
        Ok(self.state().revoke(caller, whose, device, at))
    }

    async fn see_devices(&self, seen: Vec<DeviceSeen>) -> Result<(), StoreError> {
        let mut state = self.state();
        seen.into_iter().for_each(|seen| state.see(seen));
        Ok(())
    }
}

impl State {
    fn list_devices(&self, caller: UserId, whose: DevicesOf, now: Millis) -> Option<Vec<Device>> {
        let is_meant = |kept: &&KeptDevice| match whose {
            DevicesOf::Own => kept.token.user == caller,
            DevicesOf::Org { org, user } => {
                self.memberships.contains_key(&(org, kept.token.user))
                    && user.is_none_or(|user| user == kept.token.user)
            }
        };
        if let DevicesOf::Org { org, .. } = whose {
            self.memberships.get(&(org, caller)).filter(|role| role.manages())?;
        }
        let current = self.devices.values().filter(|kept| kept.token.expires_at > now);
        let mut devices: Vec<Device> = current.filter(is_meant).map(|kept| self.shown(kept)).collect();
        devices.sort_by_key(|device| std::cmp::Reverse((device.signed_in_at, device.id)));
        Some(devices)
    }

    fn shown(&self, KeptDevice { token, last_seen_at }: &KeptDevice) -> Device {
        Device {
            id: token.device,
            user_id: token.user,
            user_name: self.users.get(&token.user).map(|user| user.name.clone()).unwrap_or_default(),
            client: token.client,
            label: token.label.clone(),
            signed_in_at: token.created_at,
            last_seen_at: *last_seen_at,
            address: token.address.clone(),
            current: false,
        }
    }

    fn revoke(
        &mut self,
        caller: UserId,
        whose: DevicesOf,
        device: DeviceId,
        at: Millis,
    ) -> Result<SecretHash, ErrorCode> {
        let found =
            self.devices.values().find(|kept| kept.token.device == device).map(|kept| kept.token.clone());
        let noted = match whose {
            DevicesOf::Own => {
                found.as_ref().filter(|token| token.user == caller).ok_or(ErrorCode::NotFound)?;
                self.orgs_of(caller)
            }
            DevicesOf::Org { org, user } => {
                let role = *self.memberships.get(&(org, caller)).ok_or(ErrorCode::NotFound)?;
                let meant = found.as_ref().filter(|token| user.is_none_or(|user| user == token.user));
                let held: Option<OrgRole> =
                    meant.and_then(|token| self.memberships.get(&(org, token.user)).copied());
                match held {
                    None if role.manages() => return Err(ErrorCode::NotFound),
                    Some(held) if role.may_manage(held) => vec![org],
                    _ => return Err(ErrorCode::Forbidden),
                }
            }
        };
        let token = found.ok_or(ErrorCode::NotFound)?;
        self.devices.remove(&token.hash);
        let name = self.users.get(&token.user).map(|user| user.name.clone()).unwrap_or_default();
        for org in noted {
            let subject = format!("{name}: {}", token.label);
            self.note_about((org, Some(caller), at), AuditAction::DeviceRevoked, subject);
        }
        Ok(token.hash)
    }

    fn see(&mut self, seen: DeviceSeen) {
        let Some(kept) = self.devices.values_mut().find(|kept| kept.token.device == seen.device) else {
            return;
        };
        if kept.last_seen_at <= seen.at {
            kept.last_seen_at = seen.at;
            kept.token.address = Some(seen.address);
        }
        if let Some((client, label)) = seen.is.filter(|_| kept.token.label.is_empty()) {
            (kept.token.client, kept.token.label) = (client, label);
        }
    }
}
