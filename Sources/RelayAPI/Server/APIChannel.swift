// A connection of the server: Hummingbird's own HTTP/1.1 channel, with the keeper put between the
// HTTP parser and it, and with this API's bounds on the header fields.
//
// The keeper stands next to the parser, so that it sees what cannot be parsed before anybody else,
// and every write and every closing last.

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Made once for a listener; sets up each connection that comes.
struct APIChannel: ServerChildChannel {
    private let base: HTTP1Channel
    private let idle: TimeAmount
    private let bodyBytesMax: Int64

    init(settings: ServerSettings, responder: @escaping HTTPChannelHandler.Responder) {
        idle = .milliseconds(settings.idleMilliseconds)
        bodyBytesMax = settings.documentBytesMax
        base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: APILimits.headerBytesMax,
                    maxHeaderListSize: APILimits.headersBytesMax,
                    maxHeaderFieldCount: APILimits.headersMax)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let keep: (idle: TimeAmount, bytesMax: Int64) = (idle, bodyBytesMax)
        return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                ConnectionKeeper(idle: keep.idle, bodyBytesMax: keep.bytesMax),
                position: .after(decoder))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
