// What a request brings besides itself: the connection it came by, which tells who is at its other
// end.

import Hummingbird
import NIOCore

struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
