// The files that a drill on the virtual clock is made of: a scenario, and a directory with the
// configuration of the relays concerned.

import Foundation
import RelayConfiguration
import RelayCore
import RelaySimulator

enum Files {
    static func scenario(_ path: String) throws -> DrillScenario {
        do {
            return try DrillScenario.load(path: path).get()
        } catch {
            throw Refusal([error.description])
        }
    }

    /// The relays of a directory, by file name. Files of other kinds (a calendar, a scenario) have
    /// no section `relay` and are passed over.
    static func members(in directory: String) throws -> [DrillMember] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw Refusal(["\(directory): cannot be read as a directory"])
        }
        var members: [DrillMember] = []
        var errors: [String] = []
        var files: [RelayCode: String] = [:]
        for name in names where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
            guard isRelay(path) else { continue }
            switch Configuration.load(path: path) {
            case .failure(let found): errors.append(found.description)
            case .success(let configuration):
                let code = configuration.relay.code
                if let other = files.updateValue(path, forKey: code) {
                    errors.append("\(path): \(code) has a file already, \(other)")
                }
                members.append(DrillMember(configuration))
            }
        }
        if members.isEmpty, errors.isEmpty {
            errors.append("\(directory): holds no configuration of a relay (*.yaml with relay:)")
        }
        guard errors.isEmpty else { throw Refusal(errors) }
        return members
    }

    /// Whether a line of the file begins the section `relay`; what cannot be read is looked at all
    /// the same, so that its error is told.
    private static func isRelay(_ path: String) -> Bool {
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            let text = String(validating: data, as: UTF8.self)
        else { return true }
        return text.split(separator: "\n").contains { $0.hasPrefix("relay:") }
    }
}

extension DrillMember {
    init(_ configuration: Configuration) {
        var patience = Topology.LinkPatience()
        patience.keepAlive = configuration.retry.keepalive
        patience.silenceMax = configuration.retry.deadAfter
        patience.connectTimeout = configuration.retry.connectTimeout
        let addresses = configuration.peers.map { ($0.code, $0.addresses.map(\.host)) }
        self.init(
            settings: configuration.settings, patience: patience,
            addresses: Dictionary(addresses) { first, _ in first }.filter { !$0.value.isEmpty },
            listens: !configuration.listen.isEmpty)
    }
}
