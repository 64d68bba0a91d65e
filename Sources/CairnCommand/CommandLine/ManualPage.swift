import CCairnBuild
import CairnManagement
import CairnModel

/// The manual page `cairn(1)`, in the macros of `man(7)`.
enum ManualPage {
    static var text: String {
        var lines = [
            ".TH CAIRN 1 \(date) \"cairn \(CairnCommand.version)\" \"User Commands\"", ".SH NAME",
            "cairn \\- \(plain(CairnCommand.summary.prefix(1).lowercased() + CairnCommand.summary.dropFirst().dropLast()))",
            ".SH SYNOPSIS", ".B cairn", ".RI [ COMMAND ]\\~[ OPTION ]...", ".SH DESCRIPTION",
        ]
        lines += paragraphs(CairnCommand.discussion)
        lines.append(".SH COMMANDS")
        for form in CairnCommand.forms { lines += section(form) }
        lines.append(".SH \"COMMANDS OF CTL\"")
        for command in ManagementCommand.all {
            lines += item(
                "cairn ctl \(command.briefUsage)", command.summary.withoutTicks, code: "",
                command.optionUsages.isEmpty ? "" : "Options: \(command.optionUsages.joined(separator: ", ")).")
        }
        lines += [".SH RULES"] + paragraphs(RulesHelp.introduction)
        for section in RulesHelp.sections {
            lines.append(".SS \"\(quotable(plain(section.title)))\"")
            for entry in section.entries {
                lines +=
                    entry.text.isEmpty
                    ? [plain(entry.name)] : item(entry.name, entry.text.withoutTicks, code: entry.example ?? "")
            }
        }
        lines += [".SH SETTINGS", plain("They stand in the file that --config names, or follow --set.")]
        for outline in Settings.catalogue.outlines(Settings()) {
            lines += item(
                outline.path, sentence(outline.summary.withoutTicks), code: "",
                outline.isSection ? "" : "It expects \(outline.expected).")
        }
        for (title, entries) in [("FILES", files), ("ENVIRONMENT", environment), ("SIGNALS", signals)] {
            lines.append(".SH \(title)")
            for (name, text) in entries { lines += item(name, text) }
        }
        lines.append(".SH \"EXIT STATUS\"")
        for (status, text) in statuses { lines += item(status, text) }
        lines += [
            ".SH \"SEE ALSO\"", ".BR certbot (1),", ".BR lego (1),", ".BR pebble (1)", ".PP", "RFC 8555, RFC 9773",
        ]
        return lines.filter { !$0.isEmpty }.flatMap(folded).joined(separator: "\n")
    }

    /// The day of what the executable was built from: of `SOURCE_DATE_EPOCH` where the build knew it, or else of the release.
    private static var date: String {
        let seconds = Int64(cairn_build_time())
        return seconds > 0 ? String(CairnInstant(secondsSinceEpoch: seconds).rfc3339.prefix(10)) : Version.date
    }

    // MARK: What is told here alone

    private static let files = [
        (
            "cairn/root.pem",
            "The root that clients of the listeners trust, in $XDG_CACHE_HOME or ~/.cache; where neither can be written, in a new "
                + "folder in $TMPDIR or /tmp, which is deleted in the end. With --tls-certificate it is the file that --tls-root "
                + "names."
        ),
        (
            "cairn/server-PID.json",
            "Beside it while a server with a management API runs: its URL, the file of its root, and the line that started it. By "
                + "these cairn ctl finds the server of this user; of several it takes the one at https://localhost:15000, or asks "
                + "for --url."
        ),
    ]

    private static let environment =
        [
            ("CAIRN_URL", "The URL of the management API that cairn ctl speaks to, unless --url names one."),
            (
                "CAIRN_SEED",
                "The seed of all random choices of cairn serve and cairn pebble, unless an option or a file has one."
            ),
            (
                "XDG_CACHE_HOME, HOME",
                "Where cairn/root.pem is left: in the first if it is an absolute path, or else in .cache of the second."
            ),
            ("TMPDIR", "Where the root is left otherwise."),
        ] + PebbleEnvironment.variables.map { ($0.name, "For cairn pebble: \($0.meaning), \($0.expected).") }

    private static let signals = [
        (
            "SIGINT, SIGTERM, SIGHUP",
            "The first ends the servers in good order, with status 0; a second ends the process at once. SIGHUP is ignored where it "
                + "was ignored at the start, as by nohup."
        )
    ]

    private static let statuses = [
        ("0", "It was ended by a signal, or did what it was told."),
        ("1", "It could not do what it was told."),
        ("2", "Of cairn pebble and cairn pebble-challtestsrv: a flag could not be understood."),
        ("3", "Clients did what --fail-on-finding names."),
        ("64", "The command line could not be understood."),
        ("130", "Of cairn ctl: a signal came before there was an answer."),
        ("128 and more", "A second signal ended it: 128 and the number of the signal."),
    ]

    private static func section(_ form: CommandForm) -> [String] {
        var lines = [".SS \"\(plain(form.usage))\"", plain(form.summary)]
        if let flags = CairnCommand.flags(of: form.name) {
            for flag in flags.flags {
                lines += item(flag.names.map { "-\($0)" }.joined(separator: ", ") + flag.valueName, flag.summary)
            }
            return lines
        }
        lines += paragraphs(form.discussion)
        if let argument = form.argument { lines += item(argument.name, argument.summary) }
        for option in form.options { lines += item(option.usage, option.summary) }
        return lines
    }

    // MARK: Macros

    /// What is told of a name; `code` stays as it is, but for ends of lines.
    private static func item(_ name: String, _ text: String, code: String = "", _ more: String = "") -> [String] {
        var lines = [".TP", ".B \"\(quotable(plain(name)))\"", plain(text)]
        if !more.isEmpty { lines += [".br", plain(more)] }
        if !code.isEmpty {
            let parts = wrap(code, 60).map(plain)
            lines += [".nf"] + parts + [".fi"]
        }
        return lines
    }

    private static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var isVerbatim = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" ") != isVerbatim {
                isVerbatim.toggle()
                lines += isVerbatim ? (lines.isEmpty ? [] : [".PP"]) + [".nf"] : [".fi"]
            }
            if !isVerbatim, !lines.isEmpty { lines.append(".PP") }
            lines.append(plain(line))
        }
        return lines + (isVerbatim ? [".fi"] : [])
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    /// A line of text in lines that are not long, each of which begins with a letter or what means nothing to `man`.
    private static func folded(_ line: String) -> [String] {
        guard width(line) > 78, !line.hasPrefix("."), !line.hasPrefix(" ") else { return [line] }
        return wrap(line, 78).map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : $0 }
    }

    /// How many bytes a text has for `mandoc`, which reads a letter beyond ASCII as an escape.
    private static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 8) }
    }

    /// Lines of so many bytes at most, where spaces allow it.
    private static func wrap(_ text: String, _ width: Int) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, Self.width(last) + 1 + Self.width(word) <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    /// A text as the argument of a macro that stands in quotes.
    private static func quotable(_ text: String) -> String { text.replacing("\"", with: "\\(dq") }

    /// A text in which nothing means anything to `man`.
    private static func plain(_ text: some StringProtocol) -> String {
        var plain = ""
        for letter in text.unicodeScalars {
            switch letter {
            case "\\": plain += "\\e"
            case "-": plain += "\\-"
            // At the beginning of a line they begin a macro.
            case ".", "'": plain += plain.isEmpty ? "\\&\(letter)" : "\(letter)"
            case "\n": plain += " "
            default: plain.unicodeScalars.append(letter)
            }
        }
        return plain
    }
}
