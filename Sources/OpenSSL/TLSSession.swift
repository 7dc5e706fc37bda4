// One TLS connection as a transformer of bytes: what comes from the network goes in with `receive`,
// what is to go out is taken with `takeCiphertext`, and plaintext goes through `read` and `write`.
// There is no socket and no clock; time limits and the amount that is buffered are the caller's.
//
// A value that cannot be copied, because libssl's objects are for one thread at a time
// (openssl-threads(7)) and a session has one owner: the link that drives it. After each operation,
// a failed one too, the owner sends what `pendingCiphertextBytes` announces: in case of a failure
// that is the alert which tells the other side why.

internal import COpenSSL

/// How far an operation came.
package enum TLSOutcome: Hashable, Sendable {
    /// Done. For `read`: the space is full and there may be more.
    case complete
    /// As far as possible; more ciphertext is needed to go on.
    case incomplete
    /// The other side said that it sends nothing more, and everything before that has been read.
    case closed
    case failed(TLSFailure)
}

/// What a completed handshake established.
package struct TLSPeer: Sendable {
    package let version: TLSVersion
    /// The cipher suite by its name in the IANA registry, such as TLS_AES_256_GCM_SHA384.
    package let cipher: String
    package let protocolName: String
    /// Verified against the anchors for its side of TLS. Whose it is remains to be checked.
    package let certificate: Certificate
}

@safe package struct TLSSession: ~Copyable {
    package enum Role: Hashable, Sendable {
        case client
        case server
    }

    private enum Phase {
        case handshaking
        case open
        case failed(TLSFailure)
    }

    private let ssl: Owned<CTLSSession>
    // Both belong to `ssl` and live as long as it does.
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// Kept alive for the callbacks, which hold the address of its protocol name.
    private let context: TLSContext
    /// Kept alive for the verification, which holds its address.
    private let refused: RefusedCertificate
    private var phase = Phase.handshaking
    private var closeSent = false
    private var closeReceived = false

    /// Set when the handshake is complete.
    package private(set) var peer: TLSPeer?

    /// What the other side presented when it was refused for its certificate. Proves nothing.
    package var refusedCertificate: Certificate? { refused.certificate }

    package init(_ context: TLSContext, as role: Role) throws(OpenSSLError) {
        let ssl = try unsafe make("SSL_new", as: CTLSSession.self) {
            unsafe SSL_new(context.handle.raw)
        }
        let refused = RefusedCertificate()
        try unsafe refused.attach(to: ssl.raw)
        let input = try Self.memory()
        let output = try Self.memory()
        unsafe self.input = input.surrender()
        unsafe self.output = output.surrender()
        unsafe SSL_set_bio(ssl.raw, self.input, self.output)
        switch role {
        case .client: unsafe SSL_set_connect_state(ssl.raw)
        case .server: unsafe SSL_set_accept_state(ssl.raw)
        }
        self.context = context
        self.refused = refused
        self.ssl = ssl
    }

    /// A queue of bytes whose emptiness means "not yet" rather than "the end".
    private static func memory() throws(OpenSSLError) -> Owned<CBIO> {
        let bio = try unsafe make("BIO_new", as: CBIO.self) { unsafe BIO_new(BIO_s_mem()) }
        unsafe shim_BIO_set_mem_eof_return(bio.raw, -1)
        return bio
    }
}

// The network's side.
extension TLSSession {
    /// Takes bytes from the network. They are kept until `handshake` or `read` uses them, so that
    /// one who does not read must stop receiving.
    package mutating func receive(_ ciphertext: RawSpan) {
        guard ciphertext.byteCount > 0 else { return }
        if case .failed = phase { return }
        ErrorQueue.clear()
        let taken = unsafe ciphertext.withUnsafeBytes { buffer in
            var count = 0
            return unsafe BIO_write_ex(input, buffer.baseAddress, buffer.count, &count) == 1
                && count == buffer.count
        }
        if !taken { _ = fail(.library(ErrorQueue.error("BIO_write_ex"))) }
    }

    /// Bytes that came from the network and are not used yet.
    package var receivedBytes: Int { unsafe BIO_ctrl_pending(input) }

    /// Bytes that wait to be sent.
    package var pendingCiphertextBytes: Int { unsafe BIO_ctrl_pending(output) }

    /// Moves bytes that are to be sent to the end of `span`, as many as it has room for.
    package mutating func takeCiphertext(into span: inout OutputRawSpan) {
        ErrorQueue.clear()
        unsafe span.withUnsafeMutableBytes { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            var count = 0
            let room = buffer.count - initialized
            if unsafe room > 0 && BIO_read_ex(output, start + initialized, room, &count) == 1 {
                initialized += count
            }
        }
    }

    /// The network ended. `closed` if the other side had said that nothing more comes; otherwise
    /// somebody cut the connection, and what was read may be incomplete. Read until `incomplete`
    /// or `closed` first.
    package mutating func receiveEnd() -> TLSOutcome {
        if case .failed(let failure) = phase { return .failed(failure) }
        return closeReceived ? .closed : fail(.truncated)
    }
}

// The owner's side.
extension TLSSession {
    /// Goes on with the handshake. A client may be `complete` before the server has judged its
    /// certificate (TLS 1.3): a refusal comes with the first `read`. Do not take a link for
    /// established before the other side has answered something.
    package mutating func handshake() -> TLSOutcome {
        switch phase {
        case .failed(let failure): return .failed(failure)
        case .open: return .complete
        case .handshaking: break
        }
        ErrorQueue.clear()
        let result = unsafe SSL_do_handshake(ssl.raw)
        guard result == 1 else { return outcome(of: result, "SSL_do_handshake") }
        do throws(TLSFailure) {
            peer = try established()
        } catch {
            return fail(error)
        }
        phase = .open
        return .complete
    }

    /// Moves plaintext to the end of `span`, which must have room: 16 KiB or a multiple is best,
    /// as a record holds up to that. What was read before a `closed` or `failed` is in the span
    /// and is good.
    package mutating func read(into span: inout OutputRawSpan) -> TLSOutcome {
        precondition(span.freeCapacity > 0, "room to read into")
        switch phase {
        case .failed(let failure): return .failed(failure)
        case .handshaking: return .incomplete
        case .open: break
        }
        return unsafe span.withUnsafeMutableBytes { buffer, initialized in
            guard let start = buffer.baseAddress else { return .incomplete }
            while initialized < buffer.count {
                ErrorQueue.clear()
                var count = 0
                let room = buffer.count - initialized
                let result = unsafe SSL_read_ex(ssl.raw, start + initialized, room, &count)
                guard result == 1 else { return outcome(of: result, "SSL_read_ex") }
                initialized += count
            }
            return .complete
        }
    }

    /// Encrypts all of `plaintext`. `incomplete` before the end of the handshake: nothing was taken
    /// then. `closed` after `close`.
    package mutating func write(_ plaintext: RawSpan) -> TLSOutcome {
        switch phase {
        case .failed(let failure): return .failed(failure)
        case .handshaking: return .incomplete
        case .open: break
        }
        if closeSent { return .closed }
        return unsafe plaintext.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return .complete }
            var done = 0
            while done < buffer.count {
                ErrorQueue.clear()
                var count = 0
                let rest = buffer.count - done
                let result = unsafe SSL_write_ex(ssl.raw, start + done, rest, &count)
                guard result == 1 else { return outcome(of: result, "SSL_write_ex") }
                done += count
            }
            return .complete
        }
    }

    /// Says that we send nothing more (close-notify). The other side may go on sending until it
    /// says the same, which `read` answers with `closed`.
    package mutating func close() {
        guard case .open = phase, !closeSent else { return }
        closeSent = true
        ErrorQueue.clear()
        if unsafe SSL_shutdown(ssl.raw) < 0 { _ = fail(drained("SSL_shutdown")) }
    }

    private func established() throws(TLSFailure) -> TLSPeer {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl.raw, &name, &length)
        let selected = unsafe [UInt8](UnsafeBufferPointer(start: name, count: Int(length)))
        // A server that knows no ALPN leaves the extension out, and libssl lets that pass.
        guard selected.elementsEqual(context.protocolName.name), !selected.isEmpty else {
            throw .noApplicationProtocol
        }
        guard unsafe SSL_get_verify_result(ssl.raw) == Int(X509_V_OK),
            let raw = unsafe SSL_get1_peer_certificate(ssl.raw)
        else { throw .certificate(.noCertificate) }
        let certificate: Certificate
        do throws(OpenSSLError) {
            certificate = try unsafe Certificate(adopting: Owned(adopting: raw))
        } catch {
            throw .library(error)
        }
        let cipher = unsafe SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl.raw))
        return TLSPeer(
            version: unsafe SSL_version(ssl.raw) == TLS1_3_VERSION ? .tls13 : .tls12,
            cipher: unsafe cipher.map { unsafe String(cString: $0) } ?? "unknown",
            protocolName: String(decoding: selected, as: UTF8.self), certificate: certificate)
    }

    private mutating func outcome(of result: Int32, _ call: StaticString) -> TLSOutcome {
        switch unsafe SSL_get_error(ssl.raw, result) {
        case SSL_ERROR_WANT_READ: return .incomplete
        case SSL_ERROR_ZERO_RETURN:
            closeReceived = true
            return .closed
        default: return fail(drained(call))
        }
    }

    private func drained(_ call: StaticString) -> TLSFailure {
        unsafe .drained(call: call, verifyResult: SSL_get_verify_result(ssl.raw))
    }

    /// A failure is final: libssl must not be asked again after one (SSL_get_error(3)).
    private mutating func fail(_ failure: TLSFailure) -> TLSOutcome {
        phase = .failed(failure)
        return .failed(failure)
    }
}
