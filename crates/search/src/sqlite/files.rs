//! Texts in files.

use deskside_proto::AttachmentId;
use sqlx::{SqliteConnection, SqlitePool, query, query_as, query_scalar};

use super::{SCOPES, base_of, empty_wal, scope_of};
use crate::{FileText, passages::passages, places, words::prepared};

pub(super) async fn put(writer: &SqlitePool, file: FileText) -> Result<(), sqlx::Error> {
    let FileText { org, session, attachment, text } = file;
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    take_out(&mut tx, attachment).await?;
    let base = base_of(&mut tx, org, session).await?;
    let (first, end) = places::rows(base);
    let last: Option<i64> = query_scalar("SELECT max(last) FROM file WHERE first BETWEEN ? AND ?")
        .bind(first)
        .bind(end)
        .fetch_one(&mut *tx)
        .await?;
    let pieces = passages(&text);
    // A session with no row left for it: then the file is found by its name.
    let rows = places::passages(base, last, pieces.len()).unwrap_or_default();
    let scope = format!("{session}{} {}", SCOPES[2], scope_of(org));
    for (row, piece) in rows.iter().zip(pieces) {
        let put = query("INSERT INTO words (rowid, scope, text) VALUES (?, ?, ?)");
        put.bind(row).bind(&scope).bind(prepared(piece)).execute(&mut *tx).await?;
    }
    query("INSERT INTO file (attachment, session, first, last) VALUES (?, ?, ?, ?)")
        .bind(attachment.0.as_slice())
        .bind(session.0.as_slice())
        .bind(rows.last())
        .bind(rows.first())
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

pub(super) async fn remove(writer: &SqlitePool, attachment: AttachmentId) -> Result<(), sqlx::Error> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let had_text = take_out(&mut tx, attachment).await?;
    tx.commit().await?;
    if had_text { empty_wal(writer).await } else { Ok(()) }
}

async fn take_out(connection: &mut SqliteConnection, attachment: AttachmentId) -> Result<bool, sqlx::Error> {
    let id = attachment.0.as_slice();
    let rows: Option<(i64, i64)> =
        query_as("SELECT first, last FROM file WHERE attachment = ? AND first IS NOT NULL")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    if let Some((first, last)) = rows {
        query("DELETE FROM words WHERE rowid BETWEEN ? AND ?")
            .bind(first)
            .bind(last)
            .execute(&mut *connection)
            .await?;
    }
    query("DELETE FROM file WHERE attachment = ?").bind(id).execute(connection).await?;
    Ok(rows.is_some())
}

pub(super) async fn missing(
    readers: &SqlitePool,
    files: &[AttachmentId],
) -> Result<Vec<AttachmentId>, sqlx::Error> {
    let mut missing = Vec::new();
    let mut connection = readers.acquire().await?;
    for file in files {
        let known = query("SELECT 1 FROM file WHERE attachment = ?").bind(file.0.as_slice());
        if known.fetch_optional(&mut *connection).await?.is_none() {
            missing.push(*file);
        }
    }
    Ok(missing)
}
