// JSON that gives orders is read strictly: a key with a slip in its name must not become no key,
// and a filter with one not become no filter.

package import FoundationEssentials

extension Decoder {
    /// The container of an object all of whose keys are known; throws when one is not.
    func strict<Key: CodingKey & CaseIterable>(
        _ keys: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Key.allCases.map(\.stringValue)
        for name in try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        where !known.contains(name) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath,
                    debugDescription: "\(printable(name)) is not a key here. Known are: "
                        + known.joined(separator: ", ")))
        }
        return try container(keyedBy: keys)
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension APICoding {
    /// Reads what a client sent. Throws `invalidRequest` with the key that is at fault.
    package static func order<Value: Decodable>(
        _ type: Value.Type, from data: Data
    ) throws(Problem) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Problem(error)
        } catch {
            throw Problem(.invalidRequest, "The body is not JSON: \(error).")
        }
    }
}

extension Problem {
    /// Where the JSON is wrong, and what was expected there.
    fileprivate init(_ error: DecodingError) {
        let (context, last): (DecodingError.Context, String?) =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                (context, nil)
            case .keyNotFound(let key, let context): (context, key.stringValue)
            @unknown default: (.init(codingPath: [], debugDescription: "\(error)"), nil)
            }
        let path = (context.codingPath.map(\.stringValue) + [last].compactMap { $0 })
            .joined(separator: ".")
        if path.isEmpty {
            self.init(
                .invalidRequest,
                "The body is not the JSON of this endpoint: \(context.debugDescription).")
        } else {
            self.init(
                .invalidRequest, field: path,
                last == nil
                    ? "\(path): \(context.debugDescription)." : "\(path) is missing.")
        }
    }
}
