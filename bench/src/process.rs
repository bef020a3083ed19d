//! What the kernel says of a process (proc(5)).

use std::time::Duration;

/// Clock ticks of `utime` and `stime` in a second (`USER_HZ`; 100 on every Linux we build for).
const TICKS_PER_SECOND: u64 = 100;

/// The most memory that the process ever had in use (`VmHWM`), in KiB.
pub(crate) fn peak_memory_kib(pid: u32) -> Option<u64> {
    memory(pid, "VmHWM:")
}

/// The memory that the process has in use now (`VmRSS`), in KiB.
pub(crate) fn memory_kib(pid: u32) -> Option<u64> {
    memory(pid, "VmRSS:")
}

/// The part of it that is no file's, such as the pages of the program (`RssAnon`), in KiB.
pub(crate) fn own_memory_kib(pid: u32) -> Option<u64> {
    memory(pid, "RssAnon:")
}

fn memory(pid: u32, member: &str) -> Option<u64> {
    parse_memory(
        &std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?,
        member,
    )
}

/// The processor time that all threads of the process have used.
pub(crate) fn processor_time(pid: u32) -> Option<Duration> {
    parse_time(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// How many processes ran or wanted to, on average over the last minute.
pub(crate) fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

fn parse_memory(status: &str, member: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(member))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Fields 14 and 15, counted behind the name, which may hold blanks and parentheses.
fn parse_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * (1000 / TICKS_PER_SECOND),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_a_status() {
        for (status, expected) in [
            (
                "Name:\tirsa\nVmHWM:\t   14832 kB\nVmRSS:\t 1 kB\n",
                Some(14_832),
            ),
            ("Name:\tirsa\n", None),
            ("VmHWM:\tmuch\n", None),
        ] {
            assert_eq!(parse_memory(status, "VmHWM:"), expected, "{status}");
        }
    }

    #[test]
    fn time() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1";
        for (stat, expected) in [
            (format!("42 (irsa) {tail}"), Some(Duration::from_secs(2))),
            (format!("42 (a) b (c) {tail}"), Some(Duration::from_secs(2))),
            ("42 irsa".to_owned(), None),
        ] {
            assert_eq!(parse_time(&stat), expected, "{stat}");
        }
    }

    #[test]
    fn this_machine_tells_all() {
        let pid = std::process::id();
        assert!(peak_memory_kib(pid).is_some_and(|kib| kib > 0));
        assert!(memory_kib(pid).is_some_and(|kib| kib > 0));
        assert!(processor_time(pid).is_some());
        assert!(load_average().is_some_and(|load| load >= 0.0));
    }
}
