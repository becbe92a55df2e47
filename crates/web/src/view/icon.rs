//! The icons, as shapes on a 24 px grid: 1.5 px round strokes, no fill, in the colour of the text around them.
//!
//! Each stands inline where it is used: a page carries only what it shows, and a missing one does not compile.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Check,
    Clock,
    Dot,
    DotCheck,
    Down,
    Info,
    Laptop,
    Mail,
    Phone,
    Plus,
    Right,
    Ring,
    ShieldOff,
    Terminal,
    Undo,
    Usb,
    Warn,
    Copy,
}

impl Icon {
    /// What is drawn, for whoever brings their own `<svg>`.
    pub(super) fn shapes(self) -> Shapes {
        Shapes(match self {
            Self::Check => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>"#,
            Self::Dot => r#"<circle cx="12" cy="12" r="5"/>"#,
            Self::DotCheck => r#"<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.7 2.7L16 9.5"/>"#,
            Self::Down => r#"<path d="m6 9.5 6 6 6-6"/>"#,
            Self::Info => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.1"/>"#,
            Self::Laptop => r#"<rect x="5" y="5" width="14" height="10" rx="1"/><path d="M3 19h18"/>"#,
            Self::Mail => r#"<rect x="3" y="5.5" width="18" height="13" rx="1"/><path d="m3.5 6.5 8.5 6.5 8.5-6.5"/>"#,
            Self::Phone => r#"<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M10.5 18h3"/>"#,
            Self::Plus => r#"<path d="M12 5v14M5 12h14"/>"#,
            Self::Right => r#"<path d="m9.5 6 6 6-6 6"/>"#,
            Self::Ring => {
                r#"<path d="m9.1 7.1-1.7-2.5L9.3 2.4h5.4l1.9 2.2-1.7 2.5M7.4 4.6h9.2"/><path d="M9.1 7.1a7.7 7.7 0 1 0 5.8 0"/><circle cx="12" cy="14.2" r="4.7"/>"#
            }
            Self::ShieldOff => {
                r#"<path d="M5 5.5 12 3l7 2.5V12c0 4-3 7.5-7 9-1.8-.7-3.4-1.8-4.6-3.2M5 9v3M4 3l16 18"/>"#
            }
            Self::Terminal => {
                r#"<rect x="3" y="5" width="18" height="14" rx="1"/><path d="m7 9.5 3 2.5-3 2.5M12.5 15H16"/>"#
            }
            Self::Undo => r#"<path d="M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3"/>"#,
            Self::Usb => {
                r#"<path d="M9 3h6v6H9zM7 9h10v9a3 3 0 0 1-3 3h-4a3 3 0 0 1-3-3z"/><circle cx="12" cy="15" r="1.5"/>"#
            }
            Self::Warn => r#"<path d="M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.1"/>"#,
            Self::Copy => r#"<path d="M9 9h11v11H9zM15 9V4H4v11h5"/>"#,
        })
    }

    /// Does it mean a direction, so that it turns with the text?
    fn turns(self) -> bool {
        self == Self::Right
    }
}

/// Beside a word, which says the same.
impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = if self.turns() { "icon turns" } else { "icon" };
        write!(f, r#"<svg class="{class}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>"#, self.shapes())
    }
}

pub(super) struct Shapes(&'static str);

impl fmt::Display for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Our own marks, from this file alone.
impl askama::filters::HtmlSafe for Icon {}
impl askama::filters::HtmlSafe for Shapes {}
