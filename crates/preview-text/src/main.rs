//! `preview-text FILE`: prints what a person would read of a document, as displayed, and exits with 0; or says in one line
//! on standard error why there is no preview, and exits with 1.

mod on_disk;

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use deskside_preview::reading::{Extent, read};
use deskside_preview::{Hint, Limits, PreviewError, open};
use on_disk::OnDisk;

/// Print what a person would read of a document
#[derive(Parser)]
#[command(name = "preview-text", version)]
struct Arguments {
    /// Leave out headers, footers, notes of speakers, comments and hidden sheets
    #[arg(long)]
    body: bool,
    /// Print the model as lines of JSON instead: the overview, then each part
    #[arg(long)]
    json: bool,
    /// The document
    file: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = BufWriter::new(io::stdout().lock());
    let result = show(&arguments, &mut out);
    // Whoever reads only the beginning closes the pipe: no failure of ours.
    drop(out.flush());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "{error}"));
            ExitCode::FAILURE
        }
    }
}

fn show(arguments: &Arguments, out: &mut impl io::Write) -> Result<(), PreviewError> {
    let source = OnDisk::open(&arguments.file).map_err(PreviewError::Read)?;
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let mut document = open(&source, &Hint { name: &name }, &Limits::default())?;
    now().into_iter().for_each(|now| document.tell_time(now));
    if arguments.json {
        return json::show(&mut document, out);
    }
    let extent = if arguments.body { Extent::Body } else { Extent::Everything };
    read(&mut document, extent, &mut |text| drop(out.write_all(text.as_bytes())))
}

/// Seconds since 1970; a program for trials has no need of a time zone.
fn now() -> Option<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

mod json {
    //! The model itself, for looking closely.

    use std::io;

    use deskside_preview::{Opened, Part, PreviewError, Shape, Window};

    /// Rows printed of each sheet, and blocks of a document in one piece.
    const WINDOW: u32 = 200;

    pub(crate) fn show(document: &mut Opened<'_>, out: &mut impl io::Write) -> Result<(), PreviewError> {
        let overview = document.overview().clone();
        line(out, &overview)?;
        let windows: Vec<Window> = match overview.shape {
            Shape::Flow => return flow(document, out),
            Shape::Lines => vec![Window::Lines { from: 0, count: WINDOW }],
            Shape::Tree => vec![Window::Nodes { from: 0, count: WINDOW }],
            Shape::Sheets => (0..overview.sheets.len() as u32)
                .map(|sheet| Window::Rows { sheet, from: 0, count: WINDOW })
                .collect(),
            Shape::Slides => (0..overview.slides.map_or(0, |slides| slides.count))
                .map(|index| Window::Slide { index })
                .collect(),
        };
        for window in windows {
            line(out, &document.next(window)?)?;
        }
        line(out, &document.warnings())
    }

    /// A text document, to its end.
    fn flow(document: &mut Opened<'_>, out: &mut impl io::Write) -> Result<(), PreviewError> {
        loop {
            let part = document.next(Window::Blocks { count: WINDOW })?;
            line(out, &part)?;
            if matches!(&part, Part::Flow(flow) if flow.last) {
                return line(out, &document.warnings());
            }
        }
    }

    fn line(out: &mut impl io::Write, value: &impl serde::Serialize) -> Result<(), PreviewError> {
        serde_json::to_writer_pretty(&mut *out, value).map_err(|error| PreviewError::Read(error.into()))?;
        writeln!(out).map_err(PreviewError::Read)
    }
}
