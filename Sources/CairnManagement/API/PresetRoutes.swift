import Cairn
import HTTPTypes

extension API {
    private static let preset = Schema.object(["name": Schema.text, "summary": Schema.text, "isUsed": Schema.flag])
    private static let whole = Schema.object(
        ["name": Schema.text, "summary": Schema.text, "source": Schema.list(of: Schema.text)],
        optional: ["settings": Schema.anyObject, "rules": Schema.list(of: Schema.reference("Rule"))])

    /// CAs and incidents that come with Cairn.
    static let presetRoutes: [Route] = [
        .get("/presets", "The presets, and which of them are in use", of: Schema.list(of: preset)) { call in
            let used = call.ca.presets
            let others = used.filter { !CairnPreset.all.contains($0) }
            return .array(
                (CairnPreset.all + others).map { preset in
                    [
                        "name": .string(preset.name), "summary": .string(preset.summary),
                        "isUsed": .bool(used.contains(preset)),
                    ]
                })
        },
        .get("/presets/{name}", "The settings and rules of a preset, with sources", of: whole) {
            try $0.preset.json
        },
        .perform(.put, "/presets/{name}", "Applies the settings and rules of a preset") { call in
            let preset = try call.preset
            do { try call.ca.use(preset) } catch { throw APIProblem(409, "\(error)") }
        },
        .perform(.delete, "/presets/{name}", "Withdraws a preset: its rules go, and settings get their former values") {
            call in
            let preset = try call.preset
            do { try call.ca.withdraw(preset) } catch { throw APIProblem(409, "\(error)") }
        },
    ]
}

extension Call {
    /// The preset of the name in the path.
    fileprivate var preset: CairnPreset {
        get throws(APIProblem) {
            let name = self["name"]
            if let preset = ca.presets.first(where: { $0.name.isSame(as: name) }) ?? CairnPreset.named(name) {
                return preset
            }
            let meant = NearestName.to(name, among: CairnPreset.all.map(\.name))
            throw APIProblem(
                404, "there is no preset \(name.quoted)" + (meant.map { "; did you mean \($0.quoted)?" } ?? ""))
        }
    }
}
