//! What the name of a file says about its content.

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
    fn an_ending_tells_binaries_from_text() {
        assert!(is_binary("a.b.PNG") && is_binary("lib.so"));
        assert!(!is_binary("png") && !is_binary("a.py") && !is_binary(""));
    }
}
