//! One window: what a person does and sees in it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::process::Process;
use crate::wait;

/// A window, and the driver that holds it; both end when it is dropped.
#[derive(Debug)]
pub struct Page {
    pub name: String,
    pub client: Client,
    driver: Process,
}

/// The selector of a test id of `ui/README.md`.
#[must_use]
pub fn id(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

impl Page {
    pub(crate) fn new(name: &str, client: Client, driver: Process) -> Self {
        Self { name: name.to_owned(), client, driver }
    }

    pub async fn goto(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("{}: go to {url}", self.name))
    }

    pub async fn reload(&self) -> Result<()> {
        self.client.refresh().await.with_context(|| format!("{}: reload", self.name))
    }

    /// The first visible element that matches, as soon as there is one.
    pub async fn see(&self, css: &str) -> Result<Element> {
        self.see_within(css, wait::STEP).await
    }

    pub async fn see_within(&self, css: &str, limit: Duration) -> Result<Element> {
        let what = format!("{css} in {}", self.name);
        let seen = wait::until_some(&what, limit, async || self.visible(css).await).await;
        self.explain(seen).await
    }

    async fn visible(&self, css: &str) -> Result<Option<Element>> {
        for element in self.client.find_all(Locator::Css(css)).await? {
            match element.is_displayed().await {
                Ok(true) => return Ok(Some(element)),
                Ok(false) => {}
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Waits until nothing visible matches.
    pub async fn gone(&self, css: &str) -> Result<()> {
        let what = format!("{css} to go from {}", self.name);
        wait::until(&what, wait::STEP, async || Ok(self.visible(css).await?.is_none())).await
    }

    pub async fn is_visible(&self, css: &str) -> Result<bool> {
        Ok(self.visible(css).await?.is_some())
    }

    pub async fn count(&self, css: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(css)).await?.len())
    }

    /// Clicks as soon as it can be clicked: shown, enabled and with nothing on top of it.
    pub async fn click(&self, css: &str) -> Result<()> {
        let what = format!("{css} to be clicked in {}", self.name);
        let clicked = wait::until(&what, wait::STEP, async || {
            let Some(element) = self.visible(css).await? else { return Ok(false) };
            if !element.is_enabled().await? {
                return Ok(false);
            }
            element.click().await?;
            Ok(true)
        })
        .await;
        self.explain(clicked).await
    }

    /// Types over what a field holds, as soon as it takes keys: a menu that is just closing keeps the focus.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let what = format!("{css} to take keys in {}", self.name);
        let held = wait::until_some(&what, wait::STEP, async || {
            let Some(field) = self.visible(css).await? else { return Ok(None) };
            field.clear().await?;
            if !text.is_empty() {
                field.send_keys(text).await?;
            }
            Ok(Some(field.prop("value").await?.unwrap_or_default()))
        })
        .await;
        let held = self.explain(held).await?;
        let plain =
            |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        ensure!(plain(&held) == plain(text), "{}: {css} holds {held:?} after typing {text:?}", self.name);
        Ok(())
    }

    /// Brings the mouse over it.
    pub async fn point_at(&self, css: &str) -> Result<()> {
        let element = self.see(css).await?;
        let to = PointerAction::MoveToElement { element, duration: None, x: 0., y: 0. };
        let moved = self.client.perform_actions(MouseActions::new("mouse".to_owned()).then(to)).await;
        moved.with_context(|| format!("{}: point at {css}", self.name))
    }

    /// Presses a key; it goes where the focus is.
    pub async fn press(&self, key: impl Into<char>) -> Result<()> {
        let value = key.into();
        let keys = KeyActions::new("keys".to_owned()).then(KeyAction::Down { value });
        let pressed = self.client.perform_actions(keys.then(KeyAction::Up { value })).await;
        pressed.with_context(|| format!("{}: press {value:?}", self.name))
    }

    /// What a field holds.
    pub async fn value(&self, css: &str) -> Result<String> {
        let value = self.see(css).await?.prop("value").await;
        Ok(value.with_context(|| format!("{}: the value of {css}", self.name))?.unwrap_or_default())
    }

    pub async fn text(&self, css: &str) -> Result<String> {
        let text = self.see(css).await?.text().await;
        text.with_context(|| format!("{}: the text of {css}", self.name))
    }

    /// Waits until the text of `css` holds `part`.
    pub async fn reads(&self, css: &str, part: &str) -> Result<()> {
        self.reads_within(css, part, wait::STEP).await
    }

    pub async fn reads_within(&self, css: &str, part: &str, limit: Duration) -> Result<()> {
        let what = format!("{part:?} in {css} of {}", self.name);
        let read = wait::until(&what, limit, async || match self.visible(css).await? {
            Some(element) => Ok(element.text().await?.contains(part)),
            None => Ok(false),
        })
        .await;
        self.explain(read).await
    }

    /// A failure, with what there is to read in the window.
    async fn explain<T>(&self, result: Result<T>) -> Result<T> {
        match result {
            Ok(found) => Ok(found),
            Err(error) => Err(error.context(format!("{} shows: {}", self.name, self.everything().await))),
        }
    }

    /// Runs a script in the page; its `return` value.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.client.execute(script, args).await.with_context(|| format!("a script in {}", self.name))
    }

    /// Everything there is to read, for failures.
    pub async fn everything(&self) -> String {
        let text = self.run("return location.href + '\\n' + document.body.innerText", Vec::new()).await;
        text.map_or_else(
            |error| format!("(nothing to be had: {error:#})"),
            |text| text.as_str().unwrap_or_default().to_owned(),
        )
    }

    /// The window as a PNG file. The first shot of a session can be an old frame: it is waited for and taken twice.
    pub async fn shoot(&self, file: &Path) -> Result<()> {
        let settle = "const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";
        self.client.execute_async(settle, Vec::new()).await?;
        let _old = self.client.screenshot().await?;
        let shot = self.client.screenshot().await?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, shot).with_context(|| format!("cannot write {}", file.display()))
    }

    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// Light or dark, as the system would say it (Chromium only).
    pub async fn emulate(&self, feature: &str, value: &str) -> Result<()> {
        let features = json!([{ "name": feature, "value": value }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await.map(drop)
    }

    /// A viewport of exactly this size, below the least width of a window too (Chromium only).
    pub async fn viewport(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    /// A command of Chromium's own protocol.
    pub async fn devtools(&self, command: &str, params: Value) -> Result<Value> {
        let command = Devtools { body: json!({ "cmd": command, "params": params }) };
        Ok(self.client.issue_cmd(command).await?)
    }

    /// Closes the window as a person would, and ends the driver.
    pub async fn close(mut self) -> Result<()> {
        self.client.clone().close().await?;
        self.driver.kill();
        Ok(())
    }

    /// SIGKILL to the driver and to everything it started.
    pub fn kill(mut self) {
        self.driver.kill();
    }

    #[must_use]
    pub fn driver_pid(&self) -> u32 {
        self.driver.pid()
    }
}

/// Errors that mean "not now": the page was drawn anew between two questions.
fn is_passing(error: &CmdError) -> bool {
    error.is_stale_element_reference() || error.is_no_such_element()
}

#[derive(Debug)]
struct Devtools {
    body: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for Devtools {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> std::result::Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.body.to_string()))
    }
}
