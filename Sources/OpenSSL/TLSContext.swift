// What all TLS sessions of one identity share: certificate and key, anchors, versions, ciphers and
// the application protocol. The same context serves both ends, and both ends demand a certificate.
//
// Guarantees: TLS 1.3 unless 1.2 is allowed; a peer certificate that leads to a configured anchor
// and may be used for its side of TLS; exactly the configured ALPN protocol (RFC 7301); no session
// is ever resumed, renegotiated or compressed, so each one proves the peer's identity afresh.
// Whether that identity is the expected one is for the caller to decide, from the certificate.

internal import COpenSSL

package enum TLSVersion: Hashable, Comparable, Sendable {
    case tls12
    case tls13

    var number: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}

/// Complete once made. Sendable by openssl-threads(7): a context must not be modified "after it has
/// been used to create other objects", and nothing here does.
package final class TLSContext: Sendable {
    let handle: Shared<CTLSContext>
    let protocolName: ProtocolName

    /// - Parameters:
    ///   - protocolName: the ALPN protocol, 1 to 255 bytes of UTF-8, such as `tram/1`.
    ///   - versionMin: the oldest version of TLS that is spoken.
    package convenience init(
        identity: Identity, trust: TrustStore, protocolName: String,
        versionMin: TLSVersion = .tls13
    ) throws(OpenSSLError) {
        try self.init(
            presenting: identity, trust: trust, offering: protocolName,
            versions: versionMin...TLSVersion.tls13)
    }

    /// As above; a test may also present nothing, offer nothing and end at an older version.
    init(
        presenting identity: Identity?, trust: TrustStore, offering protocolName: String?,
        versions: ClosedRange<TLSVersion>
    ) throws(OpenSSLError) {
        let context = try unsafe make("SSL_CTX_new", as: CTLSContext.self) {
            unsafe SSL_CTX_new(TLS_method())
        }
        let name = try ProtocolName(protocolName)
        // The security level comes first: certificates and ciphers set later are judged by it.
        try Self.limit(context, versions)
        try Self.harden(context)
        try Self.demandPeer(context, trust)
        if let identity { try Self.present(context, identity) }
        try Self.negotiate(context, name)
        self.protocolName = name
        handle = Shared(context)
    }

    private static func limit(
        _ context: borrowing Owned<CTLSContext>, _ versions: ClosedRange<TLSVersion>
    ) throws(OpenSSLError) {
        let raw = unsafe context.raw
        // Level 2 means 112 bits of strength and no SHA-1, whatever the system's configuration
        // (openssl.cnf) says.
        unsafe SSL_CTX_set_security_level(raw, 2)
        try succeed("SSL_CTX_set_min_proto_version") {
            unsafe shim_SSL_CTX_set_min_proto_version(raw, versions.lowerBound.number)
        }
        try succeed("SSL_CTX_set_max_proto_version") {
            unsafe shim_SSL_CTX_set_max_proto_version(raw, versions.upperBound.number)
        }
        // AES-256 first, as classified work asks for it; the difference in speed to AES-128 is far
        // below that of the disk. ChaCha20 is for processors without AES instructions.
        try succeed("SSL_CTX_set_ciphersuites") {
            unsafe SSL_CTX_set_ciphersuites(
                raw,
                "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256")
        }
        // RFC 9325 section 4.2: of TLS 1.2 only forward secrecy with authenticated encryption.
        try succeed("SSL_CTX_set_cipher_list") {
            unsafe SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20")
        }
        try succeed("SSL_CTX_set1_groups_list") {
            unsafe shim_SSL_CTX_set1_groups_list(raw, "X25519:P-256:P-384")
        }
    }

    private static func harden(
        _ context: borrowing Owned<CTLSContext>
    ) throws(OpenSSLError) {
        let raw = unsafe context.raw
        unsafe SSL_CTX_set_options(
            raw,
            shim_SSL_OP_NO_TICKET | shim_SSL_OP_NO_COMPRESSION | shim_SSL_OP_NO_RENEGOTIATION
                | shim_SSL_OP_CIPHER_SERVER_PREFERENCE)
        unsafe shim_SSL_CTX_set_session_cache_mode(raw, Int(SSL_SESS_CACHE_OFF))
        try succeed("SSL_CTX_set_num_tickets") { unsafe SSL_CTX_set_num_tickets(raw, 0) }
        // Idle links give their record buffers back (34 KiB each). The chain sent is the one
        // configured, not one that OpenSSL completes out of the anchors.
        unsafe shim_SSL_CTX_set_mode(
            raw,
            Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_NO_AUTO_CHAIN)
                | Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        unsafe shim_SSL_CTX_set_max_cert_list(raw, Bounds.peerChainBytesMax)
    }

    private static func demandPeer(
        _ context: borrowing Owned<CTLSContext>, _ trust: TrustStore
    ) throws(OpenSSLError) {
        let raw = unsafe context.raw
        unsafe SSL_CTX_set1_cert_store(raw, trust.handle.raw)
        // The purpose follows the side: libssl verifies a client for client authentication and a
        // server for server authentication (SSL_CTX_set_verify(3)).
        unsafe SSL_CTX_set_verify(
            raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, RefusedCertificate.note)
        unsafe SSL_CTX_set_verify_depth(raw, Int32(Bounds.chainDepthMax))
    }

    private static func present(
        _ context: borrowing Owned<CTLSContext>, _ identity: Identity
    ) throws(OpenSSLError) {
        let raw = unsafe context.raw
        try succeed("SSL_CTX_use_certificate") {
            unsafe SSL_CTX_use_certificate(raw, identity.certificate.handle.raw)
        }
        for issuer in identity.chain {
            try succeed("SSL_CTX_add1_chain_cert") {
                unsafe shim_SSL_CTX_add1_chain_cert(raw, issuer.handle.raw)
            }
        }
        try succeed("SSL_CTX_use_PrivateKey") {
            unsafe SSL_CTX_use_PrivateKey(raw, identity.key.handle.raw)
        }
    }

    private static func negotiate(
        _ context: borrowing Owned<CTLSContext>, _ name: ProtocolName
    ) throws(OpenSSLError) {
        guard !name.wire.isEmpty else { return }
        let raw = unsafe context.raw
        // The one call of libssl that answers 0 for success.
        try succeed("SSL_CTX_set_alpn_protos") {
            unsafe name.wire.withUnsafeBufferPointer {
                unsafe SSL_CTX_set_alpn_protos(raw, $0.baseAddress, UInt32($0.count)) == 0 ? 1 : 0
            }
        }
        // The name is borrowed: each session keeps its context alive, and with it the name.
        let argument = unsafe Unmanaged.passUnretained(name).toOpaque()
        unsafe SSL_CTX_set_alpn_select_cb(raw, selectProtocol, argument)
        unsafe SSL_CTX_set_client_hello_cb(raw, requireProtocols, nil)
    }
}

/// An ALPN protocol name with its length before it, as TLS sends it. An object, so that a callback
/// of libssl can hold its address.
final class ProtocolName: Sendable {
    let wire: [UInt8]

    /// Nil is no ALPN at all, which only a test leaves out.
    init(_ text: String?) throws(OpenSSLError) {
        let name = Array((text ?? "").utf8)
        guard name.count <= Bounds.protocolNameBytesMax, text == nil || !name.isEmpty else {
            throw .malformed("an ALPN protocol name has 1 to 255 bytes")
        }
        wire = name.isEmpty ? [] : [UInt8(name.count)] + name
    }

    var name: ArraySlice<UInt8> { wire.dropFirst() }

    /// Where in a client's list, whose entries have their length before them, this name stands.
    func place(in list: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var start = 0
        while start < list.count {
            let end = unsafe start + 1 + Int(list[start])
            guard end <= list.count else { return nil }
            if unsafe list[start..<end].elementsEqual(wire) { return start + 1..<end }
            start = end
        }
        return nil
    }
}

/// Server: takes our protocol out of the client's list, or ends the handshake with the alert
/// no_application_protocol (RFC 7301 section 3.2).
private let selectProtocol: SSL_CTX_alpn_select_cb_func = {
    _, selected, length, list, count, argument in
    guard let selected = unsafe selected, let length = unsafe length, let list = unsafe list,
        let argument = unsafe argument
    else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let name = unsafe Unmanaged<ProtocolName>.fromOpaque(argument).takeUnretainedValue()
    let offered = unsafe UnsafeBufferPointer(start: list, count: Int(count))
    guard let place = unsafe name.place(in: offered) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    // The answer may point into the client's list: it outlives the handshake's use of it.
    unsafe selected.pointee = list + place.lowerBound
    unsafe length.pointee = UInt8(place.count)
    return SSL_TLSEXT_ERR_OK
}

/// Server: a client that offers no protocol at all would pass the callback above unasked.
private let requireProtocols: SSL_client_hello_cb_fn = { session, alert, _ in
    var data: UnsafePointer<UInt8>?
    var length = 0
    let type = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
    if unsafe SSL_client_hello_get0_ext(session, type, &data, &length) == 1 {
        return SSL_CLIENT_HELLO_SUCCESS
    }
    unsafe alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
    return SSL_CLIENT_HELLO_ERROR
}
