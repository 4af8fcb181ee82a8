//! A model's files: where they lie, and whether they are the ones that were registered.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{ModelFile, ModelFiles};
use sha2::{Digest, Sha256};

/// A model that is kept in the registry has at most this many bytes, as journey.model_versions says.
const MOST_ARTEFACT: u64 = 50 << 20;

/// Names a file as it was when its digest was computed: any change of the file changes one of these.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Stamp {
    path: PathBuf,
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

/// Finds models below the folders it was given, and remembers digests: a large file is read once.
pub struct ModelFolders {
    folders: Vec<PathBuf>,
    digests: Mutex<HashMap<Stamp, String>>,
}

impl ModelFolders {
    /// `folders` are resolved now; whatever does not exist is left out, and named when a model is asked for.
    pub fn new(folders: &[PathBuf]) -> Self {
        let folders = folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
        ModelFolders { folders, digests: Mutex::default() }
    }

    /// The folder of a model, with every link resolved.
    pub fn locate(&self, model: &ModelFiles) -> Result<PathBuf> {
        let below = Path::new(&model.directory);
        if !is_plain(below) {
            return Err(Error::new(
                Code::InvalidParameterValue,
                format!(
                    "model folder \"{}\" of model \"{}\" is not a relative path",
                    model.directory, model.name
                ),
            )
            .hint("Name a folder below one of pg_journey.model_path, without \"..\"."));
        }
        let found = self.folders.iter().map(|folder| folder.join(below)).find(|path| path.is_dir());
        found.and_then(|path| path.canonicalize().ok()).ok_or_else(|| {
            missing(
                model,
                &format!("folder \"{}\"", model.directory),
                &format!("is in none of {:?}", self.folders),
            )
        })
    }

    /// Every file of a folder with its size and digest, for a model that is being registered. Its manifest.json is not
    /// among them: it is kept in the registry.
    pub fn list(&self, folder: &Path, model: &ModelFiles) -> Result<Vec<ModelFile>> {
        let unreadable =
            |e: std::io::Error| missing(model, &format!("folder \"{}\"", folder.display()), &e.to_string());
        let mut files = Vec::new();
        for entry in folder.read_dir().map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == MANIFEST || !entry.path().is_file() {
                continue;
            }
            let mut file = ModelFile { name, bytes: 0, sha256: String::new() };
            let opened = File::open(self.path(folder, model, &file)?).map_err(unreadable)?;
            let metadata = opened.metadata().map_err(unreadable)?;
            file.bytes = metadata.len();
            file.sha256 = self.digest(&entry.path(), opened, &metadata).map_err(unreadable)?;
            files.push(file);
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The folder's manifest.json, where it has one that is JSON.
    pub fn manifest(&self, folder: &Path) -> Option<serde_json::Value> {
        serde_json::from_slice(&std::fs::read(folder.join(MANIFEST)).ok()?).ok()
    }

    /// Whether a file is there and holds what was registered.
    pub fn verify(&self, folder: &Path, model: &ModelFiles, file: &ModelFile) -> Result<()> {
        let path = self.path(folder, model, file)?;
        let unreadable =
            |e: std::io::Error| missing(model, &format!("file \"{}\"", path.display()), &e.to_string());
        let opened = File::open(&path).map_err(unreadable)?;
        let metadata = opened.metadata().map_err(unreadable)?;
        check_size(model, &path, file, metadata.len())?;
        let digest = self.digest(&path, opened, &metadata).map_err(unreadable)?;
        check_digest(model, &path, file, &digest)
    }

    /// What a file holds, read once: whoever changes the file afterwards changes nothing of what was verified.
    pub fn read(&self, folder: &Path, model: &ModelFiles, file: &ModelFile) -> Result<Vec<u8>> {
        let path = self.path(folder, model, file)?;
        let unreadable =
            |e: std::io::Error| missing(model, &format!("file \"{}\"", path.display()), &e.to_string());
        let opened = File::open(&path).map_err(unreadable)?;
        // Before it is read, so that a file of any size takes no more memory than was registered.
        check_size(model, &path, file, opened.metadata().map_err(unreadable)?.len())?;
        let mut content = Vec::with_capacity(file.bytes as usize);
        opened.take(file.bytes).read_to_end(&mut content).map_err(unreadable)?;
        check_digest(model, &path, file, &hexadecimal(&Sha256::digest(&content)))?;
        Ok(content)
    }

    /// What the one file of a small model holds, named by its path below one of the folders. Registering it copies it.
    pub fn graph(&self, path: &str) -> Result<Vec<u8>> {
        let below = Path::new(path);
        if !is_plain(below) || below.extension().is_none_or(|extension| extension != "onnx") {
            return Err(Error::invalid(format!(
                "\"{path}\" is not the relative path of a file that ends in .onnx"
            ))
            .hint("Name a file below one of pg_journey.model_path, without \"..\"."));
        }
        let refused = |why: &str| {
            Error::new(Code::UndefinedFile, format!("model file \"{path}\" cannot be read: {why}"))
                .hint("Put the file below one of pg_journey.model_path, readable by the server's user.")
        };
        for folder in &self.folders {
            let Ok(real) = folder.join(below).canonicalize() else { continue };
            if !real.starts_with(folder) || !real.is_file() {
                return Err(refused("it is no file below the folder"));
            }
            let file = File::open(&real).map_err(|e| refused(&e.to_string()))?;
            let mut content = Vec::new();
            file.take(MOST_ARTEFACT + 1).read_to_end(&mut content).map_err(|e| refused(&e.to_string()))?;
            if content.len() as u64 > MOST_ARTEFACT {
                return Err(Error::new(
                    Code::ProgramLimitExceeded,
                    format!("model file \"{path}\" is larger than 50 MB"),
                )
                .hint("Import a folder with a manifest, or a smaller model."));
            }
            return Ok(content);
        }
        Err(refused(&format!("it is in none of {:?}", self.folders)))
    }

    /// The path of a registered file, which must lie in the folder itself.
    fn path(&self, folder: &Path, model: &ModelFiles, file: &ModelFile) -> Result<PathBuf> {
        let path = folder.join(&file.name);
        if !is_plain(Path::new(&file.name)) {
            return Err(outside(model, &path));
        }
        match path.canonicalize() {
            Ok(real) if real.starts_with(folder) => Ok(path),
            Ok(_) => Err(outside(model, &path)),
            Err(e) => Err(missing(model, &format!("file \"{}\"", path.display()), &e.to_string())),
        }
    }

    fn digest(&self, path: &Path, mut file: File, metadata: &Metadata) -> std::io::Result<String> {
        let stamp = Stamp {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        };
        let known = self.digests.lock().unwrap_or_else(PoisonError::into_inner).get(&stamp).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let digest = sha256(&mut file)?;
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).insert(stamp, digest.clone());
        Ok(digest)
    }
}

fn sha256(file: &mut File) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hexadecimal(&hasher.finalize()))
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_size(model: &ModelFiles, path: &Path, file: &ModelFile, bytes: u64) -> Result<()> {
    if bytes == file.bytes {
        return Ok(());
    }
    Err(damaged(model, path, &format!("has {bytes} bytes instead of {}", file.bytes)))
}

fn check_digest(model: &ModelFiles, path: &Path, file: &ModelFile, digest: &str) -> Result<()> {
    if digest == file.sha256 {
        return Ok(());
    }
    Err(damaged(model, path, &format!("has sha256 {digest} instead of {}", file.sha256)))
}

/// Whether a path only goes down from where it starts.
pub fn is_plain(path: &Path) -> bool {
    path.components().count() > 0 && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn missing(model: &ModelFiles, what: &str, why: &str) -> Error {
    Error::new(Code::UndefinedFile, format!("{what} of model \"{}\" cannot be read: {why}", model.name))
        .hint(MEND)
}

fn damaged(model: &ModelFiles, path: &Path, what: &str) -> Error {
    let message = format!("file \"{}\" of model \"{}\" {what}", path.display(), model.name);
    Error::new(Code::DataCorrupted, message).hint(MEND)
}

fn outside(model: &ModelFiles, path: &Path) -> Error {
    let message =
        format!("file \"{}\" of model \"{}\" lies outside the model's folder", path.display(), model.name);
    Error::new(Code::InsufficientPrivilege, message)
        .hint("Put every file of a model into the model's own folder.")
}

const MANIFEST: &str = "manifest.json";

const MEND: &str =
    "Run `make models` and `make install` for a shipped model; register a model of your own again.";

#[cfg(test)]
mod tests {
    use super::*;

    fn model(files: Vec<ModelFile>) -> ModelFiles {
        ModelFiles { name: "m".into(), directory: "m".into(), files, manifest: String::new() }
    }

    fn file(name: &str, content: &[u8]) -> ModelFile {
        let sha256 = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        ModelFile { name: name.into(), bytes: content.len() as u64, sha256 }
    }

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pg_journey_files_{name}_{}", std::process::id()));
        std::fs::create_dir_all(folder.join("m")).unwrap();
        folder.canonicalize().unwrap()
    }

    #[test]
    fn a_file_is_taken_only_as_registered() {
        let root = scratch("verify");
        std::fs::write(root.join("m/a"), b"weights").unwrap();
        let folders = ModelFolders::new(std::slice::from_ref(&root));
        let (m, good) = (model(vec![]), file("a", b"weights"));
        let folder = folders.locate(&m).unwrap();
        folders.verify(&folder, &m, &good).unwrap();
        assert_eq!(folders.read(&folder, &m, &good).unwrap(), b"weights");

        // The same size and time, as of a file that is changed behind a digest that is known.
        let modified = std::fs::metadata(root.join("m/a")).unwrap().modified().unwrap();
        std::fs::write(root.join("m/a"), b"weighty").unwrap();
        File::options().append(true).open(root.join("m/a")).unwrap().set_modified(modified).unwrap();
        assert_eq!(folders.read(&folder, &m, &good).unwrap_err().code, Code::DataCorrupted);
        std::fs::write(root.join("m/a"), b"weighty").unwrap();
        let error = folders.verify(&folder, &m, &good).unwrap_err();
        assert_eq!(error.code, Code::DataCorrupted);
        assert!(error.message.contains("sha256") && error.hint.is_some());

        std::fs::write(root.join("m/a"), b"wei").unwrap();
        assert!(folders.verify(&folder, &m, &good).unwrap_err().message.contains("3 bytes instead of 7"));

        std::fs::remove_file(root.join("m/a")).unwrap();
        assert_eq!(folders.verify(&folder, &m, &good).unwrap_err().code, Code::UndefinedFile);
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_folder_is_listed_with_digests_and_without_its_manifest() {
        let root = scratch("list");
        std::fs::write(root.join("m/b"), b"weights").unwrap();
        std::fs::write(root.join("m/a"), b"graph").unwrap();
        std::fs::write(root.join("m/manifest.json"), b"{\"task\": \"text\"}").unwrap();
        std::fs::create_dir_all(root.join("m/deeper")).unwrap();
        let folders = ModelFolders::new(std::slice::from_ref(&root));
        let m = model(vec![]);
        let folder = folders.locate(&m).unwrap();
        assert_eq!(folders.list(&folder, &m).unwrap(), [file("a", b"graph"), file("b", b"weights")]);
        assert_eq!(folders.manifest(&folder).unwrap()["task"], "text");
        std::fs::remove_file(root.join("m/manifest.json")).unwrap();
        assert_eq!(folders.manifest(&folder), None);
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn nothing_outside_the_folder_is_reached() {
        let root = scratch("outside");
        std::fs::write(root.join("secret"), b"secret").unwrap();
        std::os::unix::fs::symlink(root.join("secret"), root.join("m/link")).unwrap();
        let folders = ModelFolders::new(std::slice::from_ref(&root));
        let m = model(vec![]);
        let folder = folders.locate(&m).unwrap();
        for name in ["../secret", "/etc/passwd", "link", ""] {
            let error = folders.verify(&folder, &m, &file(name, b"secret")).unwrap_err();
            assert_eq!(error.code, Code::InsufficientPrivilege, "{name}");
        }
        let up = ModelFiles { directory: "../m".into(), ..m };
        assert_eq!(folders.locate(&up).unwrap_err().code, Code::InvalidParameterValue);
        std::fs::remove_dir_all(root).unwrap();
    }
}
