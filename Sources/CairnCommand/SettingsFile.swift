import Cairn
import CairnModel

/// A configuration file: one JSON object.
struct SettingsFile {
    let path: String
    private let lines: JSONLines
    private let root: CairnJSONObject

    init(path: String) throws(SettingsError) {
        self.path = path
        let bytes = try readFile(path)
        lines = JSONLines(bytes)
        let value: CairnJSON
        do { value = try CairnJSON(parsing: bytes) } catch {
            let (line, column) = lines.place(ofByte: error.offset)
            throw SettingsError("\(path):\(line):\(column): \(error)")
        }
        guard let root = value.object else {
            throw SettingsError("\(path):1: expected a JSON object, got \(value.kind)")
        }
        self.root = root
    }

    /// Sets whatever the file has.
    func apply(to settings: inout Settings) throws(SettingsError) {
        let given = settings.tls
        settings.tls = nil
        let faults = Settings.catalogue.apply(root, to: &settings, schemaMember: true)
        guard faults.isEmpty else { throw SettingsError(faults.map(sentence)) }
        settings.tls = settings.tls?.beginning(at: folder) ?? given
    }

    /// A fault with its place in the file, if the file has the setting.
    func sentence(_ fault: SettingFault) -> String {
        lines.line(of: fault.steps).map { "\(path):\($0): \(fault)" } ?? "\(fault)"
    }

    /// The folder that the file is in, with its slash; empty for the working folder.
    private var folder: String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}

extension Settings.IdentityFiles {
    fileprivate func beginning(at folder: String) -> Self {
        func place(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }
        return Self(certificate: place(certificate), key: place(key), root: place(root))
    }
}
