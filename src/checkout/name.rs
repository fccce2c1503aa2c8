//! What the name of a file says about its content.

use super::File;

/// Which names there are among some files. One that none of them has may seem to be among them: packs ask for hundreds of
/// names in hundreds of directories, and nearly none is anywhere.
#[derive(Debug)]
pub(super) struct Names(Vec<u64>);

impl Names {
    pub(super) fn of(files: &[File]) -> Self {
        let mut names = Names(vec![0; (files.len() / 8).next_power_of_two()]);
        for file in files {
            let (at, bit) = names.place(file.name());
            names.0[at] |= bit;
        }
        names
    }

    pub(super) fn can_have(&self, name: &str) -> bool {
        let (at, bit) = self.place(name);
        self.0[at] & bit != 0
    }

    /// Which word of the set and which bit in it is a name's, by a hash of its ends: names differ there.
    fn place(&self, name: &str) -> (usize, u64) {
        let name = name.as_bytes();
        let (first, last) = match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (name.iter().fold(0, |letters, letter| letters << 8 | u64::from(*letter)), 0),
        };
        // A multiplication by an odd number, of which the upper bits depend on every letter.
        let mix = |hash: u64| hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = mix(mix(first).rotate_left(32) ^ last ^ name.len() as u64);
        ((hash >> 40) as usize & (self.0.len() - 1), 1 << (hash >> 32 & 63))
    }
}

/// The part after the last dot of a name, `""` when there is none.
pub fn ending(name: &str) -> &str {
    memchr::memrchr(b'.', name.as_bytes()).map_or("", |dot| &name[dot + 1..])
}

/// Whether a name promises content that is no text: images, archives, fonts, compiled code.
pub fn is_binary(name: &str) -> bool {
    let mut buffer = [0_u8; 8];
    let ending = ending(name).as_bytes();
    // No ending in the list is longer than the buffer.
    let Some(lower) = buffer.get_mut(..ending.len()) else {
        return false;
    };
    lower.copy_from_slice(ending);
    lower.make_ascii_lowercase();
    matches!(
        std::str::from_utf8(lower).unwrap_or(""),
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "ico"
            | "icns"
            | "webp"
            | "avif"
            | "bmp"
            | "tif"
            | "tiff"
            | "psd"
            | "pdf"
            | "zip"
            | "gz"
            | "tgz"
            | "xz"
            | "bz2"
            | "zst"
            | "7z"
            | "rar"
            | "tar"
            | "jar"
            | "war"
            | "whl"
            | "nupkg"
            | "class"
            | "exe"
            | "dll"
            | "so"
            | "dylib"
            | "a"
            | "o"
            | "lib"
            | "pyc"
            | "wasm"
            | "bin"
            | "dat"
            | "woff"
            | "woff2"
            | "ttf"
            | "otf"
            | "eot"
            | "mp3"
            | "mp4"
            | "mov"
            | "webm"
            | "ogg"
            | "wav"
            | "flac"
            | "db"
            | "sqlite"
            | "sqlite3"
            | "parquet"
            | "npy"
            | "npz"
            | "onnx"
            | "pack"
            | "idx"
            | "jks"
            | "p12"
            | "pfx"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_there_is_never_denied_and_one_that_is_not_seldom_allowed() {
        let files: Vec<File> = (0..1000).map(|n| File::new(format!("a/{n}/file{n}.rs"), 1)).collect();
        let names = Names::of(&files);
        assert!(files.iter().all(|file| names.can_have(file.name())));
        assert!((0..1000).filter(|n| names.can_have(&format!("other{n}.rs"))).count() < 200);
        assert!(!Names::of(&[]).can_have("x"));
    }

    #[test]
    fn an_ending_tells_binaries_from_text() {
        assert!(is_binary("a.b.PNG") && is_binary("lib.so"));
        assert!(!is_binary("png") && !is_binary("a.py") && !is_binary(""));
    }
}
