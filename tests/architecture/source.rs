//! A Rust source as the paths it names: enough of the language to read its module graph.

/// One file below `src`, without comments, strings and test modules.
pub struct Source {
    /// Below `src`, `nrg/run.rs`.
    pub name: String,
    tokens: Vec<Token>,
    lines: usize,
}

struct Token {
    text: String,
    line: usize,
}

impl Source {
    pub fn parse(name: &str, text: &str) -> Self {
        let tokens = without_tests(tokens(text));
        Self { name: name.to_owned(), tokens, lines: text.lines().count() }
    }

    /// The module directly below the crate's root to which the file belongs.
    pub fn module(&self) -> &str {
        let first = self.name.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The modules directly below the root that the file names, each once.
    pub fn modules_used(&self) -> Vec<String> {
        let roots = ["crate::", "edgestate::"];
        let mut found: Vec<String> = self
            .paths()
            .iter()
            .filter_map(|path| roots.iter().find_map(|root| path.strip_prefix(root)))
            .filter_map(|path| path.split("::").next())
            // Generated and re-exported items of the root are no modules.
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            .map(str::to_owned)
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Every path in the file (`a::b::c`, groups spread out, `super` resolved).
    pub fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut inner: Vec<bool> = Vec::new(); // one entry per open brace: is it an inline module?
        let mut at = 0;
        while at < self.tokens.len() {
            match self.text(at) {
                "{" => inner.push(at >= 2 && self.text(at - 2) == "mod"),
                "}" => {
                    inner.pop();
                }
                _ => {}
            }
            let starts = at == 0 || !matches!(self.text(at - 1), "::" | ".");
            let after_use = at > 0 && self.text(at - 1) == "use";
            let leads = self.text(at + 1) == "::" || after_use;
            if starts && leads && (is_word(self.text(at)) || after_use) {
                let depth = inner.iter().filter(|is_module| **is_module).count();
                let (paths, _) = self.tree(at, "");
                found.extend(paths.iter().map(|path| self.resolved(path, depth)));
            }
            // The absolute form `::tokio::spawn`.
            if self.text(at) == "::" && (at == 0 || ends_no_path(self.text(at - 1))) {
                let (paths, _) = self.tree(at + 1, "");
                found.extend(paths);
            }
            at += 1;
        }
        found
    }

    /// The paths of the use tree or plain path at `at`, and where it ends.
    fn tree(&self, mut at: usize, prefix: &str) -> (Vec<String>, usize) {
        let mut path = prefix.to_owned();
        loop {
            match self.text(at) {
                "{" => {
                    let mut found = Vec::new();
                    at += 1;
                    while !matches!(self.text(at), "}" | "") {
                        let (inside, end) = self.tree(at, &path);
                        found.extend(inside);
                        at = end.max(at + 1);
                        // `name as other`
                        while !matches!(self.text(at), "," | "}" | "") {
                            at += 1;
                        }
                        if self.text(at) == "," {
                            at += 1;
                        }
                    }
                    return (found, at + 1);
                }
                word if is_word(word) => {
                    path.push_str(word);
                    at += 1;
                }
                _ => return (vec![path], at),
            }
            if self.text(at) != "::" {
                return (vec![path], at);
            }
            path.push_str("::");
            at += 1;
        }
    }

    /// `super::...` as a path from the root, seen `depth` inline modules deep.
    fn resolved(&self, path: &str, depth: usize) -> String {
        let mut up = 0;
        let mut rest = path;
        while let Some(shorter) = rest.strip_prefix("super::") {
            rest = shorter;
            up += 1;
        }
        if up <= depth {
            return path.to_owned();
        }
        let stem = self.name.strip_suffix(".rs").unwrap_or(&self.name);
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        let parents: Vec<&str> = stem.split('/').collect();
        let kept = parents.len().saturating_sub(up - depth);
        let mut full = vec!["crate"];
        full.extend(&parents[..kept]);
        full.push(rest);
        full.join("::")
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }
}

/// The number of lines, and of each function's lines from `fn` to its closing brace.
pub fn lengths(source: &Source) -> (usize, Vec<(String, usize)>) {
    let mut functions = Vec::new();
    for at in 0..source.tokens.len() {
        if source.text(at) != "fn" || !is_word(source.text(at + 1)) {
            continue;
        }
        let mut nesting = 0_i32; // of (, [ and {; the `;` of `[u8; 4]` does not end a signature
        let mut end = at;
        loop {
            match source.text(end) {
                "(" | "[" | "{" => nesting += 1,
                ")" | "]" => nesting -= 1,
                "}" => {
                    nesting -= 1;
                    if nesting == 0 {
                        break;
                    }
                }
                ";" if nesting == 0 => break,
                "" => break,
                _ => {}
            }
            end += 1;
        }
        if source.text(end) == "}" {
            let length = source.tokens[end].line - source.tokens[at].line + 1;
            functions.push((source.text(at + 1).to_owned(), length));
        }
    }
    (source.lines, functions)
}

/// Whether a `::` behind `text` begins a path.
fn ends_no_path(text: &str) -> bool {
    !is_word(text) || ["use", "in", "as", "return", "mut", "dyn", "impl", "for"].contains(&text)
}

fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single characters; comments, strings, characters and numbers are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end > at {
            line += chars[at..end].iter().filter(|c| **c == '\n').count();
            at = end;
            continue;
        }
        let first = chars[at];
        let mut end = at + 1;
        if first.is_alphabetic() || first == '_' {
            while end < chars.len() && (chars[end].is_alphanumeric() || chars[end] == '_') {
                end += 1;
            }
        } else if first == ':' && chars.get(at + 1) == Some(&':') {
            end = at + 2;
        }
        if first == '\n' {
            line += 1;
        }
        if !first.is_whitespace() {
            found.push(Token { text: chars[at..end].iter().collect(), line });
        }
        at = end;
    }
    found
}

/// Where the comment, string, character or number at `at` ends; `at` if there is none.
fn skipped(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let starts = |with: &str| with.chars().enumerate().all(|(i, c)| rest.get(i) == Some(&c));
    if starts("//") {
        return at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
    }
    if starts("/*") {
        return at + block_comment(rest);
    }
    let is_raw = starts("r\"") || starts("r#") || starts("br\"") || starts("br#");
    if let Some(length) = is_raw.then(|| raw_string(rest)).flatten() {
        return at + length;
    }
    let quoted = |first: usize, quote: char| {
        let mut end = first;
        while end < rest.len() && rest[end] != quote {
            end += if rest[end] == '\\' { 2 } else { 1 };
        }
        at + end + 1
    };
    match (rest.first(), rest.get(1), rest.get(2)) {
        (Some('"'), _, _) => quoted(1, '"').min(chars.len()),
        (Some('b'), Some('"'), _) => quoted(2, '"').min(chars.len()),
        // A lifetime is not a character.
        (Some('\''), Some('\\'), _) | (Some('\''), Some(_), Some('\'')) => {
            quoted(1, '\'').min(chars.len())
        }
        (Some(digit), _, _) if digit.is_ascii_digit() => {
            let number = |c: &char| c.is_alphanumeric() || *c == '_';
            at + rest.iter().position(|c| !number(c)).unwrap_or(rest.len())
        }
        _ => at,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut end) = (0, 0);
    while end < rest.len() {
        match (rest[end], rest.get(end + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                end += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                end += 2;
                if depth == 0 {
                    return end;
                }
            }
            _ => end += 1,
        }
    }
    end
}

/// The length of `r"..."`, `r#"..."#`, `br"..."`; None for a raw identifier.
fn raw_string(rest: &[char]) -> Option<usize> {
    let first = rest.iter().position(|c| *c == '#' || *c == '"')?;
    let hashes = rest[first..].iter().take_while(|c| **c == '#').count();
    if rest.get(first + hashes) != Some(&'"') {
        return None;
    }
    let mut end = first + hashes + 1;
    while end < rest.len() {
        let closes = rest[end] == '"' && rest[end + 1..].iter().take(hashes).all(|c| *c == '#');
        if closes && rest.len() > end + hashes {
            return Some(end + hashes + 1);
        }
        end += 1;
    }
    Some(rest.len())
}

/// Leaves out what stands behind `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    let mut window: Vec<Token> = Vec::new();
    while let Some(token) = rest.next() {
        window.push(token);
        if !window.iter().zip(marker).all(|(token, text)| token.text == text) {
            kept.append(&mut window);
        } else if window.len() == marker.len() {
            window.clear();
            let mut nesting = 0_i32;
            for token in rest.by_ref() {
                match token.text.as_str() {
                    "{" => nesting += 1,
                    "}" => nesting -= 1,
                    _ => {}
                }
                if nesting == 0 && matches!(token.text.as_str(), "}" | ";") {
                    break;
                }
            }
        }
    }
    kept.append(&mut window);
    kept
}
