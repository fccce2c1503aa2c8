//! The page, as a browser shows it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wfgen::report::Report;

use super::history::shop;
use super::report::report;

#[test]
fn the_page_asks_nobody_for_anything_and_escapes_names() {
    let page = report(&shop()).html().unwrap();
    for forbidden in ["<script", "src=", "href=", "@import", "url(", "http-equiv=\"refresh"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;script&gt;alert(") && page.contains("publish &lt;/td&gt;"));
}

/// A browser on the PATH. CI has one.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|file| file.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "chromium is missing");
    if found.is_none() {
        eprintln!("chromium is not installed: the page was not looked at");
    }
    found
}

/// Puts the page into a frame of a width that no window is as narrow as, measures it, and says so in its title.
fn measured(page: &str, width: u32) -> String {
    let inner = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        r#"<!doctype html><html style="color-scheme: light dark"><body style="margin:0">
<iframe width="{width}" height="600" style="border:0;display:block" srcdoc="{inner}"></iframe>
<script>
const frame = document.querySelector("iframe");
const rgb = (text) => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
const luminance = (c) => c.slice(0, 3).map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {{
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}};
const measure = () => {{
  const page = frame.contentDocument, view = frame.contentWindow;
  frame.height = page.documentElement.scrollHeight;
  const behind = (element) => {{
    for (let e = element; e; e = e.parentElement) {{
      const colour = rgb(view.getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }}
    return [255, 255, 255];
  }};
  let worst = 99, small = 99;
  for (const e of page.querySelectorAll("body *")) {{
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!text || !e.getClientRects().length || ["TITLE", "DESC"].includes(e.tagName.toUpperCase())) continue;
    const style = view.getComputedStyle(e);
    worst = Math.min(worst, contrast(rgb(e.ownerSVGElement ? style.fill : style.color), behind(e)));
    small = Math.min(small, parseFloat(style.fontSize));
  }}
  const out = [...page.querySelectorAll("body *")].filter((e) => {{
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.right > view.innerWidth + 1;
  }}).map((e) => e.tagName + "." + e.getAttribute("class"));
  document.title = JSON.stringify({{
    width: view.innerWidth, needs: page.documentElement.scrollWidth, height: page.documentElement.scrollHeight,
    dark: view.matchMedia("(prefers-color-scheme: dark)").matches, contrast: worst, text: small, out: out.slice(0, 5),
    charts: page.querySelectorAll("svg.plot").length,
    named: page.querySelectorAll("svg.plot[role=img] > title").length,
    tables: page.querySelectorAll("figure table").length,
    drawn: [...page.querySelectorAll("svg.plot")].filter((e) => e.getBoundingClientRect().height > 50).length,
  }});
}};
if (frame.contentDocument.readyState === "complete" && frame.contentDocument.body.children.length) measure();
frame.onload = measure;
</script></body></html>"#
    )
}

/// Shows a page at a width, and what was measured of it.
fn look(browser: &Path, page: &str, width: u32, dark: bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, measured(page, width)).unwrap();
    let mut command = Command::new(browser);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=3000",
    ]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    command.arg(format!("--window-size={},900", width.max(500)));
    command.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)));
    command.arg("--dump-dom");
    // A folder to keep the pictures in, for a person to look at.
    if let Some(folder) = std::env::var_os("WFGEN_TEST_SCREENSHOTS") {
        std::fs::write(Path::new(&folder).join("page.html"), page).unwrap();
        let scheme = if dark { "dark" } else { "light" };
        let picture = Path::new(&folder).join(format!("{width}-{scheme}.png"));
        command.arg(format!("--screenshot={}", picture.display()));
    }
    let output = command.arg(format!("file://{}", file.display())).output().unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let title = dom.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let title = title.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr))).0;
    serde_json::from_str(&title.replace("&quot;", "\"").replace("&amp;", "&")).unwrap()
}

#[test]
fn the_page_fits_a_phone_and_a_desk_in_light_and_dark() {
    let Some(browser) = chromium() else { return };
    let page = report(&shop()).html().unwrap();
    for (width, dark) in [(360, false), (360, true), (1280, false), (1280, true)] {
        let seen = look(&browser, &page, width, dark);
        assert_eq!(seen["width"], width, "{seen}");
        assert_eq!(seen["dark"], dark, "{seen}");
        assert!(seen["needs"].as_u64() <= Some(width.into()), "it scrolls sideways: {seen}");
        assert_eq!(seen["out"], Value::Array(Vec::new()), "{seen}");
        assert!(seen["contrast"].as_f64() >= Some(4.5), "text is hard to read: {seen}");
        assert!(seen["text"].as_f64() >= Some(11.0), "text is small: {seen}");
        assert!(seen["charts"].as_u64() >= Some(8), "{seen}");
        for all in ["named", "tables", "drawn"] {
            assert_eq!(seen[all], seen["charts"], "{all}: {seen}");
        }
    }
}
