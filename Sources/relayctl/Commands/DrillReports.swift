// `relayctl drill report` and `drill verify`: the report as text, JSON or a page, and whether a
// file is what a relay signed. Verifying needs no relay.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore
import RelayReport
import RelayTrust

struct DrillReportCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "The signed report of a drill, to read or to file.",
        discussion: "Without an id, of the last one. json and html have the signature inside.")

    /// A report's forms.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, html
    }

    @Argument(help: "The drill's id.", transform: Read.drill)
    var id: DrillID?

    @Option(help: "text, json or html.")
    var format = Format.text

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("Where to write. (default: stdout)", valueName: "file"))
    var file = "-"

    @Flag(help: "Write over a file that is there.")
    var force = false

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let drill: DrillID
        if let id {
            drill = id
        } else if let last = try await client.drills().first {
            drill = DrillID(last.drill)
        } else {
            throw CommandFailure(.negative, "this relay has run no drill")
        }
        var target = try OutputFile(path: file, force: force)
        let (report, signature) = try DrillSignature.parts(of: try await client.drillReport(drill))
        do {
            try target.write(Array(try contents(report, signature).utf8))
            try await target.finish()
        } catch {
            target.discard()
            throw error
        }
    }

    private func contents(_ report: DrillReport, _ signature: [UInt8]) throws -> String {
        switch form.output == .json ? .json : format {
        case .text:
            return DrillText(
                report,
                isVietnamese: Language.ofEnvironment(ProcessInfo.processInfo.environment) == .vi
            ).lines
                .map { Clean.text($0) }.joined(separator: "\n") + "\n"
        case .json:
            let file = SignedReport.File(report, signature: signature)
            return String(
                decoding: try APICoding.encode(file, pretty: true), as: UTF8.self) + "\n"
        case .html: return DrillPage(report, signature: signature).html
        }
    }
}

struct DrillVerifyCommand: OfflineCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Whether a report's file is what a relay signed. Needs no relay.")

    @Argument(help: "The report: html, json, or the signature itself.")
    var file: String

    @Option(help: ArgumentHelp("The trust anchors, in PEM.", valueName: "file"))
    var ca: String

    @OptionGroup var form: OutputOptions

    func work(_ console: Console) async throws {
        let bytes = try InputFile.contents(file, bytesMax: APILimits.drillReportBytesMax * 2)
        let anchors = try InputFile.contents(ca, bytesMax: APILimits.receiptBytesMax)
        let (report, checked) = try DrillSignature.verify(bytes, anchors: anchors, file: file)
        try console.show(report) { console in
            [
                console.style.paint("The report is what the relay signed.", .good),
                "signed by \(report.relay) at \(Timestamp.text(checked.signedAt)), certificate "
                    + checked.signerSerial,
                "",
            ]
                + DrillText(
                    report,
                    isVietnamese: Language.ofEnvironment(ProcessInfo.processInfo.environment) == .vi
                ).lines.map { Clean.text($0) }
        }
    }
}

/// The seam to RelayTrust.
enum DrillSignature {
    /// Checks everything: signature, chain, signer, and that the file shows what was signed.
    static func verify(
        _ bytes: [UInt8], anchors: [UInt8], file: String
    ) throws -> (DrillReport, CheckedReport) {
        let verifier: ReportVerifier
        do {
            verifier = try ReportVerifier(anchors: String(decoding: anchors, as: UTF8.self))
        } catch {
            throw CommandFailure(.badInput, "the file of --ca cannot be used: \(error)")
        }
        do {
            let (signature, form) = try SignedReport.find(in: bytes)
            let checked: CheckedReport
            switch verifier.verify(signature) {
            case .success(let good): checked = good
            case .failure(let refusal):
                throw CommandFailure(
                    .negative, "\(file) is not a valid report: \(refusal.reason)")
            }
            let report = try DrillReport(canonicalJSON: checked.content)
            guard let relay = RelayCode(report.relay), checked.isSigned(by: relay) else {
                throw CommandFailure(
                    .negative, "\(file): the signer's certificate is not that of \(report.relay)")
            }
            guard SignedReport.agrees(bytes, form, with: report, signature: signature) else {
                throw CommandFailure(
                    .negative, "\(file) shows something else than was signed",
                    hint: "it was changed, or made by another version of relayctl")
            }
            return (report, checked)
        } catch let fault as ReportFault {
            throw CommandFailure(.negative, "\(file) is not a report of a drill: \(fault)")
        }
    }

    /// Of the file that the relay itself keeps.
    static func parts(of file: [UInt8]) throws -> (DrillReport, signature: [UInt8]) {
        if let (signature, form) = try? SignedReport.find(in: file), case .json(let report) = form {
            return (report, signature)
        }
        throw CommandFailure(.negative, "the relay's report cannot be read")
    }
}
