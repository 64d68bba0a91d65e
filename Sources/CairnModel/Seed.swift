// Before version 4 its types do not say that they are Sendable.
@preconcurrency import Crypto

/// The seed of all random choices of a CA: ids, tokens, nonces, keys, serial numbers and probabilities.
///
/// The same seed and the same requests give the same behaviour. Only ECDSA signatures on leaf certificates differ each
/// time; those on CA certificates do not. Anyone who knows the seed can predict everything: Cairn is for tests.
public struct CairnSeed: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The number; all 64 bits are significant.
    public var number: UInt64

    /// Creates a seed from any number; similar numbers give unrelated choices.
    public init(_ number: UInt64) { self.number = number }
    /// Creates a seed from a literal.
    public init(integerLiteral value: UInt64) { number = value }

    /// The ``number`` in decimal.
    public var description: String { String(number) }

    /// The stream of numbers for one purpose.
    ///
    /// Streams are independent: drawing more nonces does not change which serials come next.
    package func generator(for purpose: String) -> SeededGenerator {
        SeededGenerator(seed: self, purpose: purpose)
    }
}

/// An endless, repeatable stream of unpredictable numbers: SHA-256 over a key and a counter.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private let prefix: SHA256
    private var counter: UInt64 = 0
    private var block: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var left = 0

    fileprivate init(seed: CairnSeed, purpose: String) {
        var hash = SHA256()
        withUnsafeBytes(of: seed.number.bigEndian) { hash.update(bufferPointer: $0) }
        hash.update(data: Array(purpose.utf8))
        prefix = hash
    }

    package mutating func next() -> UInt64 {
        if left == 0 { refill() }
        left -= 1
        switch left {
        case 3: return block.0
        case 2: return block.1
        case 1: return block.2
        default: return block.3
        }
    }

    /// The next `count` bytes of the stream.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            withUnsafeBytes(of: next().bigEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private mutating func refill() {
        var hash = prefix
        withUnsafeBytes(of: counter.bigEndian) { hash.update(bufferPointer: $0) }
        counter += 1
        hash.finalize().withUnsafeBytes { digest in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
            }
            block = (word(0), word(1), word(2), word(3))
        }
        left = 4
    }
}
