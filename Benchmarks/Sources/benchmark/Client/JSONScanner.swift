/// Finds single members in a JSON text without building a tree: what a client needs of an answer is three short strings.
///
/// It skips what it is not asked for and checks none of it; the texts come from a server that is being measured, not judged.
enum JSONScanner {
    typealias Text = ArraySlice<UInt8>

    /// The value of a member of an object, as it is written.
    static func member(_ name: String, of object: Text) -> Text? {
        var index = afterSpace(object.startIndex, object)
        guard index < object.endIndex, object[index] == UInt8(ascii: "{") else { return nil }
        index = afterSpace(index + 1, object)
        while index < object.endIndex, object[index] == UInt8(ascii: "\"") {
            let endOfKey = afterValue(index, object)
            let key = object[index + 1..<max(index + 1, endOfKey - 1)]
            let value = afterSpace(afterSpace(endOfKey, object) + 1, object)
            guard value < object.endIndex else { return nil }
            let end = afterValue(value, object)
            if key.elementsEqual(name.utf8) { return object[value..<end] }
            index = afterSpace(afterSpace(end, object) + 1, object)
        }
        return nil
    }

    /// The elements of an array, as they are written.
    static func elements(of array: Text) -> [Text] {
        guard array.first == UInt8(ascii: "[") else { return [] }
        var elements: [Text] = []
        var index = afterSpace(array.startIndex + 1, array)
        while index < array.endIndex, array[index] != UInt8(ascii: "]") {
            let end = afterValue(index, array)
            elements.append(array[index..<end])
            index = afterSpace(afterSpace(end, array) + 1, array)
        }
        return elements
    }

    /// A string without its quotes.
    ///
    /// URLs, statuses and types have nothing that would be escaped.
    static func string(_ value: Text?) -> String? {
        guard let value, value.count >= 2, value.first == UInt8(ascii: "\"") else { return nil }
        return String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
    }

    private static func afterSpace(_ start: Int, _ text: Text) -> Int {
        var index = start
        while index < text.endIndex, text[index] <= UInt8(ascii: " ") { index += 1 }
        return index
    }

    /// The index after the value that starts at `start`; always a later one.
    private static func afterValue(_ start: Int, _ text: Text) -> Int {
        switch text[start] {
        case UInt8(ascii: "\""): afterString(start, text)
        case UInt8(ascii: "{"), UInt8(ascii: "["): afterBrackets(start, text)
        default: text[(start + 1)...].firstIndex { $0 <= UInt8(ascii: " ") || ",]}".utf8.contains($0) } ?? text.endIndex
        }
    }

    private static func afterString(_ start: Int, _ text: Text) -> Int {
        var index = start + 1
        while index < text.endIndex, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, text.endIndex)
    }

    private static func afterBrackets(_ start: Int, _ text: Text) -> Int {
        var depth = 0
        var index = start
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\""):
                index = afterString(index, text)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { break }
        }
        return index
    }
}
