import ArgumentParser
@main struct RelayCtl: AsyncParsableCommand { mutating func run() async throws {} }
