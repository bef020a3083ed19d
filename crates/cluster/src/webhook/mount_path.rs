//! Paths within a container, as its runtime resolves them.

use std::borrow::Cow;

use super::platform::Platform;

/// A path without `.`, `..` and doubled separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MountPath<'t> {
    segments: Vec<Cow<'t, str>>,
}

impl<'t> MountPath<'t> {
    pub(crate) fn new(text: &'t str, platform: Platform) -> Self {
        let mut segments = Vec::new();
        match platform {
            Platform::Posix => walk(&mut segments, text.split('/').map(Cow::Borrowed)),
            Platform::Windows => {
                let text = text.replace('\\', "/").to_ascii_lowercase();
                let text = text.strip_prefix("c:").unwrap_or(&text);
                let names = text.split('/').map(str::to_owned);
                walk(&mut segments, names.map(Cow::Owned));
            }
        }
        // WHY: nearly every image links /var/run to /run, and runtimes follow it.
        if segments.starts_with(&[Cow::Borrowed("var"), Cow::Borrowed("run")]) {
            segments.remove(0);
        }
        Self { segments }
    }

    /// Whether one lies at, above or below the other.
    pub(crate) fn touches(&self, other: &Self) -> bool {
        self.segments.starts_with(&other.segments) || other.segments.starts_with(&self.segments)
    }
}

fn walk<'t>(segments: &mut Vec<Cow<'t, str>>, names: impl Iterator<Item = Cow<'t, str>>) {
    for name in names {
        match name.as_ref() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MountPath, Platform};

    #[test]
    fn at_above_or_below() {
        let posix = [
            ("/var/run/secrets/eks.amazonaws.com/serviceaccount", true),
            ("/var/run/secrets/eks.amazonaws.com/serviceaccount/", true),
            ("/run/secrets/eks.amazonaws.com/serviceaccount/token", true),
            ("/var/run/secrets/eks.amazonaws.com", true),
            ("/var/lib/../run/./secrets//eks.amazonaws.com", true),
            ("var/run", true),
            ("/run", true),
            ("/", true),
            ("/../..", true),
            ("/var", false),
            ("/var/run/secrets/kubernetes.io/serviceaccount", false),
            ("/var/run/secrets/eks.amazonaws.com/serviceaccounts", false),
            ("C:\\var\\run\\secrets\\eks.amazonaws.com", false),
            ("/data", false),
        ];
        for (path, expected) in posix {
            check(path, Platform::Posix, expected);
        }
        let windows = [
            ("C:\\var\\run\\secrets\\eks.amazonaws.com", true),
            ("c:/VAR/Run/secrets", true),
            ("/var/run/secrets/eks.amazonaws.com/serviceaccount", true),
            ("D:\\var\\run", false),
            ("C:\\data", false),
        ];
        for (path, expected) in windows {
            check(path, Platform::Windows, expected);
        }
    }

    fn check(path: &str, platform: Platform, expected: bool) {
        let ours = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
        let ours = MountPath::new(ours, platform);
        assert_eq!(
            MountPath::new(path, platform).touches(&ours),
            expected,
            "{path}"
        );
    }
}
