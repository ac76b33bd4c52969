//! Which CPUs an interface's receive interrupts go to: from `/proc/interrupts`, `/proc/irq` and `/sys/class/net`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The CPUs that take the receive interrupts of all these interfaces; `None` if of one of them none are known.
pub fn cpus_of(interfaces: &[String]) -> Option<BTreeSet<usize>> {
    let table = std::fs::read_to_string("/proc/interrupts").ok()?;
    let mut cpus = BTreeSet::new();
    for name in interfaces {
        let device = Path::new("/sys/class/net").join(name).join("device");
        let numbers = receiving(&table, name, &device_name(&device), &vectors(&device));
        let mut known = numbers.into_iter().filter_map(affinity).flatten().peekable();
        known.peek()?;
        cpus.extend(known);
    }
    Some(cpus)
}

/// What its interrupts may be called by besides the interface's name: `virtio2`.
fn device_name(device: &Path) -> String {
    let target = std::fs::canonicalize(device).unwrap_or_default();
    target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The interrupt vectors of a device, or of the one that it sits on, as virtio's does.
fn vectors(device: &Path) -> BTreeSet<u32> {
    let read = |folder: PathBuf| std::fs::read_dir(folder).ok();
    let folders = [device.join("msi_irqs"), device.join("../msi_irqs")];
    let entries = folders.into_iter().filter_map(read).flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Numbers of an interface's receive interrupts: those of the device's vectors, or that are named after it or after the
/// interface; where some of these are said to receive, only they.
fn receiving(table: &str, interface: &str, device: &str, vectors: &BTreeSet<u32>) -> Vec<u32> {
    let mut all = Vec::new();
    for line in table.lines() {
        let Some((number, rest)) = line.split_once(':') else { continue };
        let Ok(number) = number.trim().parse::<u32>() else { continue };
        let Some(action) = rest.split_whitespace().last() else { continue };
        let is_named = |name: &str| {
            !name.is_empty()
                && action
                    .strip_prefix(name)
                    .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
        };
        if vectors.contains(&number) || is_named(interface) || is_named(device) {
            all.push((number, action.to_ascii_lowercase()));
        }
    }
    let receives = |(_, action): &&(u32, String)| action.contains("rx") || action.contains("input");
    let some: Vec<u32> = all.iter().filter(receives).map(|(number, _)| *number).collect();
    if some.is_empty() { all.into_iter().map(|(number, _)| number).collect() } else { some }
}

/// The CPUs that an interrupt goes to.
fn affinity(number: u32) -> Option<Vec<usize>> {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/irq/{number}/{file}")).ok();
    let effective = read("effective_affinity_list").and_then(|text| list(&text));
    effective.filter(|cpus| !cpus.is_empty()).or_else(|| list(&read("smp_affinity_list")?))
}

/// `0,2-3` → 0, 2, 3.
fn list(text: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    for part in text.trim().split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        cpus.extend((first..=last).take(8192));
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
           CPU0       CPU1
 24:          1          0  IO-APIC   5-edge      ACPI:Ged
 37:          0          0 PCI-MSIX-0000:00:03.0   0-edge      virtio2-config
 38:          0       3293 PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0
 39:       2142          0 PCI-MSIX-0000:00:03.0   2-edge      virtio2-output.0
 41:          5          0 PCI-MSIX-0000:00:04.0   1-edge      virtio21-input.0
 60:          9          0 IR-PCI-MSI 524288-edge      eth1
 61:          9          0 IR-PCI-MSI 524289-edge      eth1-TxRx-0
 62:          9          0 IR-PCI-MSI 524290-edge      eth1-TxRx-1
 63:          9          0 IR-PCI-MSI 524291-edge      eth10-TxRx-0
 70:          9          0 IR-PCI-MSI 624290-edge      mlx5_comp0@pci:0000:5e:00.0
NMI:          0          0   Non-maskable interrupts
";

    #[test]
    fn the_interrupts_of_an_interface() {
        let none = BTreeSet::new();
        assert_eq!(receiving(TABLE, "eth0", "virtio2", &none), [38], "by its device's name");
        assert_eq!(receiving(TABLE, "eth1", "0000:3b:00.0", &none), [61, 62], "by its own, of its queues");
        assert_eq!(receiving(TABLE, "eth2", "0000:5e:00.0", &[70].into()), [70], "by its vectors");
        assert!(receiving(TABLE, "veth0", "", &none).is_empty());
        assert!(receiving("", "eth0", "", &none).is_empty());
    }

    #[test]
    fn lists_of_cpus() {
        assert_eq!(list("0,2-3\n"), Some(vec![0, 2, 3]));
        assert_eq!(list("\n"), Some(vec![]));
        assert_eq!(list("x"), None);
        assert_eq!(cpus_of(&["no-such-link".to_owned()]), None);
    }
}
