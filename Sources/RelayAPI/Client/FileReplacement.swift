// Giving a finished file its name, in one step: whoever looks finds the old one or the new one
// whole.

import NIOPosix

package enum FileReplacement {
    /// Renames `path` to `name`, in the place of a file that is there already. Throws with the text
    /// of the system's error.
    package static func rename(_ path: String, to name: String) async throws {
        try await NonBlockingFileIO(threadPool: .singleton).rename(path: path, newName: name)
    }
}
