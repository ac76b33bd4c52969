//! A table, for the terminal and for the page.

use comfy_table::{Cell, CellAlignment, Table, presets};
use std::fmt::Write;

/// Words on the left, numbers on the right.
#[derive(Clone, Debug)]
pub struct Grid {
    /// What it is of.
    pub title: String,
    /// One per column.
    pub heading: Vec<String>,
    /// How many columns from the left are words.
    pub words: usize,
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// For the terminal.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_header(self.heading.clone());
        for row in &self.rows {
            table.add_row(row.iter().enumerate().map(|(number, text)| {
                let side = if number < self.words { CellAlignment::Left } else { CellAlignment::Right };
                Cell::new(text).set_alignment(side)
            }));
        }
        format!("{}\n{table}\n", self.title)
    }

    /// For the page. Cells that are a verdict get a class of that name.
    pub fn html(&self) -> String {
        let mut out = format!("<table><caption>{}</caption><thead><tr>", escaped(&self.title));
        for text in &self.heading {
            // Writing to a String does not fail.
            let _ = write!(out, "<th>{}</th>", escaped(text));
        }
        out += "</tr></thead><tbody>\n";
        for row in &self.rows {
            out += "<tr>";
            for (number, text) in row.iter().enumerate() {
                let class = match text.as_str() {
                    verdict @ ("aim" | "must" | "short") => verdict,
                    _ if number < self.words => "word",
                    _ => "number",
                };
                let _ = write!(out, "<td class=\"{class}\">{}</td>", escaped(text));
            }
            out += "</tr>\n";
        }
        out + "</tbody></table>\n"
    }
}

/// As text within a page.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_is_in_it_and_no_more() {
        let grid = Grid {
            title: "a < b".to_owned(),
            heading: vec!["<script>".to_owned(), "\"n\"".to_owned()],
            words: 1,
            rows: vec![vec!["x & y".to_owned(), "short".to_owned()]],
        };
        let html = grid.html();
        for part in ["a &lt; b", "&lt;script&gt;", "x &amp; y", "<td class=\"short\">short</td>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
