//! Where people are signed in.

use async_trait::async_trait;
use deskside_proto::{
    DeviceId, ErrorCode, Millis, OrgId, UserId,
    api::{ClientKind, Device},
};

use crate::{SecretHash, StoreError};

/// Who a token belongs to, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedInDevice {
    pub user: UserId,
    pub device: DeviceId,
    pub last_seen_at: Millis,
    /// Whether it is known what the device is; not for sign-ins of older portals.
    pub has_label: bool,
}

/// A device was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSeen {
    pub device: DeviceId,
    pub at: Millis,
    pub address: String,
    /// What it is, where that was not known.
    pub is: Option<(ClientKind, String)>,
}

/// Whose devices are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DevicesOf {
    /// The caller's own.
    Own,
    /// Those of the organisation's people, or of one of them.
    Org { org: OrgId, user: Option<UserId> },
}

/// Devices' part of the store.
#[async_trait]
pub trait DeviceStore: Send + Sync + 'static {
    /// Who is signed in with a token, unless it expired at `now`.
    async fn signed_in(&self, token: SecretHash, now: Millis) -> Result<Option<SignedInDevice>, StoreError>;
    /// Devices that are signed in at `now`, newest first; none is `current`. `None` for those who do not manage the organisation.
    async fn devices(
        &self,
        caller: UserId,
        whose: DevicesOf,
        now: Millis,
    ) -> Result<Option<Vec<Device>>, StoreError>;
    /// Ends a sign-in and returns its token. `not_found` for a device that is not meant, `forbidden` for those who may not manage
    /// whose device it is.
    async fn revoke_device(
        &self,
        caller: UserId,
        whose: DevicesOf,
        device: DeviceId,
        at: Millis,
    ) -> Result<Result<SecretHash, ErrorCode>, StoreError>;
    /// Keeps when and where devices were last seen; those that are gone are left out.
    async fn see_devices(&self, seen: Vec<DeviceSeen>) -> Result<(), StoreError>;
}
