/// The signs of an RSA key whose primes are not what they should be.
extension RSANumbers {
    /// The smallest prime below 752 that divides the modulus.
    ///
    /// The same primes are tried by Boulder, and NIST SP 800-89 §5.3.3 asks for them.
    package var smallFactor: UInt64? {
        for batch in Self.smallPrimes {
            let rest = remainder(dividingBy: batch.product)
            if let prime = batch.primes.first(where: { rest % $0 == 0 }) { return prime }
        }
        return nil
    }

    /// Whether the modulus looks as if the library with the flaw CVE-2017-15361 ("ROCA") had made it.
    ///
    /// The primes of that library are powers of 65537 modulo each small prime, and so are the moduli. Among sound keys,
    /// one in more than a hundred million looks the same.
    package var hasROCAFingerprint: Bool {
        Self.tellingPrimes.allSatisfy { prime in
            let rest = remainder(dividingBy: prime)
            var power: UInt64 = 1
            repeat {
                if power == rest { return true }
                power = power * 65_537 % prime
            } while power != 1
            return false
        }
    }

    /// The primes for which the powers of 65537 are few.
    private static let tellingPrimes: [UInt64] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ]

    /// Primes whose product fits 64 bits, so that one long division serves for all of them.
    private struct Batch: Sendable {
        var product: UInt64 = 1
        var primes: [UInt64] = []
    }

    private static let smallPrimes: [Batch] = {
        var (batches, batch) = ([Batch](), Batch())
        for number in 2...751 as ClosedRange<UInt64> where !(2..<number).contains(where: { number % $0 == 0 }) {
            let (product, isTooBig) = batch.product.multipliedReportingOverflow(by: number)
            if isTooBig {
                batches.append(batch)
                batch = Batch(product: number, primes: [number])
            } else {
                batch.product = product
                batch.primes.append(number)
            }
        }
        return batches + [batch]
    }()

    private func remainder(dividingBy divisor: UInt64) -> UInt64 {
        var rest: UInt64 = 0
        var digits = modulus[...]
        let first = digits.count % 8
        rest = digits.prefix(first).reduce(0) { $0 << 8 | UInt64($1) } % divisor
        digits = digits.dropFirst(first)
        while !digits.isEmpty {
            let word = digits.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            rest = divisor.dividingFullWidth((high: rest, low: word)).remainder
            digits = digits.dropFirst(8)
        }
        return rest
    }
}
