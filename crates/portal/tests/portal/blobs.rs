//! One suite for every place that keeps bytes: memory, a folder, a bucket of an S3 server (row N11).

use std::sync::Arc;

use bytes::Bytes;
use deskside_portal::blobs::{Blobs, Folder, Key};
use deskside_proto::{AttachmentId, OrgId, SessionId};
use deskside_scratch_s3::{ACCESS_KEY, REGION, SECRET_KEY, ScratchS3};
use futures_util::TryStreamExt;
use object_store::{aws::AmazonS3Builder, memory::InMemory};
use url::Url;

/// More than two parts of an upload to a server, and not a whole number of them.
const LARGE: usize = 20 * 1024 * 1024 + 7;

/// The bucket, or the part of one, that `address` names on the tests' server.
fn on_server(address: &str) -> Blobs {
    let builder = AmazonS3Builder::new()
        .with_endpoint(ScratchS3::shared().endpoint.as_str().trim_end_matches('/'))
        .with_allow_http(true)
        .with_region(REGION)
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY);
    Blobs::on_s3(builder, &Url::parse(address).unwrap()).unwrap()
}

/// A new bucket, or a part of one.
pub(crate) fn bucket(prefix: &str) -> Blobs {
    on_server(&format!("s3://{}{prefix}", ScratchS3::shared().new_bucket().unwrap()))
}

fn key(n: u8) -> Key {
    Key::attachment(OrgId([1; 16]), SessionId([2; 16]), AttachmentId([n; 16]))
}

async fn read(blobs: &Blobs, key: &Key, range: Option<std::ops::Range<u64>>) -> Option<(u64, Vec<u8>)> {
    let content = blobs.get(key, range.clone()).await.unwrap()?;
    if let Some(range) = range {
        assert_eq!(content.range, range);
    }
    let bytes = content.stream.try_collect::<Vec<Bytes>>().await.unwrap().concat();
    Some((content.size, bytes))
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

async fn suite(blobs: Blobs) {
    blobs.check().await.unwrap();
    assert_eq!((blobs.size(&key(1)).await.unwrap(), read(&blobs, &key(1), None).await), (None, None));
    blobs.delete(&key(1)).await.unwrap();

    // Small ones, put whole; in place of an earlier one.
    for bytes in [&b"0123456789"[..], b"", b"again"] {
        blobs.put(&key(1), Bytes::copy_from_slice(bytes)).await.unwrap();
        assert_eq!(blobs.size(&key(1)).await.unwrap(), Some(bytes.len() as u64));
        assert_eq!(read(&blobs, &key(1), None).await, Some((bytes.len() as u64, bytes.to_vec())));
    }
    assert_eq!(read(&blobs, &key(1), Some(1..3)).await, Some((5, b"ga".to_vec())));
    assert_eq!(read(&blobs, &key(1), Some(4..5)).await, Some((5, b"n".to_vec())));
    assert_eq!(
        blobs.size(&Key::thumbnail(OrgId([1; 16]), SessionId([2; 16]), AttachmentId([1; 16]))).await.unwrap(),
        None
    );

    // Staged files become objects: nothing, a little, several parts.
    let folder = tempfile::tempdir().unwrap();
    for (n, size) in [(2, 0), (3, 5), (4, LARGE)] {
        let staged = folder.path().join("staged");
        std::fs::write(&staged, pattern(size)).unwrap();
        blobs.adopt(&key(n), staged.clone()).await.unwrap();
        assert_eq!(blobs.size(&key(n)).await.unwrap(), Some(size as u64));
        let (told, bytes) = read(&blobs, &key(n), None).await.unwrap();
        assert!(told == size as u64 && bytes == pattern(size), "{size}");
        let _ = std::fs::remove_file(staged);
    }
    let end = LARGE as u64;
    assert_eq!(read(&blobs, &key(4), Some(end - 3..end)).await.unwrap().1, pattern(LARGE)[LARGE - 3..]);
    // A file that is not there makes no object.
    assert!(blobs.adopt(&key(5), folder.path().join("none")).await.is_err());
    assert_eq!(blobs.size(&key(5)).await.unwrap(), None);

    blobs.delete(&key(4)).await.unwrap();
    blobs.delete(&key(4)).await.unwrap();
    assert_eq!((read(&blobs, &key(4), None).await, blobs.size(&key(3)).await.unwrap()), (None, Some(5)));

    // A folder is listed and emptied with what lies below it, and nothing beside it.
    let beside = Key::attachment(OrgId([3; 16]), SessionId([2; 16]), AttachmentId([1; 16]));
    blobs.put(&beside, Bytes::from_static(b"beside")).await.unwrap();
    let folder = Folder::attachments(OrgId([1; 16]));
    assert_eq!(listed(&blobs, &folder).await, [key(1), key(2), key(3)].map(|key| key.to_string()));
    assert_eq!(listed(&blobs, &Folder::attachments(OrgId([9; 16]))).await, [""; 0]);
    blobs.delete_all(&folder).await.unwrap();
    assert_eq!(listed(&blobs, &folder).await, [""; 0]);
    assert_eq!(blobs.size(&beside).await.unwrap(), Some(6));
}

async fn listed(blobs: &Blobs, folder: &Folder) -> Vec<String> {
    let mut keys: Vec<String> = blobs.list(folder).map_ok(|key| key.to_string()).try_collect().await.unwrap();
    keys.sort();
    keys
}

#[tokio::test]
async fn memory_keeps_bytes() {
    suite(Blobs::on(Arc::new(InMemory::new()))).await;
}

#[tokio::test]
async fn a_folder_keeps_bytes() {
    let folder = tempfile::tempdir().unwrap();
    suite(Blobs::folder(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn a_bucket_keeps_bytes() {
    suite(bucket("")).await;
}

#[tokio::test]
async fn a_part_of_a_bucket_keeps_bytes() {
    suite(bucket("/deskside/files")).await;
}

/// What is said where there is no such bucket.
#[tokio::test]
async fn a_bucket_that_is_not_there_is_told_at_the_start() {
    let blobs = on_server("s3://nobody-made-this");
    let error = blobs.check().await.unwrap_err().to_string();
    assert!(error.contains("NoSuchBucket"), "{error}");
}
