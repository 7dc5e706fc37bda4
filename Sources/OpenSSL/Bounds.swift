// Every bound of this module that the caller does not give, each with its reason.

enum Bounds {
    /// Bytes of one PEM file. A bundle of all public authorities is about 250 KiB; a relay trusts a
    /// handful.
    static let pemBytesMax = 1 << 20

    /// Certificates of one PEM file, with the same bundle (about 150) in mind.
    static let pemCertificatesMax = 500

    /// Certificates between a leaf and its anchor. Government trees have two or three levels.
    static let chainDepthMax = 6

    /// Bytes of a peer's certificate chain in the handshake: `chainDepthMax` certificates with
    /// large RSA keys stay below 20 KiB.
    static let peerChainBytesMax = 32 << 10

    /// Bits of the smallest RSA key, the least that security level 2 of OpenSSL takes (112 bits of
    /// strength, SP 800-57 part 1 table 2).
    static let rsaBitsMin = 2048

    /// Bits of the largest RSA key: beyond it one signature takes so long that a peer could stall
    /// us with it.
    static let rsaBitsMax = 8192

    /// Bytes of an ALPN protocol name, whose length is one byte (RFC 7301 section 3.1).
    static let protocolNameBytesMax = 255

    /// Errors of one call kept for the log; OpenSSL's own queue holds 16.
    static let reasonsMax = 4

    /// Bytes handed to one call of libcrypto that counts in `int`.
    static let callBytesMax = 1 << 30
}
