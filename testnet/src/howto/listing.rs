//! What `ipvsadm` prints, beside what the document shows.

/// A service of a listing, with its real servers.
#[derive(Debug, PartialEq, Eq)]
struct Service {
    line: Vec<String>,
    /// Sorted: the order of real servers differs between versions of IPVS.
    servers: Vec<Vec<String>>,
}

/// Whether a listing says what the document's says: the same services with the same words, each with the same real
/// servers, in whatever order, however it is spaced. The header with the version does not count. A `*` in the document
/// is any word.
///
/// # Errors
/// Says what differs.
pub fn same(document: &str, listing: &str) -> Result<(), String> {
    let (wanted, seen) = (read(document), read(listing));
    if wanted.len() != seen.len() {
        return Err(format!("{} services, expected {}", seen.len(), wanted.len()));
    }
    for (wanted, seen) in wanted.iter().zip(&seen) {
        matches(&wanted.line, &seen.line)?;
        if wanted.servers.len() != seen.servers.len() {
            return Err(format!("{} real servers, expected {}", seen.servers.len(), wanted.servers.len()));
        }
        for (wanted, seen) in wanted.servers.iter().zip(&seen.servers) {
            matches(wanted, seen)?;
        }
    }
    Ok(())
}

fn matches(wanted: &[String], seen: &[String]) -> Result<(), String> {
    let same = wanted.len() == seen.len() && wanted.iter().zip(seen).all(|(w, s)| w == "*" || w == s);
    if same { Ok(()) } else { Err(format!("`{}`, expected `{}`", seen.join(" "), wanted.join(" "))) }
}

fn read(listing: &str) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for line in listing.lines() {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        match words.first().map(String::as_str) {
            Some("TCP" | "UDP" | "FWM" | "SCTP") => {
                services.push(Service { line: words, servers: Vec::new() });
            }
            Some("->") => {
                // The header has such a line, too, before any service.
                if let Some(service) = services.last_mut() {
                    service.servers.push(words);
                    service.servers.sort();
                }
            }
            _ => {}
        }
    }
    services
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "IP Virtual Server version 1.0.6 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n\
         -> RemoteAddress:Port Forward Weight ActiveConn InActConn\nTCP  192.168.0.101:www rr\n\
         -> rs2:www Route 1 0 5\n-> rs1:www Route 1 * *\n";

    #[test]
    fn spaces_and_order_do_not_count_and_words_do() {
        let ours = "IP Virtual Server version 1.2.1 (size=4096)\nTCP  192.168.0.101:www   rr\n  \
                    -> rs1:www   Route   1   0   4\n  -> rs2:www   Route   1   0    5\n";
        assert_eq!(same(DOCUMENT, ours), Ok(()));
        assert!(same(DOCUMENT, &ours.replace(" rr", " wrr")).is_err());
        assert!(same(DOCUMENT, &ours.replace("0    5", "0    6")).is_err());
        assert!(same(DOCUMENT, &ours.replace("  -> rs1:www   Route   1   0   4\n", "")).is_err());
        assert!(same(DOCUMENT, "").is_err());
    }
}
