// Documents, deliveries and bodies for the checks: small, plain, and the same at every run.

package import RelayCore

package enum Samples {
    package static let start = Instant(milliseconds: 1_760_000_000_000)

    package static func organisation(_ number: Int) -> OrganisationCode {
        guard let code = OrganisationCode("H\(number % 90 + 10).\(number / 90)")
        else { preconditionFailure("not a code") }
        return code
    }

    package static func relay(_ name: String) -> RelayCode {
        guard let code = RelayCode(name) else { preconditionFailure("not a code") }
        return code
    }

    package static func document(_ number: Int) -> DocumentID {
        DocumentID(
            at: start + .milliseconds(Int64(number)), dice: UInt64(number) &* 0x9E37_79B9_7F4A_7C15,
            salt: 7)
    }

    /// Stands for a digest: what the ledger stores under one digest, it takes for the same bytes.
    package static func digest(_ number: Int) -> SHA256Digest {
        var state = UInt64(number) &+ 0x1234_5678
        let bytes = (0..<32).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        guard let digest = SHA256Digest(bytes: bytes) else { preconditionFailure("32 bytes") }
        return digest
    }

    /// A document with a body of its own, of `size` bytes, unless `body` says otherwise.
    package static func envelope(
        _ number: Int, kind: Envelope.Kind = .document, to recipients: [Int] = [1],
        priority: Priority = .normal, size: Int = 100, body: Int? = nil, reference: String = "",
        dueIn interval: Interval? = nil
    ) -> Envelope {
        Envelope(
            document: document(number), kind: kind, origin: relay("HERE"),
            sender: organisation(0), recipients: recipients.map(organisation),
            reference: reference, priority: priority, size: UInt64(size),
            digest: digest(body ?? number), name: "công văn số \(number).edxml",
            submittedAt: start, expiresAt: start + .days(30),
            dueAt: interval.map { start + $0 })
    }

    /// The bytes that all documents of one digest have.
    package static func body(of envelope: Envelope) -> [UInt8] {
        [UInt8](repeating: envelope.digest.bytes[0], count: Int(envelope.size))
    }

    package static func pieces(of bytes: [UInt8], upload: UploadID) -> [Piece] {
        guard !bytes.isEmpty else { return [Piece(upload: upload, offset: 0, bytes: [])] }
        return stride(from: 0, to: bytes.count, by: Limits.pieceBytes).map { offset in
            let end = min(offset + Limits.pieceBytes, bytes.count)
            return Piece(
                upload: upload, offset: UInt64(offset), bytes: Array(bytes[offset..<end]))
        }
    }

    /// A delivery to the envelope's recipient of that place, queued in its plain lane.
    package static func queued(
        _ envelope: Envelope, place: Int = 0, sequence: UInt64, lane: Lane? = nil,
        notBefore: Instant? = nil
    ) -> Delivery {
        let recipient = envelope.recipients[place]
        return Delivery(
            envelope, to: recipient, part: .origin, sequence: sequence, path: [], round: 1,
            dueStage: envelope.dueAt.map { .warn(at: $0 + .minutes(-30)) } ?? .none,
            state: .queued(lane: lane ?? Lane(to: recipient), since: start, notBefore: notBefore))
    }

    /// A delivery that is in its recipient's inbox.
    package static func delivered(
        _ envelope: Envelope, place: Int = 0, sequence: UInt64
    ) -> Delivery {
        Delivery(
            envelope, to: envelope.recipients[place], part: .destination, sequence: sequence,
            path: [relay("FAR")], round: 1,
            dueStage: envelope.dueAt.map { .warn(at: $0 + .minutes(-30)) } ?? .none,
            state: .delivered(at: start))
    }

    package static func submission(
        like envelope: Envelope, key: String = "", reference: String? = nil
    ) -> Submission {
        Submission(
            caller: CallerID(1), upload: UploadID(envelope.document), kind: envelope.kind,
            sender: envelope.sender, recipients: envelope.recipients,
            reference: reference ?? envelope.reference, businessType: envelope.businessType,
            priority: envelope.priority, size: envelope.size, digest: envelope.digest,
            mediaType: envelope.mediaType, name: envelope.name, idempotencyKey: key,
            isIntended: false)
    }
}
