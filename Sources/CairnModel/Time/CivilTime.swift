/// Year, month, day, hour, minute and second in UTC, in the proleptic Gregorian calendar.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// The civil time at `instant`, its fraction of a second dropped.
    package init(_ instant: CairnInstant) {
        let seconds = Int(instant.secondsSinceEpoch)
        let (days, rest) = floorDivide(seconds, 86_400)
        // Days are counted in eras of 400 years that begin on 1 March, so that the leap day comes last.
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3_600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Numbers that no calendar has are bounded, so that there is an instant for whatever they are.
    package var instant: CairnInstant {
        let (year, month, day) = (year.within(1 << 36), month.within(1 << 20), day.within(1 << 20))
        let (hour, minute, second) = (hour.within(1 << 20), minute.within(1 << 20), second.within(1 << 20))
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shifted, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return CairnInstant(secondsSinceEpoch: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second))
    }

    /// 0 is Sunday.
    package var weekday: Int {
        floorDivide(Int(instant.secondsSinceEpoch), 86_400).quotient.advanced(by: 4).positiveModulo(7)
    }

    /// Whether such a day and time exists.
    package var isReal: Bool {
        (1...12).contains(month) && day >= 1 && (0..<24).contains(hour) && (0..<60).contains(minute)
            && (0..<60).contains(second) && CivilTime(instant) == self
    }
}

private func floorDivide(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
    let remainder = value.positiveModulo(divisor)
    return ((value - remainder) / divisor, remainder)
}

extension Int {
    fileprivate func within(_ limit: Int) -> Int { Swift.min(Swift.max(-limit, self), limit) }

    fileprivate func positiveModulo(_ divisor: Int) -> Int {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
