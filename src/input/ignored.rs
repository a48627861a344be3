//! What `.tokenlintignore` and `.ignore` leave out where git names the files, and no walk meets them. What `.gitignore`
//! says is over once a file is staged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;

/// The ignore files of a repository, each read once.
#[derive(Debug)]
pub struct Ignored {
    /// The way to the top of the repository.
    top: PathBuf,
    folders: HashMap<PathBuf, [Gitignore; 2]>,
}

impl Ignored {
    /// Those of the repository whose top is there.
    pub fn new(top: &Path) -> Self {
        Self { top: top.to_owned(), folders: HashMap::new() }
    }

    /// True if a file is left out; `path` is its way from the top. The nearest folder that says something decides.
    pub fn leave_out(&mut self, path: &Path) -> bool {
        let whole = self.top.join(path);
        for folder in path.ancestors().skip(1) {
            let read = |name| Gitignore::new(self.top.join(folder).join(name)).0;
            let files = self.folders.entry(folder.to_owned());
            for file in files.or_insert_with(|| [".tokenlintignore", ".ignore"].map(read)) {
                match file.matched_path_or_any_parents(&whole, false) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
        }
        false
    }
}
