// What the machine says about a path, in one look.
//
// Follows symbolic links, as opening the file would. Nothing here opens anything.

import FoundationEssentials

struct FileState {
    enum Kind: Equatable {
        case file
        case directory
        /// A device, a pipe, a socket: reading it may block or never end.
        case other
        case missing
        case unknown(String)
    }

    /// Links that are followed one after the other: as many as Linux follows.
    private static let linksMax = 40

    let kind: Kind
    /// In bytes; 0 for what is not a file.
    let size: UInt
    /// The permission bits; 0 for what is missing or unknown.
    let mode: UInt

    init(_ path: String) {
        let manager = FileManager.default
        var path = path
        do {
            for _ in 0..<Self.linksMax {
                let attributes = try manager.attributesOfItem(atPath: path)
                guard attributes[.type] as? FileAttributeType == .typeSymbolicLink else {
                    self.init(attributes)
                    return
                }
                let target = try manager.destinationOfSymbolicLink(atPath: path)
                path =
                    target.hasPrefix("/")
                    ? target : Path.joined(Path.directory(of: path), target)
            }
            self.init(.unknown("too many symbolic links"))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            self.init(.missing)
        } catch {
            self.init(.unknown(Self.reason(error)))
        }
    }

    private init(_ attributes: [FileAttributeKey: Any]) {
        let type = attributes[.type] as? FileAttributeType
        guard let size = Self.number(attributes[.size]),
            let mode = Self.number(attributes[.posixPermissions])
        else {
            // Permissions that cannot be read must not pass for good ones.
            self.init(.unknown("the system gives no size or permissions"))
            return
        }
        let kind: Kind =
            type == .typeRegular ? .file : type == .typeDirectory ? .directory : .other
        self.init(kind, size: size, mode: mode)
    }

    private init(_ kind: Kind, size: UInt = 0, mode: UInt = 0) {
        self.kind = kind
        self.size = size
        self.mode = mode
    }

    /// The system's words for why something about a file failed.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? CocoaError else { return "\(error)" }
        if error.code == .fileReadNoPermission { return "no permission" }
        if let system = error.underlying as? POSIXError { return "\(system.code)" }
        return "error \(error.code.rawValue) of the file system"
    }

    /// The number in either of the forms in which it comes: alone, or boxed when the program also
    /// links all of Foundation.
    private static func number(_ value: Any?) -> UInt? {
        (value as? UInt) ?? (value as? Int).flatMap(UInt.init(exactly:))
    }
}
