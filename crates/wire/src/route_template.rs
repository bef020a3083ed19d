//! Paths with labels, `/clusters/{name}`.

/// The raw labels of a path that fits the template, in the template's order; `None` when it does
/// not fit. A label is one segment and never empty; a greedy one (`{name+}`) is the rest of the
/// path.
pub(crate) fn labels<'t, 'p>(template: &'t str, path: &'p str) -> Option<Vec<(&'t str, &'p str)>> {
    let template = template.split_once('?').map_or(template, |(path, _)| path);
    let mut labels = Vec::new();
    let mut rest = Some(path.strip_prefix('/')?);
    for part in template.strip_prefix('/')?.split('/') {
        let left = rest?;
        let label = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
        if let Some(greedy) = label.and_then(|l| l.strip_suffix('+')) {
            if left.is_empty() {
                return None;
            }
            labels.push((greedy, left));
            rest = None;
            continue;
        }
        let (segment, after) = match left.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (left, None),
        };
        match label {
            Some(_) if segment.is_empty() => return None,
            Some(name) => labels.push((name, segment)),
            None if segment != part => return None,
            None => {}
        }
        rest = after;
    }
    rest.is_none().then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_or_do_not() {
        type Labels = &'static [(&'static str, &'static str)];
        let cases: [(&str, &str, Option<Labels>); 9] = [
            ("/clusters", "/clusters", Some(&[])),
            ("/clusters", "/clusters/", None),
            (
                "/clusters/{name}",
                "/clusters/a%2Fb",
                Some(&[("name", "a%2Fb")]),
            ),
            ("/clusters/{name}", "/clusters/", None),
            ("/clusters/{name}", "/clusters", None),
            ("/clusters/{name}", "/clusters/a/b", None),
            ("/tags/{arn+}", "/tags/a/b", Some(&[("arn", "a/b")])),
            ("/clusters/{name}", "//clusters/a", None),
            (
                "/clusters/{name}/x",
                "/clusters/a/x",
                Some(&[("name", "a")]),
            ),
        ];
        for (template, path, expected) in cases {
            assert_eq!(
                labels(template, path).as_deref(),
                expected,
                "{template} {path}"
            );
        }
    }
}
