//! A file or folder is named to the portal, which takes its name and size and never its bytes.

use std::path::Path;

use deskside_direct::Direct;
use deskside_proto::{
    Attachment, AttachmentId, DirectKind, SessionId,
    api::{CreateDirect, DirectCreated},
};
use deskside_transfer::Kind;
use reqwest::Method;

use crate::{
    ClientError,
    account::Access,
    names::{self, NameProblem},
    operations::routes,
    portal::accepted,
};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub name: String,
    /// Bytes of all files together.
    pub size: u64,
    pub files: u32,
}

/// Names what is at `path` to the portal: a message can offer it then.
///
/// # Errors
/// [`ClientError::Direct`], or the portal's `direct_not_allowed`, `file_type_not_allowed`, `attach_after_message` …
pub async fn offer(access: &Access, session: SessionId, path: &Path) -> Result<Attachment, ClientError> {
    let (kind, Look { name, size, files }) = look_at(path).await?;
    let request = CreateDirect { name, size, kind, files };
    let route = routes::direct_files(session);
    let token = Some(access.token()?);
    let created: DirectCreated = access.portal.json(Method::POST, &route, token, Some(&request)).await?;
    Ok(created.attachment)
}

/// Looks at a file or folder that is to be sent.
///
/// # Errors
/// [`ClientError::Direct`].
pub async fn look(path: &Path) -> Result<Look, ClientError> {
    look_at(path).await.map(|(_, look)| look)
}

async fn look_at(path: &Path) -> Result<(DirectKind, Look), ClientError> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(NameProblem::NotText)?;
    names::check(name)?;
    let source = Direct::choose(path).await?;
    let manifest = source.manifest();
    let kind = match manifest.kind() {
        Kind::File => DirectKind::File,
        Kind::Folder => DirectKind::Folder,
    };
    Ok((kind, Look { name: name.to_owned(), size: manifest.size(), files: manifest.files() }))
}

/// Takes back what no message names yet. What does not reach the portal is collected there after a day.
///
/// # Errors
/// Why the portal did not take it back.
pub async fn take_back(
    access: &Access,
    session: SessionId,
    attachment: AttachmentId,
) -> Result<(), ClientError> {
    let route = routes::direct_file(session, attachment);
    let request = access.portal.request(Method::DELETE, &route, Some(access.token()?))?;
    accepted(request.send().await?).await.map(drop)
}
